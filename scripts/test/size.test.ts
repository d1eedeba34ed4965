// What each entry point costs a web page: minified, compressed, and bundled with the packages below it. Packages that
// stand on AMF count for themselves: who uses several of them has what is below only once. What runs in Node only has a
// budget too: growth is something to be seen.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { manifestOf, published, root } from '../package-metadata.ts'

const budgets = JSON.parse(readFileSync(join(root, 'size-budget.json'), 'utf8')) as Record<string, number>

/** Measured with the packages below them: those of whoever uses nothing else. */
const whole = new Set(['bytes', 'amf0', 'amf3', 'handshake', 'chunk', 'player', 'client/web'])

const entries = published.flatMap(([name, folder]) =>
  Object.entries(manifestOf(folder).exports).flatMap(([path, entry]) =>
    typeof entry === 'string' || path === './arbitraries'
      ? []
      : [{ entry: `${name}${path.slice(1)}`, file: join(root, folder, entry['@rtmp/source'] ?? '') }],
  ),
)

test('every entry point has a budget, and no other', () => {
  expect(Object.keys(budgets).toSorted()).toEqual(entries.map(({ entry }) => `@rtmp/${entry}`).toSorted())
})

/** What each entry point takes, as far as it was measured. */
const sizes = new Map<string, number>()

test.each(entries)('@rtmp/$entry fits in its budget', async ({ entry, file }) => {
  const budget = budgets[`@rtmp/${entry}`] ?? 0
  const { outputFiles } = await build({
    entryPoints: [file],
    conditions: ['@rtmp/source'],
    bundle: true,
    ...(whole.has(entry) ? {} : { packages: 'external' }),
    external: ['node:*'],
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  })
  const size = brotliCompressSync(outputFiles[0]?.contents ?? new Uint8Array(0)).length
  console.log(`@rtmp/${entry}: ${size} of ${budget} bytes`)
  sizes.set(entry, size)
  expect(size).toBeGreaterThan(0)
  expect(size).toBeLessThanOrEqual(budget)
})

/** Where READMEs say how large an entry point is, in kB. */
const CLAIMS = [
  ['bytes', 'bytes', /I\/O\. ([\d.]+) kB minified/],
  ['amf0', 'amf0', /modules\. ([\d.]+) kB minified/],
  ['amf3', 'amf3', /modules\. ([\d.]+) kB minified/],
  ['handshake', 'handshake', /I\/O\. ([\d.]+) kB minified/],
  ['chunk', 'chunk', /I\/O\. ([\d.]+) kB minified/],
  ['message', 'message', /own code is ([\d.]+) kB minified/],
  ['flv', 'flv/script', /`\/script` ([\d.]+) kB of its own/],
  ['flv', 'flv/file', /`\/file` ([\d.]+) kB of its own/],
  ['eRtmp', 'e-rtmp', /own code is ([\d.]+) kB for `@rtmp\/e-rtmp`/],
  ['eRtmp', 'e-rtmp/records', /and ([\d.]+) kB for `@rtmp\/e-rtmp\/records`/],
  ['live', 'live', /I\/O\. ([\d.]+) kB minified/],
  ['cmaf', 'cmaf', /own code is ([\d.]+) kB, and/],
  ['hls', 'hls', /own code is ([\d.]+) kB minified/],
  ['player', 'player', /brotli it is ([\d.]+) kB/],
] as const

/** Bytes of what a module takes along, minified and compressed. */
const sizeOf = async (contents: string, resolveDir = root): Promise<number> => {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir, loader: 'ts' },
    conditions: ['@rtmp/source'],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  })
  return brotliCompressSync(outputFiles[0]?.contents ?? new Uint8Array(0)).length
}

/** A README's figure in kB is what was measured, to what the number of digits promises, and a little for the next change. */
const expectAbout = (folder: string, claim: RegExp, bytes: number): void => {
  const [, said] = claim.exec(readFileSync(join(root, 'packages', folder, 'README.md'), 'utf8')) ?? []
  expect(said).toBeDefined()
  const kB = bytes / 1000
  expect(Math.abs(Number(said) - kB), `${said} kB, measured ${kB}`).toBeLessThanOrEqual(
    Math.max(0.3, kB * 0.03),
  )
}

test.each(CLAIMS)('the README of %s says how large @rtmp/%s is', (folder, entry, claim) => {
  expectAbout(folder, claim, sizes.get(entry) ?? 0)
})

/** As much of `@rtmp/flv` and its kin as READMEs say that somebody takes along who takes nothing else. */
const WITH_ALL_BELOW = [
  ['flv', 'flv/src/index.ts', /`@rtmp\/flv` ([\d.]+) kB and/],
  ['flv', 'flv/src/codec.ts', /`\/codec` ([\d.]+) kB with all/],
  ['cmaf', 'cmaf/src/index.ts', /and ([\d.]+) kB with what it uses/],
] as const

test.each(WITH_ALL_BELOW)(
  'the README of %s says what %s is with all below it',
  async (folder, file, claim) => {
    expectAbout(folder, claim, await sizeOf(`export * from '${join(root, 'packages', file)}'`))
  },
)

test('the README of cmaf says what the writer of mp4box takes', async () => {
  const from = join(root, 'packages/cmaf')
  expectAbout('cmaf', /([\d.]+) kB of brotli/, await sizeOf("export { createFile } from 'mp4box'", from))
  expectAbout('cmaf', /where this is ([\d.]+) kB/, sizes.get('cmaf') ?? 0)
})

test('the README of eRtmp says what comes on top, and what the classification alone takes', async () => {
  const [main, records] = [
    join(root, 'packages/eRtmp/src/index.ts'),
    join(root, 'packages/eRtmp/src/records.ts'),
  ]
  const [own, ownRecords] = [sizes.get('e-rtmp') ?? 0, sizes.get('e-rtmp/records') ?? 0]
  expectAbout('eRtmp', /comes on top \(([\d.]+) kB/, (await sizeOf(`export * from '${main}'`)) - own)
  expectAbout(
    'eRtmp',
    /comes on top \([\d.]+ kB and ([\d.]+) kB\)/,
    (await sizeOf(`export * from '${records}'`)) - ownRecords,
  )
  const alone = `export { classifyAudio, classifyVideo } from '${main}'`
  expectAbout('eRtmp', /classification alone is ([\d.]+) kB/, await sizeOf(alone))
})

test('the README of player says what of it a page loads that leaves the work to a worker', async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(root, 'packages/player/src/index.ts')],
    conditions: ['@rtmp/source'],
    bundle: true,
    splitting: true,
    metafile: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    outdir: 'out',
  })
  const bytesOf = (name: string): number =>
    brotliCompressSync(
      outputFiles.find(({ path }) => path.endsWith(`/${name}`))?.contents ?? new Uint8Array(0),
    ).length
  const imports = metafile.outputs['out/index.js']?.imports ?? []
  const atOnce = imports.filter(({ kind }) => kind === 'import-statement').map(({ path }) => path)
  const bytes = ['out/index.js', ...atOnce].reduce((sum, path) => sum + bytesOf(path), 0)
  expectAbout('player', /with a worker, ([\d.]+) kB of that/, bytes)
})
