import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MediaMessage } from '@rtmp/e-rtmp'
import { decodeFlv } from '@rtmp/flv'
import { expect, onTestFinished, test } from 'vitest'
import { accept, type HttpOptions, type ServerEvents, type ServerOptions } from '../../src/index.ts'
import { eventually, nextEvent, startServer } from './arrange.ts'

const HTTP: HttpOptions = { port: 0, host: '127.0.0.1', token: 't0ken' }
const HEADER = Uint8Array.of(0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1f, 0xff, 0xe0, 0)
const KEY = Uint8Array.of(0x17, 1, 0, 0, 0, 0, 0, 0, 2, 0x65, 0x88)
const INTER = Uint8Array.of(0x27, 1, 0, 0, 0, 0, 0, 0, 2, 0x41, 0x9a)

const begin = async (options: (folder: string) => ServerOptions) => {
  const folder = await mkdtemp(join(tmpdir(), 'rtmp-recordings-'))
  onTestFinished(async () => rm(folder, { recursive: true, force: true }))
  const started = await startServer({ http: HTTP, ...options(folder) })
  const { server } = started
  const seen: { readonly name: string; readonly event: object }[] = []
  for (const name of ['recordingStarted', 'segmentCompleted', 'recordingEnded', 'recordingRepaired'] as const)
    server.on(name, (event) => void seen.push({ name, event }))
  /** A second of video at 25 pictures, from a time on. */
  const second = (publisher: ReturnType<typeof server.inject>, from: number): void => {
    for (let i = 0; i < 25; i++)
      publisher?.write({ kind: 'video', timestamp: from + i * 40, payload: i === 0 ? KEY : INTER })
  }
  const publish = async (name = 'show') => {
    const publisher = server.inject('live', name)
    // Recordings begin once whoever has brought the stream is done.
    await new Promise((resolve) => setImmediate(resolve))
    publisher?.write({ kind: 'video', timestamp: 0, payload: HEADER })
    return publisher
  }
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`http://127.0.0.1:${server.address('http')?.port}/_/api${path}`, {
      method,
      headers: { authorization: 'Bearer t0ken', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, json: (await response.json()) as Record<string, unknown> }
  }
  return { ...started, folder, seen, publish, second, call }
}

const pictures = async (file: string): Promise<number> =>
  decodeFlv(await readFile(file), { damaged: 'strict' }).filter(
    ({ typeId, timestamp, payload }) => new MediaMessage(typeId, timestamp, payload).isCoded,
  ).length

test('a stream is recorded from its first to its last message, in files of a length, and back ends hear of it', async () => {
  const { server, folder, publish, second, seen } = await begin((at) => ({
    recordings: [{ stream: 'live/*', file: `${at}/{path}/{index}.{ext}`, splitMs: 2000 }],
  }))
  const publisher = await publish()
  for (let s = 0; s < 5; s++) second(publisher, s * 1000)
  await eventually('its buffers are counted', () => server.stats().memory.countedBytes > 2 * 128 * 1024)
  const ended = nextEvent(server, 'recordingEnded')
  publisher?.end()
  expect(await ended).toMatchObject({
    path: 'live/show',
    files: 3,
    missedMs: 0,
    reason: 'sourceEnded',
    durationMs: 5000,
  })
  expect(server.stats().memory.countedBytes).toBeLessThan(128 * 1024)
  expect((await readdir(join(folder, 'live/show'))).sort()).toEqual(['1.flv', '2.flv', '3.flv'])
  const counts = await Promise.all([1, 2, 3].map((i) => pictures(join(folder, `live/show/${i}.flv`))))
  expect(counts).toEqual([50, 50, 25])
  expect(seen.map(({ name }) => name)).toEqual([
    'recordingStarted',
    'segmentCompleted',
    'segmentCompleted',
    'segmentCompleted',
    'recordingEnded',
  ])
  expect(seen[1]?.event).toMatchObject({
    name: 'live/show/1.flv',
    file: join(folder, 'live/show/1.flv'),
    durationMs: 2000,
  })
})

test('a publisher that is lost and comes back is in one file', async () => {
  const { server, folder, publish, second } = await begin((at) => ({
    recordings: [{ file: `${at}/{streamName}.{ext}` }],
    streams: { graceMs: 5000 },
  }))
  const lost = await publish()
  second(lost, 0)
  lost?.end(true)
  const back = await publish()
  second(back, 0)
  const ended = nextEvent(server, 'recordingEnded')
  back?.end()
  expect(await ended).toMatchObject({ files: 1 })
  expect(await pictures(join(folder, 'show.flv'))).toBe(50)
})

