// Makes one file of the modules that a package's command needs: loading two hundred of them takes longer than everything
// else it does, and libraries that only the command needs are no dependency of whoever embeds the package. Then takes away
// what no entry point reaches any more. The library stays as it is. Run in the package's folder, after tsc.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { build } from 'esbuild'
import { licencesOf } from './licences.mjs'
import { namedModules } from './bundle-named-modules.mjs'

const { bin, dependencies, exports } = JSON.parse(readFileSync('package.json', 'utf8'))
const outdir = dirname(Object.values(bin)[0])

rmSync(outdir, { recursive: true, force: true })
const { metafile } = await build({
  entryPoints: ['dist/node/bin.js'],
  outdir,
  bundle: true,
  metafile: true,
  plugins: [namedModules],
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Two thirds of the size; names stay, for whoever reads what went wrong.
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 160,
  // The console finds its files beside itself.
  external: Object.keys(dependencies).filter(
    (name) => !name.startsWith('@rtmp/') || name === '@rtmp/console',
  ),
  // What is CommonJS in it (ioredis, pino) asks for modules of Node, and where it lies.
  banner: {
    js: [
      "import { createRequire as requireOf } from 'node:module'",
      "import { dirname as folderOf } from 'node:path'",
      "import { fileURLToPath as pathOf } from 'node:url'",
      'const require = requireOf(import.meta.url), __filename = pathOf(import.meta.url), __dirname = folderOf(__filename)',
    ].join('\n'),
  },
  logLevel: 'warning',
})
writeFileSync(join(outdir, 'THIRD-PARTY.txt'), licencesOf(metafile))

/** What a module names: imports, now or later, of values or of types, and workers. */
const named = (file) =>
  [
    ...readFileSync(file, 'utf8').matchAll(
      /(?:from|import|new URL)\s*\(?\s*['"](\.\.?\/[^'"]+?)\.[jt]s['"]/g,
    ),
  ].map(([, path]) => resolve(dirname(file), path))

/** Modules go by what modules name, declarations by what declarations name. */
const reached = new Set()
const reach = (ending) => (module) => {
  const file = module + ending
  if (reached.has(file) || !existsSync(file)) return
  reached.add(file)
  named(file).forEach(reach(ending))
}
for (const entry of Object.values(exports)) {
  if (typeof entry === 'string') continue
  const module = resolve(entry.default.replace(/\.js$/, ''))
  for (const ending of ['.js', '.d.ts']) reach(ending)(module)
}
for (const name of readdirSync('dist', { recursive: true })) {
  const file = resolve('dist', name)
  if (file.startsWith(`${resolve(outdir)}/`) || !/\.(?:js|d\.ts)$/.test(file)) continue
  if (!reached.has(file)) rmSync(join('dist', name))
}
