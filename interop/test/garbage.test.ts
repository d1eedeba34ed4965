import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

import { expect, test } from 'vitest'

import { ffmpeg } from '../src/clients/ffmpeg.ts'
import { LOOPBACK } from '../src/loopback.ts'
import { mediaFile } from '../src/media.ts'
import { mediaMessages, mediaProblems } from '../src/media-messages.ts'
import { describeWith } from './support/describe-with.ts'
import { played, Stage, startPlayer } from './support/stage.ts'

const HANDSHAKE_MS = 1200

function bytes(length: number, fill: (index: number) => number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => fill(index)))
}

/** C0 and C1 of the plain handshake. */
const HELLO = Buffer.concat([
  bytes(9, (index) => (index === 0 ? 3 : 0)),
  bytes(1528, (index) => (index * 7) & 0xff),
])

/** The start of a TLS 1.3 ClientHello, as sent by one who takes the port for RTMPS. */
const TLS_HELLO = Buffer.concat([
  Buffer.from('16030100c8010000c40303', 'hex'),
  bytes(1600, (index) => (index * 31) & 0xff),
])

const VISITORS = {
  'random bytes': bytes(4096, (index) => (index * 73 + 41) & 0xff),
  'an HTTP request': Buffer.from('GET /live HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n'),
  'a TLS hello': TLS_HELLO,
  'half a handshake and then silence': HELLO.subarray(0, 700),
  'a whole hello and then silence': HELLO,
  'nothing at all': Buffer.alloc(0),
  'a handshake and then garbage': Buffer.concat([HELLO, bytes(1536 + 4096, () => 0xff)]),
} as const

/** Sends the bytes and resolves with how long the server let the connection live, in milliseconds. */
async function lifeOf(port: number, greeting: Buffer): Promise<{ ms: number; socket: Socket }> {
  const socket = connect(port, LOOPBACK)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  const started = performance.now()
  socket.write(greeting)
  socket.resume()
  await once(socket, 'close', { signal: AbortSignal.timeout(10_000) })
  return { ms: performance.now() - started, socket }
}

describeWith([ffmpeg], 'what is not RTMP comes to the port', () => {
  test('each visitor is closed in time with a logged reason, and a stream goes on unharmed', async (context) => {
    const stage = await Stage.open(context, { handshakeMs: HANDSHAKE_MS })
    const player = await startPlayer(stage, { path: 'live/unharmed', file: 'player.flv' })
    const tap = await stage.tap()
    const input = mediaFile('h264-aac.flv')
    const publisher = stage.keep(ffmpeg.publish({ input, url: tap.url('live/unharmed') }))
    await played(player.connection, 100)
    const logged = stage.server.endings.length
    const visitors = Object.values(VISITORS)
    const lives = await Promise.all(visitors.map(async (greeting) => lifeOf(stage.server.port, greeting)))
    expect(lives).toHaveLength(visitors.length)
    expect(stage.server.endings.slice(logged)).toHaveLength(visitors.length)
    await publisher.ended
    expect((await player.program.ended).timedOut).toBe(false)
    const sent = mediaMessages((await tap.first()).clientToServer)
    expect(mediaProblems(sent, mediaMessages(player.connection.serverToClient))).toEqual([])
  })
})
