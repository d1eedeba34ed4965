import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One file of the pages, in memory. */
export interface SiteFile {
  /** Its media type. */
  readonly type: string
  /** As it is on the disk; not to be written to. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The same compressed (`content-encoding: br`), where that is worth it. */
  readonly brotli: Uint8Array<ArrayBuffer> | undefined
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

// The same from the sources and from what is built of them.
const FOLDER = fileURLToPath(new URL('../../dist/site/', import.meta.url))

/**
 * All files, by name: `watch.html`, `console.html`, `go-live.html`, and what they load, which stands at `/_/assets/` and
 * has names that change with what is in it. Empty when the pages have not been built.
 *
 * @example
 * ```ts
 * for (const [name, { type, bytes }] of readSite()) console.log(name, type, bytes.length)
 * ```
 */
export const readSite = (): ReadonlyMap<string, SiteFile> => {
  if (!existsSync(FOLDER)) return new Map()
  const names = readdirSync(FOLDER)
  return new Map(
    names
      .filter((name) => TYPES[extname(name)] !== undefined)
      .map((name) => {
        const brotli = names.includes(`${name}.br`) ? read(`${name}.br`) : undefined
        return [name, { type: TYPES[extname(name)] ?? '', bytes: read(name), brotli }]
      }),
  )
}

const read = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(FOLDER, name)))