test('a hook decides what is recorded beside the rules', async () => {
  const { server, folder, client } = await begin((at) => ({
    recordings: [
      { file: `${at}/always/{streamName}.{ext}` },
      { file: `${at}/asked/{streamName}.{ext}`, on: 'request' },
    ],
    streams: { graceMs: 0 },
    handler: {
      publish: ({ streamName }) =>
        streamName === 'plain' ? undefined : accept({ record: streamName === 'wanted' }),
    },
  }))
  const ends: ServerEvents['recordingEnded'][] = []
  server.on('recordingEnded', (event) => void ends.push(event))
  for (const name of ['plain', 'wanted', 'unwanted']) {
    const publisher = await client().open('live')
    const stream = await publisher.publish(name)
    publisher.send(stream, 9, 0, HEADER)
    publisher.send(stream, 9, 0, KEY)
    await eventually(
      'media',
      () => server.streams.find(({ streamName }) => streamName === name)?.publisher?.videoMessages === 2,
    )
    const gone = nextEvent(server, 'streamEnded')
    publisher.socket.end()
    await gone
  }
  await eventually('three recordings', () => ends.length === 3)
  expect((await readdir(join(folder, 'always'))).sort()).toEqual(['plain.flv', 'wanted.flv'])
  expect(await readdir(join(folder, 'asked'))).toEqual(['wanted.flv'])
})

test('administrators start, stop, list and remove', async () => {
  const { server, publish, second, call, folder } = await begin((at) => ({
    recordings: [{ file: `${at}/{streamName}.{ext}`, on: 'request' }],
  }))
  const publisher = await publish()
  second(publisher, 0)
  expect(await call('POST', '/recordings', { stream: 'live/nobody' })).toMatchObject({ status: 404 })
  const started = await call('POST', '/recordings', { stream: 'live/show' })
  expect(started).toMatchObject({ status: 201, json: { recordings: [{ recording: 1, path: 'live/show' }] } })
  expect(await call('POST', '/recordings', { stream: 'live/show' })).toMatchObject({ status: 409 })
  second(publisher, 1000)
  await eventually('a file', () => server.recordings?.stats()[0]?.file !== undefined)
  expect((await call('GET', '/recordings')).json).toMatchObject({
    recordings: [{ state: 'recording', file: join(folder, 'show.part.flv') }],
    files: [],
  })
  expect(await call('DELETE', '/recordings/1')).toMatchObject({ status: 200 })
  expect(await call('DELETE', '/recordings/1')).toMatchObject({ status: 404 })
  const { json } = await call('GET', '/recordings')
  expect(json).toMatchObject({ recordings: [], files: [{ name: 'show.flv' }] })
  expect(await call('DELETE', '/recordings/files/..%2fshow.flv')).toMatchObject({ status: 404 })
  expect(await call('DELETE', '/recordings/files/show.flv')).toMatchObject({ status: 200 })
  expect(await readdir(folder)).toEqual([])
  publisher?.end()
})

test('what was left unfinished is finished at the start, what was kept long enough is removed, and nothing else', async () => {
  const first = await begin((at) => ({ recordings: [{ file: `${at}/{streamName}.{ext}` }] }))
  const publisher = await first.publish()
  first.second(publisher, 0)
  const ended = nextEvent(first.server, 'recordingEnded')
  publisher?.end()
  await ended
  const bytes = await readFile(join(first.folder, 'show.flv'))
  const { server, folder } = await begin((at) => ({
    rtmp: false,
    recordings: [{ file: `${at}/kept/{path}/{index}.{ext}`, keepMs: 60_000, keepBytes: 3 * bytes.length }],
  }))
  await server.close()
  const inside = join(folder, 'kept/live/show')
  await mkdir(inside, { recursive: true })
  await writeFile(join(inside, '1.part.flv'), bytes.subarray(0, bytes.length - 10))
  for (const name of ['2.flv', '3.flv', '4.flv', '5.flv']) await writeFile(join(inside, name), bytes)
  await writeFile(join(inside, 'notes.txt'), 'mine')
  await writeFile(join(folder, 'kept/other.flv'), bytes)
  const old = new Date(Date.now() - 120_000)
  await utimes(join(inside, '2.flv'), old, old)
  await utimes(join(inside, '1.part.flv'), old, old)
  await writeFile(join(inside, '9.part.flv'), bytes)
  const again = await startServer({
    recordings: [
      { file: `${folder}/kept/{path}/{index}.{ext}`, keepMs: 60_000, keepBytes: 3 * bytes.length },
    ],
  })
  const left = async (): Promise<string[]> => (await readdir(inside)).sort()
  await again.server.recordings?.repaired
  await again.server.recordings?.expireNow()
  expect(await left()).toContain('notes.txt')
  // Another process may be at it.
  expect(await left()).toContain('9.part.flv')
  expect(await left()).not.toContain('2.flv')
  expect((await left()).filter((name) => /^\d\.flv$/.test(name))).toHaveLength(3)
  expect(await readdir(join(folder, 'kept'))).toContain('other.flv')
})
