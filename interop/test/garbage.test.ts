import { once } from 'node:events'
import { connect } from 'node:net'

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

/** What comes, and what the server must say of it. */
const VISITORS: readonly { readonly name: string; readonly greeting: Buffer; readonly reason: RegExp }[] = [
  { name: 'random bytes', greeting: bytes(4096, (index) => (index * 73 + 41) & 0xff), reason: /version 41/ },
  {
    name: 'an HTTP request',
    greeting: Buffer.from('GET /live HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n'),
    reason: /HTTP on the RTMP port/,
  },
  { name: 'a TLS hello', greeting: TLS_HELLO, reason: /TLS hello/ },
  { name: 'half a hello and then silence', greeting: HELLO.subarray(0, 700), reason: /handshake.*in time/ },
  { name: 'a whole hello and then silence', greeting: HELLO, reason: /handshake.*in time/ },
  { name: 'nothing at all', greeting: Buffer.alloc(0), reason: /handshake.*in time/ },
  {
    name: 'a handshake and then silence',
    greeting: Buffer.concat([HELLO, bytes(1536, () => 0)]),
    reason: /timeout: .*connect.*in time/,
  },
  {
    name: 'a handshake and then garbage',
    greeting: Buffer.concat([HELLO, bytes(1536 + 4096, () => 0xff)]),
    reason: /protocolError: chunk stream/,
  },
]

/** Sends the bytes, waits until the server has closed the connection, and gives the visitor's port. */
async function visit(port: number, greeting: Buffer): Promise<number> {
  const socket = connect(port, LOOPBACK)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  const { localPort } = socket
  socket.write(greeting)
  socket.resume()
  await once(socket, 'close', { signal: AbortSignal.timeout(HANDSHAKE_MS + 6000) })
  return localPort ?? 0
}

describeWith([ffmpeg], 'what is not RTMP comes to the port', () => {
  test('each visitor is closed in time with a logged reason, and a stream goes on unharmed', async (context) => {
    const stage = await Stage.open(context, { handshakeMs: HANDSHAKE_MS })
    const player = await startPlayer(stage, { path: 'live/unharmed', file: 'player.flv' })
    const tap = await stage.tap()
    const input = mediaFile('h264-aac.flv')
    const publisher = stage.keep(ffmpeg.publish({ input, url: tap.url('live/unharmed') }))
    await played(player.connection, 100)
    const ports = await Promise.all(VISITORS.map(async ({ greeting }) => visit(stage.server.port, greeting)))
    const said = ports.map((port) => stage.server.endings.get(port))
    VISITORS.forEach(({ name, reason }, index) => {
      expect(said[index], name).toMatch(reason)
    })
    await publisher.ended
    expect((await player.program.ended).timedOut).toBe(false)
    const sent = mediaMessages((await tap.first()).clientToServer)
    expect(mediaProblems(sent, mediaMessages(player.connection.serverToClient))).toEqual([])
  })
})
