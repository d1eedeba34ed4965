// A plugin of esbuild: what a module takes from one of our packages by name, it takes from the module that has it. Through the
// package's index, a bundle in pieces would load the whole package wherever one name of it is needed.
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const NAMED = /^(import|export) \{([^}]*)\} from ['"]([^'"]+)['"];?$/gm

/** Modules of our packages, as written or as compiled. */
const OURS = /[\\/]packages[\\/][^\\/]+[\\/](?:src|dist)[\\/].*\.[jt]s$/

/** The values between the braces: as the other module calls them, and as they are called here. */
const pairsOf = (names) =>
  names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && !name.startsWith('type '))
    .map((name) => {
      const [theirs, here = theirs] = name.split(/\s+as\s+/)
      return { theirs, here }
    })

/** Where an index has its names from, by name. */
const sourcesIn = async (index) => {
  const sources = new Map()
  for (const [, keyword, names, source] of (await readFile(index, 'utf8')).matchAll(NAMED)) {
    if (keyword !== 'export' || !source.startsWith('.')) continue
    for (const { theirs, here } of pairsOf(names)) {
      sources.set(here, { theirs, file: join(dirname(index), source) })
    }
  }
  return sources
}

/** @type {import('esbuild').Plugin} */
export const namedModules = {
  name: 'named modules',
  setup(build) {
    const indexes = new Map()
    const sourcesOf = async (specifier, resolveDir) => {
      const { path, external } = await build.resolve(specifier, { resolveDir, kind: 'import-statement' })
      if (external || path === '') return new Map()
      if (!indexes.has(path)) indexes.set(path, sourcesIn(path))
      return indexes.get(path)
    }
    build.onLoad({ filter: OURS }, async ({ path }) => {
      let contents = await readFile(path, 'utf8')
      for (const [statement, keyword, names, specifier] of contents.matchAll(NAMED)) {
        if (!specifier.startsWith('@rtmp/')) continue
        const sources = await sourcesOf(specifier, dirname(path))
        const lines = pairsOf(names).map(({ theirs, here }) => {
          const { theirs: name, file } = sources.get(theirs) ?? { theirs, file: specifier }
          return `${keyword} { ${name} as ${here} } from ${JSON.stringify(file)};`
        })
        contents = contents.replace(statement, () => lines.join(' '))
      }
      return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' }
    })
  },
}
