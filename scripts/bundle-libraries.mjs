// Takes libraries that a package imports, but that are no dependencies of it, into the package: of a library of four megabytes that
// we use a tenth of, whoever installs ours gets the tenth. Each becomes one file in dist/bundled, with its licence. Run in the
// package's folder, last.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { build } from 'esbuild'
import { licencesOf } from './licences.mjs'

const {
  bin = {},
  dependencies = {},
  devDependencies = {},
  peerDependencies = {},
} = JSON.parse(readFileSync('package.json', 'utf8'))
const kept = Object.keys({ ...dependencies, ...peerDependencies })
const command = resolve(dirname(Object.values(bin)[0] ?? 'none'))
const bundled = resolve('dist/bundled')

/** `hono/cookie`, where hono is what the package is built with. */
const isBundled = (specifier) =>
  specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/') in devDependencies
const IMPORT = /((?<![.\w])(?:from\s+|import\s+|import\(\s*))(['"])([^'"\n]+)\2/g

rmSync(bundled, { recursive: true, force: true })
const modules = readdirSync('dist', { recursive: true })
  .map((name) => resolve('dist', name))
  .filter((file) => file.endsWith('.js') && !file.startsWith(`${command}/`))
const texts = new Map(modules.map((file) => [file, readFileSync(file, 'utf8')]))

/** What is imported of each library, by the name it has there. */
const wanted = new Map()
for (const text of texts.values()) {
  for (const [, clause, specifier] of text.matchAll(/^import\s+([^'"]+?)\s+from\s+['"]([^'"\n]+)['"]/gm)) {
    if (!isBundled(specifier)) continue
    const names = wanted.get(specifier) ?? new Set()
    const [, first = '', inner = ''] = /^([\w$]*)\s*,?\s*(?:\{([^}]*)\})?$/.exec(clause) ?? []
    if (first === '' && inner === '') throw new Error(`${clause} of ${specifier}: name what is imported`)
    if (first !== '') names.add('default')
    for (const part of inner.split(',')) if (part.trim() !== '') names.add(part.trim().split(/\s+as\s+/)[0])
    wanted.set(specifier, names)
  }
}
const fileOf = (specifier) => specifier.replace(/^@/, '').replaceAll('/', '-')

if (wanted.size > 0) {
  mkdirSync(bundled)
  // No more of a library than that; and names of what is CommonJS, which a bundle would give as one value.
  const doors = [...wanted].map(([specifier, names]) => {
    const door = join(bundled, `${fileOf(specifier)}.js`)
    writeFileSync(door, `export { ${[...names].join(', ')} } from '${specifier}'\n`)
    return door
  })
  const { metafile } = await build({
    entryPoints: doors,
    outdir: bundled,
    allowOverwrite: true,
    bundle: true,
    splitting: true,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: kept,
    banner: {
      js: "import { createRequire as requireOf } from 'node:module'\nconst require = requireOf(import.meta.url)",
    },
    logLevel: 'warning',
  })
  writeFileSync(join(bundled, 'THIRD-PARTY.txt'), licencesOf(metafile))
  for (const [file, text] of texts) {
    const path = relative(dirname(file), bundled)
    const here = path.startsWith('.') ? path : `./${path}`
    const written = text.replaceAll(IMPORT, (all, words, quote, specifier) =>
      isBundled(specifier) ? `${words}${quote}${here}/${fileOf(specifier)}.js${quote}` : all,
    )
    if (written !== text) writeFileSync(file, written)
  }
}
