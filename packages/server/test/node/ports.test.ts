import { once } from 'node:events'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex, PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { connect as connectTls } from 'node:tls'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createServer } from '../../src/index.ts'
import { nextEvent, startServer } from './arrange.ts'
import { LightClient } from './light-client.ts'

const file = (name: string): string => fileURLToPath(new URL(`../certificates/${name}`, import.meta.url))

const begin = (port: number): Socket => {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  onTestFinished(() => {
    socket.destroy()
  })
  return socket
}

/** A client that writes some bytes before it speaks RTMP. */
const after = (port: number, first: string | Uint8Array): LightClient => {
  const socket = begin(port)
  socket.write(first)
  return new LightClient(socket)
}

describe('PROXY protocol', () => {
  const version2 = Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000207c00002090fa0078f', 'hex')

  test.each([
    ['version 1', 'PROXY TCP4 192.0.2.7 192.0.2.9 4000 1935\r\n'],
    ['version 2', version2],
  ])('%s names the client', async (_version, header) => {
    const { server, port } = await startServer({ rtmp: { proxyFrom: ['127.0.0.1'] } })
    const opened = nextEvent(server, 'connectionOpened')
    const client = await after(port, header).open()
    expect((await opened).connection).toMatchObject({
      remoteAddress: '192.0.2.7',
      remotePort: 4000,
      localPort: port,
      secure: false,
    })
    const id = await client.publish('a')
    client.send(id, 8, 0, new Uint8Array(100_000).fill(0xaf))
    const player = await after(port, header).open()
    await player.play('a')
    client.send(id, 8, 20, new Uint8Array(100_000).fill(0xaf))
    await player.until('media', () => player.media.some(({ timestamp }) => timestamp === 20))
  })

  test('an IPv4 client in the form of IPv6 is one to the rules', async () => {
    const mapped = 'PROXY TCP6 ::FFFF:192.0.2.7 ::ffff:c000:209 4000 1935\r\n'
    const { server, port } = await startServer({
      rtmp: { proxyFrom: ['127.0.0.1'] },
      access: { addresses: { connect: { deny: ['192.0.2.7'] } } },
    })
    const refused = nextEvent(server, 'refused')
    await after(port, mapped).askToConnect('live')
    expect((await refused).description).toBe('192.0.2.7 may not connect here')
  })

  test('byte by byte, together with the handshake', async () => {
    const { port } = await startServer({ rtmp: { proxyFrom: ['127.0.0.0/8'] } })
    const socket = begin(port)
    socket.setNoDelay(true)
    for (const byte of version2) socket.write(Uint8Array.of(byte))
    await new LightClient(socket).open()
  })

  test('in front of TLS', async () => {
    const tls = { certificates: [{ cert: file('localhost.pem'), key: file('localhost.key') }] }
    const { server } = await startServer({
      listeners: [{ port: 0, host: '127.0.0.1', tls, proxyFrom: ['127.0.0.1'] }],
    })
    const raw = begin(server.address('rtmps')?.port ?? 0)
    await once(raw, 'connect')
    raw.write(version2)
    const opened = nextEvent(server, 'connectionOpened')
    await new LightClient(connectTls({ socket: raw, rejectUnauthorized: false })).open()
    expect((await opened).connection).toMatchObject({ remoteAddress: '192.0.2.7', secure: true })
  })

  test('a balancer must send it; from elsewhere it is garbage; hostile ones end with a reason', async () => {
    const { server, port } = await startServer({ rtmp: { proxyFrom: ['127.0.0.1'] } })
    const inputs = [Uint8Array.of(3, 0, 0), 'PROXY nonsense\r\n', `PROXY UNKNOWN ${'x'.repeat(200)}`, '']
    for (const input of inputs) {
      const turnedAway = nextEvent(server, 'turnedAway')
      const socket = begin(port)
      socket.on('end', () => socket.end())
      const closed = once(socket, 'close')
      if (input === '') socket.end()
      else socket.write(input)
      expect((await turnedAway).description).not.toBe('')
      socket.resume()
      await closed
    }
    const direct = await startServer({ rtmp: { proxyFrom: ['192.0.2.0/24'] } })
    const ended = nextEvent(direct.server, 'connectionClosed')
    after(direct.port, 'PROXY TCP4 192.0.2.7 192.0.2.9 4000 1935\r\n')
    expect((await ended).connection.remoteAddress).toBe('127.0.0.1')
  })
})

describe('ports', () => {
  test('several at once, one stream for all; both kinds of addresses', async () => {
    const { server, client } = await startServer({ listeners: [{ port: 0, host: '::1' }, { port: 0 }] })
    const [, onlySix, both] = server.addresses
    const six = (port: number): Socket => connect({ port, host: '::1', allowHalfOpen: true })
    const publisher = await new LightClient(six(onlySix?.port ?? 0)).open()
    const id = await publisher.publish('a')
    const players = [
      await client().open(),
      await new LightClient(six(both?.port ?? 0)).open(),
      await new LightClient(begin(both?.port ?? 0)).open(),
    ]
    for (const player of players) await player.play('a')
    publisher.send(id, 8, 0, Uint8Array.of(0xaf, 1, 2, 3))
    for (const player of players) await player.until('media', () => player.media.length === 1)
    expect([...server.connections].map(({ remoteAddress }) => remoteAddress)).toEqual([
      '::1',
      '127.0.0.1',
      '::1',
      '127.0.0.1',
    ])
    publisher.socket.destroy()
    for (const player of players) player.socket.destroy()
  })

  test('all or none: a port that is taken closes the others again', async () => {
    const taken = createTcpServer().listen(0, '127.0.0.1')
    onTestFinished(() => {
      taken.close()
    })
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    const server = createServer({
      rtmp: { port: 0, host: '127.0.0.1' },
      listeners: [{ port, host: '127.0.0.1' }],
    })
    await expect(server.listen()).rejects.toMatchObject({ code: 'EADDRINUSE', port })
    expect(server.isReady).toBe(false)
    expect(server.address()).toBeUndefined()
  })

  test("a server of the application's own: here a Unix socket", async () => {
    const path = join(tmpdir(), `rtmp-${process.pid}-${Math.trunc(performance.now() * 1000)}.sock`)
    const own = createTcpServer({ allowHalfOpen: true }).listen(path)
    await once(own, 'listening')
    onTestFinished(() => {
      own.close()
    })
    const { server } = await startServer({ listeners: [{ port: 0, server: own }] })
    const client = new LightClient(connect({ path, allowHalfOpen: true }))
    await client.open()
    expect(await client.publish('a')).toBe(1)
    await server.close({ drainMs: 1000 })
    expect(own.listening).toBe(true)
  })

  test('a connection that the application brings, socket or not', async () => {
    const { server } = await startServer({ rtmp: false })
    const clientToServer = new PassThrough()
    const serverToClient = new PassThrough()
    const ours = Duplex.from({ readable: clientToServer, writable: serverToClient })
    const theirs = Duplex.from({ readable: serverToClient, writable: clientToServer })
    const opened = nextEvent(server, 'connectionOpened')
    expect(server.accept(ours, { remoteAddress: '192.0.2.7', secure: true })).toBe(true)
    expect((await opened).connection).toMatchObject({ remoteAddress: '192.0.2.7', secure: true })
    const client = new LightClient(
      Object.assign(theirs, { connecting: false, setNoDelay: () => {} }) as never,
    )
    await client.open()
    await client.publish('a')
    expect(server.streams).toHaveLength(1)
    theirs.destroy()
  })
})
