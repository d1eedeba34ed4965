// Whether Jest runs tests that use what was published, in the ways that docs/installing.md tells.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { install } from './installed.ts'
import type { LocalRegistry } from './local-registry.ts'
import { run } from './run.ts'

const TEST = `test('a server listens, and a client publishes', async () => {
  const server = createServer({ rtmp: { port: 0, host: '127.0.0.1' } })
  await server.listen()
  const publisher = await publish('rtmp://127.0.0.1:' + server.address('rtmp').port + '/live/show')
  await publisher.end()
  await server.close()
})
`

/** The same test as an ES module, and as CommonJS. */
const FILES = {
  'server.test.mjs': `import { createServer } from '@rtmp/server'\nimport { publish } from '@rtmp/client'\n${TEST}`,
  'server.test.cjs': `const { createServer } = require('@rtmp/server')\nconst { publish } = require('@rtmp/client')\n${TEST}`,
} as const

/** A project with Jest and the test. */
export const writeJestProject = async (registry: LocalRegistry, project: string): Promise<void> => {
  await install(registry, project, ['@rtmp/server', '@rtmp/client', 'jest@30'])
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(project, name), text)
}

/** Runs one of its files. @throws what Jest says when the test fails */
export const runJest = (node: string, project: string, file: keyof typeof FILES): Promise<string> =>
  run(
    node,
    [
      'node_modules/jest/bin/jest.js',
      '--config',
      JSON.stringify({ transform: {}, testMatch: [`**/${file}`] }),
    ],
    project,
    { NODE_OPTIONS: '--experimental-vm-modules' },
  )
