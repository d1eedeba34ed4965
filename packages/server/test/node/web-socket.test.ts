import { once } from 'node:events'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { createWebSocketStream, WebSocket } from 'ws'
import type { HttpOptions } from '../../src/index.ts'
import { eventually, nextEvent, startServer } from './arrange.ts'
import { LightClient } from './light-client.ts'

const start = async (http: Partial<HttpOptions> = {}) => {
  const started = await startServer({ http: { port: 0, host: '127.0.0.1', ...http } })
  const open = async (path = '/rtmp', headers: Record<string, string> = {}): Promise<WebSocket> => {
    const webSocket = new WebSocket(`ws://127.0.0.1:${started.server.address('http')?.port}${path}`, 'rtmp', {
      headers,
    })
    webSocket.on('error', () => {})
    onTestFinished(() => {
      webSocket.terminate()
    })
    await Promise.race([
      once(webSocket, 'open'),
      once(webSocket, 'unexpected-response').then(([, response]) => {
        throw new Error(`status ${String((response as { statusCode: number }).statusCode)}`)
      }),
    ])
    return webSocket
  }
  /** A client over WebSocket; what it writes is cut into messages of this size. */
  const webClient = async (size = 1000): Promise<LightClient> => {
    const webSocket = await open()
    const stream = createWebSocketStream(webSocket)
    const cut = new Duplex({
      read() {},
      write(bytes: Uint8Array, _encoding, done) {
        for (let at = 0; at < bytes.length; at += size) stream.write(bytes.subarray(at, at + size))
        done()
      },
      final(done) {
        stream.end(done)
      },
      destroy(error, done) {
        stream.destroy()
        done(error)
      },
    })
    stream.on('data', (bytes) => cut.push(bytes))
    stream.on('end', () => cut.push(null))
    stream.on('error', () => {})
    return new LightClient(Object.assign(cut, { connecting: false, setNoDelay: () => {} }) as never)
  }
  return { ...started, open, webClient }
}

test('takes whatever subprotocol is offered, and a slash and a query behind the path', async () => {
  const { server } = await start()
  const port = server.address('http')?.port
  for (const [offered, taken] of [
    [['flv', 'binary'], 'flv'],
    [['binary', 'rtmp'], 'rtmp'],
    [[], ''],
  ] as const) {
    const webSocket = new WebSocket(`ws://127.0.0.1:${port}/rtmp/?token=1`, [...offered])
    onTestFinished(() => {
      webSocket.terminate()
    })
    await once(webSocket, 'open')
    expect(webSocket.protocol).toBe(taken)
  }
})

/** A masked frame without payload mask: the first byte says what it is. */
const frameOf = (first: number, announced: number, payload: Uint8Array): Buffer => {
  const head = Buffer.alloc(14)
  head[0] = first
  head[1] = 0xff
  head.writeBigUInt64BE(BigInt(announced), 2)
  return Buffer.concat([head, payload])
}

/** The socket under a WebSocket. */
const socketOf = (webSocket: WebSocket): Socket => (webSocket as unknown as { _socket: Socket })._socket

test('a message may come in 4096 frames: at the limit, and one beyond', async () => {
  const { open, server } = await start()
  const byte = Uint8Array.of(3)
  for (const [frames, ends] of [
    [4096, false],
    [4097, true],
  ] as const) {
    const webSocket = await open()
    const ended = once(webSocket, 'close')
    const all = Array.from({ length: frames }, (_, i) => frameOf(i === 0 ? 2 : 0, 1, byte))
    socketOf(webSocket).write(Buffer.concat(all))
    if (ends) expect((await ended)[0]).toBe(1008)
    else {
      await eventually('all are kept', () => server.stats().memory.countedBytes > 15 * 4096)
      webSocket.terminate()
      await ended
      await eventually('it has gone', () => server.stats().connections.open === 0)
    }
  }
})

