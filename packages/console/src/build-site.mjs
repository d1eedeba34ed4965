// Builds the pages: each an HTML file with its script and style, whose names change with their content.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'
import { build } from 'esbuild'

const source = fileURLToPath(new URL('./pages/', import.meta.url))
const site = fileURLToPath(new URL('../dist/site/', import.meta.url))

const PAGES = [
  { name: 'watch', title: 'Live' },
  { name: 'console', title: 'RTMP server' },
  { name: 'go-live', title: 'Go live' },
]

const { outputFiles, metafile } = await build({
  absWorkingDir: source,
  entryPoints: [...PAGES.map(({ name }) => `${name}/${name}.tsx`), 'shared/player-worker.ts'],
  entryNames: '[name]-[hash]',
  chunkNames: 'part-[hash]',
  conditions: ['@rtmp/source', 'browser'],
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  jsx: 'automatic',
  jsxImportSource: 'preact',
  metafile: true,
  write: false,
  outdir: site,
})

rmSync(site, { recursive: true, force: true })
mkdirSync(site, { recursive: true })

const save = (name, bytes) => {
  writeFileSync(join(site, name), bytes)
  const compressed = brotliCompressSync(bytes)
  if (compressed.length < bytes.length * 0.9) writeFileSync(join(site, `${name}.br`), compressed)
}
for (const { path, contents } of outputFiles) save(basename(path), contents)

const built = Object.entries(metafile.outputs)
const outputOf = (entry) => built.find(([, { entryPoint }]) => entryPoint === entry)
const worker = basename(outputOf('shared/player-worker.ts')?.[0] ?? '')
for (const { name, title } of PAGES) {
  const [script, { cssBundle }] = outputOf(`${name}/${name}.tsx`)
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark light">
<meta name="player-worker" content="/_/assets/${worker}">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/_/assets/${basename(cssBundle)}">
<script type="module" src="/_/assets/${basename(script)}"></script>
</head>
<body></body>
</html>
`
  save(`${name}.html`, Buffer.from(html))
}
