import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { ServerEvents } from '../../src/index.ts'
import { eventually, nextEvent, startServer } from './arrange.ts'

const HEADER = Uint8Array.of(0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1f, 0xff, 0xe0, 0)
const KEY = Uint8Array.of(0x17, 1, 0, 0, 0, 0, 0, 0, 2, 0x65, 0x88)

/** Says what it was given, and waits to be ended. */
const SAYS =
  'console.log(JSON.stringify([process.argv.slice(1), process.env.RTMP_PATH, process.env.RTMP_EVENT, process.env.RTMP_SECRET_OF_OURS ?? null, Object.keys(process.env).filter((name) => name.startsWith("RTMP_")).length])); setInterval(() => {}, 1000)'

test('a command runs with a publish, is told by its environment, ends with it, and is no shell', async () => {
  process.env['RTMP_SECRET_OF_OURS'] = 'hunter2'
  onTestFinished(() => void delete process.env['RTMP_SECRET_OF_OURS'])
  const { server, client } = await startServer({
    run: {
      onPublish: [
        { command: [process.execPath, '-e', SAYS, '{streamName}'], stream: 'live/*' },
        { command: [process.execPath, '-e', 'process.exit(3)'], stream: 'other/*' },
      ],
    },
  })
  const name = 'a; touch x $(id) `id` "\''
  const output = nextEvent(server, 'commandOutput')
  const publisher = await client().open('live')
  await publisher.publish(name)
  const { text, from } = await output
  expect(from).toBe('stdout')
  expect(JSON.parse(text)).toEqual([[name], `live/${name}`, 'publish', null, 6])
  const ended = nextEvent(server, 'commandEnded')
  await publisher.end()
  expect(await ended).toMatchObject({ signal: 'SIGTERM', path: `live/${name}`, error: undefined })
})

test('a command that cannot be started is told, and no more than 64 run at once', async () => {
  const { server, errors } = await startServer({
    run: {
      onPublish: [
        { command: ['/nowhere/to/be/found'] },
        ...Array.from({ length: 64 }, () => ({ command: ['sleep', '60'] })),
      ],
    },
  })
  const ends: ServerEvents['commandEnded'][] = []
  server.on('commandEnded', (event) => void ends.push(event))
  const { client } = { client: await import('./light-client.ts') }
  const publisher = await new client.LightClient(server.address()?.port ?? 0).open('live')
  await publisher.publish('show')
  await eventually('the failure', () => ends.some(({ error }) => error !== undefined))
  expect(errors).toHaveLength(1)
  errors.length = 0
  await publisher.end()
  await eventually('all are gone', () => ends.length === 64)
})

test('a back end is told of a recording and its files, and a command runs for each', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rtmp-told-'))
  const bodies: Record<string, unknown>[] = []
  const backEnd = createServer((request, response) => {
    let text = ''
    request.on('data', (more: Buffer) => (text += more.toString()))
    request.on('end', () => {
      bodies.push(JSON.parse(text) as Record<string, unknown>)
      response.end()
    })
  })
  await new Promise<void>((resolve) => backEnd.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    backEnd.close()
    await rm(folder, { recursive: true, force: true })
  })
  const { server } = await startServer({
    access: { callbacks: { recording: `http://127.0.0.1:${(backEnd.address() as AddressInfo).port}/` } },
    recordings: [{ file: `${folder}/{streamName}.{ext}` }],
    run: { onRecordingEnded: [{ command: [process.execPath, '-e', 'console.log(process.env.RTMP_FILE)'] }] },
  })
  const output = nextEvent(server, 'commandOutput')
  const publisher = server.inject('live', 'show')
  await new Promise((resolve) => setImmediate(resolve))
  publisher?.write({ kind: 'video', timestamp: 0, payload: HEADER })
  publisher?.write({ kind: 'video', timestamp: 0, payload: KEY })
  publisher?.write({ kind: 'video', timestamp: 40, payload: KEY })
  publisher?.end()
  expect((await output).text).toBe(join(folder, 'show.flv'))
  await eventually('three calls', () => bodies.length === 3)
  expect(bodies).toMatchObject([
    { event: 'recordingStarted', path: 'live/show' },
    { event: 'segmentCompleted', file: join(folder, 'show.flv'), name: 'show.flv', durationMs: 80 },
    { event: 'recordingEnded', files: 1 },
  ])
})
