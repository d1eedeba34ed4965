// What each package costs a web page: minified, compressed, and bundled with the packages below it. The packages that
// stand on AMF count for themselves: who uses several of them has what is below only once.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { folders } from '../layers.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const budgets = JSON.parse(readFileSync(join(root, 'size-budget.json'), 'utf8')) as Record<string, number>

/** Measured without the packages below them. */
const alone = new Set(['@rtmp/message', '@rtmp/flv', '@rtmp/ertmp'])

test.each(Object.entries(budgets))('%s fits in %i bytes', async (name, budget) => {
  const folder = folders[name.replace('@rtmp/', '')]
  const { outputFiles } = await build({
    entryPoints: [join(root, `packages/${folder}/src/index.ts`)],
    conditions: ['@rtmp/source'],
    bundle: true,
    external: alone.has(name) ? ['@rtmp/*'] : [],
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false,
  })
  const size = brotliCompressSync(outputFiles[0]?.contents ?? new Uint8Array(0)).length
  console.log(`${name}: ${size} of ${budget} bytes`)
  expect(size).toBeGreaterThan(0)
  expect(size).toBeLessThanOrEqual(budget)
})
