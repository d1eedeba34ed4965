// The files that options name: a file, a folder with all that is in it, or files of a folder with `*` in their name; several with commas.
import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** Whole paths, in order. */
export const filesOf = (folder: string, list: string, ending: string): readonly string[] =>
  list.split(',').flatMap((entry) => {
    const path = join(folder, entry)
    if (!entry.includes('*')) {
      if (statSync(path).isFile()) return [path]
      const inside = readdirSync(path, { recursive: true, encoding: 'utf8' })
      return inside
        .filter((name) => name.endsWith(ending))
        .sort()
        .map((name) => join(path, name))
    }
    const pattern = new RegExp(`^${basename(path).split('*').map(literally).join('.*')}$`)
    return readdirSync(dirname(path))
      .filter((name) => name.endsWith(ending) && pattern.test(name))
      .sort()
      .map((name) => join(dirname(path), name))
  })

const literally = (text: string): string => text.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