test('a message that comes byte by byte counts for what that costs', async () => {
  const { open, server } = await start()
  const webSocket = await open()
  const socket = socketOf(webSocket)
  await eventually('it is there', () => server.stats().connections.open === 1)
  socket.write(frameOf(0x82, 1_000_000, new Uint8Array(0)))
  for (let i = 0; i < 500; i++) {
    socket.write(Uint8Array.of(1))
    // Each is read by itself.
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  await eventually('it is counted', () => server.stats().memory.countedBytes > 60_000)
})

test('publishes and plays over WebSocket, beside TCP', async () => {
  const { webClient, client, server } = await start()
  const opened = nextEvent(server, 'connectionOpened')
  const publisher = await (await webClient(997)).open()
  expect((await opened).connection).toMatchObject({ remoteAddress: '127.0.0.1', secure: false })
  const id = await publisher.publish('web')
  const players = [await client().open(), await (await webClient(7)).open()]
  for (const player of players) await player.play('web')
  const frame = new Uint8Array(300_000).fill(7)
  frame.set([0x17, 1, 0, 0, 0])
  publisher.send(id, 9, 0, frame)
  for (const player of players) {
    await player.until('media', () => player.media.length === 1)
    expect(Buffer.compare(player.media[0]?.payload ?? new Uint8Array(0), frame)).toBe(0)
  }
  await server.close({ drainMs: 2000 })
  await publisher.status('NetStream.Unpublish.Success')
  for (const player of players) await player.status('NetStream.Play.UnpublishNotify')
})

test('the end of the socket ends the publish', async () => {
  const { open, server } = await start()
  const webSocket = await open()
  const closed = nextEvent(server, 'connectionClosed')
  webSocket.close()
  expect((await closed).closed.reason).toBe('transportClosed')
})

test('text, garbage and too much of it end the connection and nothing else', async () => {
  const { open, server, client } = await start()
  const text = await open()
  text.send('hello')
  expect((await once(text, 'close'))[0]).toBe(1003)
  const garbage = await open()
  const reason = nextEvent(server, 'connectionClosed', ({ closed }) => closed.reason === 'protocolError')
  garbage.send(new Uint8Array(5000).fill(0x47))
  await reason
  const large = await open()
  large.send(new Uint8Array(5 * 1024 * 1024))
  expect((await once(large, 'close'))[0]).toBe(1009)
  await client().open()
})

test('only at its path, for origins that may, while the server takes clients', async () => {
  const { open, server, client } = await start({ origins: ['https://studio.test'] })
  await expect(open('/other', { origin: 'https://studio.test' })).rejects.toThrow('status 404')
  await expect(open()).rejects.toThrow('status 403')
  await expect(open('/rtmp', { origin: 'https://evil.test' })).rejects.toThrow('status 403')
  await open('/rtmp?token=1', { origin: 'https://studio.test' })
  const last = await client().open('live', { capsEx: 1 })
  const drained = server.drain({ deadlineMs: 3000 })
  await expect(open('/rtmp', { origin: 'https://studio.test' })).rejects.toThrow('status 503')
  last.socket.end()
  await drained
  const off = await start({ webSocket: false })
  await expect(off.open()).rejects.toThrow('status 404')
})

test('a message that is begun and not finished is counted as it comes, however many pings lie in between', async () => {
  const { open, server } = await start()
  const webSocket = await open()
  await eventually('it is there', () => server.connections.size === 1)
  const counted = (): number => server.stats().memory.countedBytes
  const before = counted()
  for (let i = 0; i < 30; i++) {
    webSocket.send(new Uint8Array(100_000), { fin: false })
    webSocket.ping()
  }
  await eventually('it is counted', () => counted() > before + 2_900_000)
  webSocket.terminate()
  await eventually('it has gone', () => server.connections.size === 0)
  expect(counted()).toBeLessThan(before)
})

test('pings in the same read as a message take nothing off what is counted behind them', async () => {
  const { open, server } = await start()
  const webSocket = await open()
  await eventually('it is there', () => server.connections.size === 1)
  const counted = (): number => server.stats().memory.countedBytes
  const before = counted()
  // All in one write.
  const { _socket: socket } = webSocket as unknown as { readonly _socket: Socket }
  socket.cork()
  webSocket.send(Uint8Array.of(3))
  for (let i = 0; i < 50; i++) webSocket.ping(new Uint8Array(125))
  socket.uncork()
  webSocket.send(new Uint8Array(100_000), { fin: false })
  await eventually('all of it is counted', () => counted() >= before + 100_000)
})
