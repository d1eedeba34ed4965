import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isRtmpClientError, play, publish, publishFile } from '@rtmp/client'
import * as web from '@rtmp/client/web'
import { createServer, type RtmpServer } from '@rtmp/server'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { commandsIn } from '../src/amf-from-capture.ts'
import { ingest } from '../src/database-keys.ts'
import { serversOf, Transcoding } from '../src/own-sockets.ts'
import { recordStream } from '../src/record.ts'
import { proxy } from '../src/rewrite-metadata.ts'
import { listen } from '../src/session-over-websocket.ts'

const repository = fileURLToPath(new URL('../../../', import.meta.url))
const movie = join(repository, 'media/h264-aac.flv')
const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

const opened = async (server: RtmpServer): Promise<string> => {
  await server.listen()
  ends.push(() => server.close())
  return `rtmp://127.0.0.1:${server.address('rtmp')?.port}`
}
const plain = (): Promise<string> => opened(createServer({ rtmp: { port: 0, host: '127.0.0.1' } }))

/** A sound, for publishers of which nothing else matters. */
const sound = {
  kind: 'audio',
  codec: 'mp3',
  type: 'coded',
  dts: 0,
  payload: Uint8Array.of(0xff, 0xfb),
} as const

test('a key opens its owner’s stream, another opens nothing, and one that is revoked ends it', async () => {
  const { server, revoke } = ingest({ ownerOf: async (key) => (key === 's3cret' ? 'anna' : undefined) }, 0)
  const url = await opened(server)
  const refused = await publish(`${url}/live/guess`).catch((error: unknown) => error)
  expect(isRtmpClientError(refused)).toBe(true)
  const publisher = await publish(`${url}/live/s3cret`)
  const player = play(`${url}/live/anna`)
  const playing = new Promise((resolve) => server.on('playStarted', resolve))
  const first = player[Symbol.asyncIterator]().next()
  await playing
  await publisher.write(sound)
  const { value } = await first
  expect(value).toMatchObject({ kind: 'audio' })
  await player.close()
  const ended = new Promise((resolve) => server.on('publishEnded', resolve))
  revoke('anna')
  await ended
})

test('a stream is recorded until it ends', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'recipes-'))
  ends.push(() => rm(folder, { recursive: true }))
  const server = createServer({ rtmp: { port: 0, host: '127.0.0.1' }, streams: { graceMs: 0 } })
  const url = await opened(server)
  const completed: number[] = []
  const recording = recordStream(server, 'live/show', folder, (_, durationMs) => completed.push(durationMs))
  await publishFile(movie, `${url}/live/show`, { pace: 'fast' })
  expect(await recording).toBe('sourceEnded')
  expect(completed).toHaveLength(1)
  expect(await readdir(join(folder, 'live/show'))).toEqual([expect.stringMatching(/\.mp4$/)])
})

test('metadata is rewritten on its way, and nothing else', async () => {
  const [source, target] = await Promise.all([plain(), plain()])
  const passing = proxy(`${source}/live/a`, `${target}/live/b`, 'the proxy')
  const player = play(`${target}/live/b`)
  const publishing = publishFile(movie, `${source}/live/a`)
  const [seen, metadata]: [Set<string>, unknown[]] = [new Set(), []]
  for await (const packet of player) {
    seen.add(packet.kind)
    if (packet.name === 'onMetaData') metadata.push(...packet.values)
    if (seen.size === 3) break
  }
  expect(metadata[0]).toMatchObject({ encoder: 'the proxy', width: expect.any(Number) })
  await player.close()
  await Promise.all([publishing, passing])
})

test('a session goes over a WebSocket', async () => {
  const heard: number[] = []
  const server = listen(0, ({ typeId }) => heard.push(typeId))
  await once(server, 'listening')
  ends.push(() => server.close())
  // Node has one from 22 on, as browsers do.
  if (!('WebSocket' in globalThis)) Object.assign(globalThis, { WebSocket })
  const publisher = await web.publish('rtmp://here/live/key', {
    dial: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
  })
  await publisher.write(sound)
  await publisher.end()
  expect(heard).toContain(8)
})

test('commands are read from a capture', async () => {
  const capture = await readFile(join(repository, 'vectors/streams/obs-29-publish.c2s.bin'))
  const said = [...commandsIn(capture)]
  expect(said[0]).toMatchObject({
    name: 'connect',
    transactionId: 1,
    values: [{ app: 'live', type: 'nonprivate' }],
  })
  expect(said.map(({ name }) => name)).toContain('publish')
})

test('sockets of one’s own, and a process for each publish that ends by its id', async () => {
  // In place of FFmpeg, which may not be here: a program that stays until it is ended.
  const stays = [process.execPath, '--eval', 'setInterval(() => {}, 1000)'] as const
  const transcoding = new Transcoding(0, () => stays)
  await transcoding.server.listen()
  ends.push(() => transcoding.server.close())
  const [tcp] = serversOf(transcoding)
  if (tcp === undefined) throw new Error('there is one for TCP')
  tcp.listen(0, '127.0.0.1')
  await once(tcp, 'listening')
  ends.push(() => tcp.close())
  const publisher = await publish(`rtmp://127.0.0.1:${(tcp.address() as AddressInfo).port}/live/show`)
  const [id = ''] = transcoding.ids
  expect(transcoding.ids).toHaveLength(1)
  transcoding.end(id)
  expect(transcoding.ids).toEqual([])
  await publisher.end()
})
