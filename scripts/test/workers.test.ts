// Packages that say that they run in workers run in one that has what the Web has, and nothing of Node.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../package-metadata.ts'
import { bundleForWorker, exampleForWorker, IN_WORKERS, runWithWebGlobals } from '../release/web-standard.ts'

const SOURCES = ['@rtmp/source']

test.each([...IN_WORKERS, 'client/web'])('%s runs where there is nothing of Node', async (folder) => {
  const example = await exampleForWorker(folder)
  const script = await bundleForWorker(
    example,
    join(root, 'packages', folder === 'client/web' ? 'server' : folder),
    'script',
    SOURCES,
  )
  const lines = await runWithWebGlobals(script)
  expect(lines.length).toBeGreaterThan(0)
  if (folder === 'client/web') expect(lines).toContain('publishEnded')
})

test('what needs Node fails there', async () => {
  const inside = join(root, 'packages/server')
  const example = (code: string): Promise<string> => bundleForWorker(code, inside, 'script', SOURCES)
  await expect(runWithWebGlobals(await example('console.log(Buffer.alloc(1))'))).rejects.toThrow('Buffer')
  await expect(runWithWebGlobals(await example('console.log(process.pid)'))).rejects.toThrow('process')
  await expect(example(`import { createServer } from '@rtmp/server'\ncreateServer()`)).rejects.toThrow(
    'node:',
  )
})
