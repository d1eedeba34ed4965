// Direct writes use a part of Node that is deprecated for people: they must not warn, and never end the process.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const server = new URL('../../src/index.ts', import.meta.url).href

/** Counts who asks Node for its inside: when the package is imported, and when a first client comes. */
const script = (options: string): string => `
import { once } from 'node:events'
import { connect } from 'node:net'
const binding = process.binding
const asked = []
process.binding = (name) => { asked.push(name); return binding(name) }
const warnings = []
process.on('warning', (warning) => warnings.push(String(warning)))
const { createServer } = await import(${JSON.stringify(server)})
const atImport = asked.filter((name) => name === 'stream_wrap').length
const server = createServer({ rtmp: { port: 0, host: '127.0.0.1' }, ...${options} })
await server.listen()
const socket = connect(server.address().port, '127.0.0.1')
const c0c1 = new Uint8Array(1537)
c0c1[0] = 3
socket.write(c0c1)
let received = 0
for await (const bytes of socket) {
  received += bytes.length
  if (received >= 3073) break
}
await server.destroy()
await new Promise((resolve) => setImmediate(resolve))
console.log(JSON.stringify({ atImport, asked: asked.filter((name) => name === 'stream_wrap').length, received, warnings, noDeprecation: process.noDeprecation }))
`

const run = async (options: string): Promise<unknown> => {
  const child = spawn(
    process.execPath,
    [
      '--pending-deprecation',
      '--throw-deprecation',
      '--conditions=@rtmp/source',
      '--import',
      'tsx',
      '--input-type=module',
      '--eval',
      script(options),
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const deadline = setTimeout(() => child.kill('SIGKILL'), 60_000)
  let output = ''
  child.stdout.on('data', (text) => (output += String(text)))
  child.stderr.on('data', (text) => (output += String(text)))
  await once(child, 'close')
  clearTimeout(deadline)
  expect(child.exitCode, output).toBe(0)
  return JSON.parse(output)
}

test('with --pending-deprecation --throw-deprecation the server goes on in silence; Node is asked at the first socket', async () => {
  expect(await run('{}')).toEqual({ atImport: 0, asked: 1, received: 3073, warnings: [] })
}, 90_000)

test('directWrite: false asks Node for nothing, and writes all the same', async () => {
  expect(await run('{ directWrite: false }')).toEqual({ atImport: 0, asked: 0, received: 3073, warnings: [] })
}, 90_000)
