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
  expect(size).toBeGreaterThan(0)
  expect(size).toBeLessThanOrEqual(budget)
})
