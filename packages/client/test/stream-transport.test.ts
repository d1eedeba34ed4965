import { describe, expect, it } from 'vitest'
import { play, publish } from '../src/web.ts'
import { frames, sound } from './support/media.ts'
import { type Peer, TestServer } from './support/test-server.ts'

/** Both ends of a pair of Web Streams, the far one with a test's server. */
const dialler = (
  server: TestServer,
): { dial: () => { readable: ReadableStream; writable: WritableStream } } => ({
  dial() {
    const toServer = new TransformStream<Uint8Array, Uint8Array>()
    const toClient = new TransformStream<Uint8Array, Uint8Array>()
    const writer = toClient.writable.getWriter()
    const peer: Peer = server.accept({
      write: (pieces) => pieces.forEach((piece) => void writer.write(piece).catch(() => {})),
      end: () => void writer.close().catch(() => {}),
    })
    void (async () => {
      const reader = toServer.readable.getReader()
      for (let step = await reader.read(); !step.done; step = await reader.read()) {
        peer.receive(step.value, performance.now())
      }
      peer.transportClosed(performance.now())
    })().catch(() => peer.transportClosed(performance.now()))
    return { readable: toClient.readable, writable: toServer.writable }
  },
})

describe('the client of browsers, over Web Streams', () => {
  it('publishes, and plays what is published', async () => {
    const server = new TestServer()
    const { dial } = dialler(server)
    const player = play('rtmp://host/live/key', { dial })
    await player.started
    const publisher = await publish('rtmp://host/live/key', { dial })
    for (let at = 0; at < 50; at++) {
      await publisher.write({ typeId: 8, timestamp: at * 20, payload: sound(at, 2000) })
    }
    const received = []
    for await (const packet of player) {
      received.push(packet)
      if (received.length === 50) break
    }
    expect(frames(received, 8).map(({ payload }) => payload)).toEqual(
      Array.from({ length: 50 }, (_, at) => sound(at, 2000)),
    )
    await publisher.end()
    expect(server.peers.map(({ isClosed }) => isClosed)).toEqual([true, true])
  })

  it('hears of a stream that fails', async () => {
    const server = new TestServer()
    let fail: (error: Error) => void = () => {}
    const publisher = await publish('rtmp://host/live/key', {
      dial: () => {
        const { readable, writable } = dialler(server).dial()
        const broken = new TransformStream<Uint8Array, Uint8Array>({
          start: (controller) => {
            fail = (error) => controller.error(error)
          },
        })
        return { readable: (readable as ReadableStream<Uint8Array>).pipeThrough(broken), writable }
      },
    })
    fail(new Error('the tunnel fell in'))
    await expect(publisher.finished).rejects.toMatchObject({
      code: 'CONNECTION_LOST',
      message: 'the connection was lost: the tunnel fell in',
    })
  })

  it('has no MD5, and says so when it is asked for', async () => {
    const server = new TestServer({
      connect: () => ({ description: '[ code=403 need auth; authmod=adobe ]' }),
    })
    await expect(publish('rtmp://me:secret@host/live/key', dialler(server))).rejects.toMatchObject({
      code: 'AUTH_REQUIRED',
    })
  })

  it('says what the dialler says', async () => {
    const dial = (): never => {
      throw new Error('no way')
    }
    await expect(publish('rtmp://host/live/key', { dial })).rejects.toMatchObject({
      code: 'DIAL_FAILED',
      message: 'no way',
    })
  })
})
