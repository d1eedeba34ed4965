import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex, PassThrough } from 'node:stream'
import { decodeFlv } from '@rtmp/flv'
import { afterEach, describe, expect, it } from 'vitest'
import { type NodePublisherOptions, play, publish, publishFile, pushTo, saveFlv } from '../src/index.ts'
import { frames } from './support/media.ts'
import { TcpServer } from './support/tcp-server.ts'
import { TestServer } from './support/test-server.ts'

const fixture = (name: string): Promise<Buffer> => readFile(new URL(`fixtures/${name}`, import.meta.url))
const MEDIA = new URL('../../../media/h264-aac.flv', import.meta.url)

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean()
})

const listen = async (
  logic = new TestServer(),
  tls?: Parameters<typeof TcpServer.listen>[1],
  host?: string,
  port?: number,
): Promise<{ server: TcpServer; logic: TestServer }> => {
  const server = await TcpServer.listen(logic, tls, host, port)
  cleanups.push(() => server.close().catch(() => {}))
  return { server, logic }
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

/** When the system next probes our end of a connection to a port, in milliseconds; none when it does not. */
const probeDueIn = async (port: number): Promise<number | undefined> => {
  const row = (await readFile('/proc/net/tcp', 'utf8'))
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(([, , remote]) => remote?.endsWith(`:${port.toString(16).toUpperCase().padStart(4, '0')}`))
  const [kind, ticks = '0'] = (row?.[5] ?? '').split(':')
  return kind === '02' ? Number.parseInt(ticks, 16) * 10 : undefined
}

describe('an idle connection', () => {
  it.runIf(process.platform === 'linux')(
    'is probed by the system (Linux only: the timer is read from /proc/net/tcp)',
    async () => {
      const { server } = await listen()
      const player = play(`rtmp://127.0.0.1:${server.port}/live/key`)
      await player.started
      await expect.poll(() => probeDueIn(server.port)).toBeGreaterThan(5000)
      expect(await probeDueIn(server.port)).toBeLessThanOrEqual(10_100)
      await player.close()
    },
  )
})

describe('over TCP', () => {
  it('a file arrives in a file, byte by byte', async () => {
    const { server, logic } = await listen()
    const folder = await mkdtemp(join(tmpdir(), 'rtmp-'))
    cleanups.push(() => rm(folder, { recursive: true }))
    const url = `rtmp://127.0.0.1:${server.port}/live/key`
    const player = play(url)
    await player.started
    const path = join(folder, 'out.flv')
    const saving = saveFlv(player, path)
    const progress: number[] = []
    const result = await publishFile(MEDIA, url, {
      pace: 'fast',
      onProgress: ({ tags }) => progress.push(tags),
    })
    const sent = decodeFlv(await readFile(MEDIA))
    expect(result).toMatchObject({ tags: sent.length, loops: 1 })
    expect(progress.at(-1)).toBe(sent.length)
    logic.last.settle()
    logic.peers[0]?.session.endPlay(1, 'completed')
    logic.peers[0]?.settle()
    const facts = await saving
    const received = decodeFlv(await readFile(path))
    for (const kind of [8, 9]) {
      expect(received.filter(({ typeId }) => typeId === kind).map(({ payload }) => payload)).toEqual(
        sent.filter(({ typeId }) => typeId === kind).map(({ payload }) => payload),
      )
    }
    expect(facts.videoTags).toBe(sent.filter(({ typeId }) => typeId === 9).length)
  })

  it('is saved to a stream, up to a bound, or until it is aborted', async () => {
    const { server, logic } = await listen()
    const url = `rtmp://127.0.0.1:${server.port}/live/key`
    const saved = async (options: Parameters<typeof saveFlv>[2]): Promise<Buffer> => {
      const player = play(url)
      await player.started
      const stream = new PassThrough({ highWaterMark: 1000 })
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      await saveFlv(player, stream, options)
      await player.finished
      return Buffer.concat(chunks)
    }
    const publishing = publishFile(MEDIA, url, { pace: 'fast' })
    const bySize = saved({ maxBytes: 20_000 })
    await publishing
    expect(logic.published.length).toBeGreaterThan(100)
    expect(decodeFlv(await bySize).length).toBeGreaterThan(2)
    const controller = new AbortController()
    const bySignal = saved({ signal: controller.signal })
    await new Promise((resolve) => setImmediate(resolve))
    controller.abort()
    expect((await bySignal).subarray(0, 3).toString()).toBe('FLV')
  })

  it('an ending server is told apart from a missing one, a missing name and a port that is not RTMP', async () => {
    const { server } = await listen()
    const port = server.port
    await server.close()
    expect(await failure(publish(`rtmp://127.0.0.1:${port}/live/key`))).toMatchObject({
      code: 'CONNECTION_REFUSED',
      stage: 'dial',
      canRetry: true,
      message: `nobody listens at 127.0.0.1:${port}: is the server running, is the port right?`,
    })
    expect(await failure(publish('rtmp://no-such-host.invalid/live/key'))).toMatchObject({
      code: 'HOST_NOT_FOUND',
    })
    const web = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    web.listen(0, '127.0.0.1')
    await once(web, 'listening')
    cleanups.push(async () => web.close())
    const address = web.address()
    const webPort = typeof address === 'object' ? address?.port : 0
    expect(await failure(publish(`rtmp://127.0.0.1:${webPort}/live/key`))).toMatchObject({ code: 'PROTOCOL' })
    expect(await failure(publish(`rtmps://127.0.0.1:${webPort}/live/key`))).toMatchObject({
      code: 'TLS_FAILED',
    })
  })

  it('names with several addresses are tried one after the other', async () => {
    // `localhost` is ::1 as well as 127.0.0.1 on most machines; the server listens on one of them only.
    const { server, logic } = await listen()
    const publisher = await publish(`rtmp://localhost:${server.port}/live/key`)
    expect(logic.last.connect?.tcUrl).toBe(`rtmp://localhost:${server.port}/live`)
    await publisher.end()
  })

  it('IPv6 addresses stand in brackets', async (context) => {
    const found = await listen(new TestServer(), undefined, '::1').catch(() => undefined)
    if (found === undefined) return context.skip('this machine has no IPv6 loopback')
    const publisher = await publish(`rtmp://[::1]:${found.server.port}/live/key`)
    expect(found.logic.last.connect?.tcUrl).toBe(`rtmp://[::1]:${found.server.port}/live`)
    await publisher.end()
  })

  it('an aborted dial leaves nothing behind', async () => {
    const controller = new AbortController()
    const dialling = publish('rtmp://127.0.0.1:9/live/key', {
      signal: controller.signal,
      dial: () => new Promise(() => {}),
    })
    controller.abort(new Error('enough'))
    await expect(dialling).rejects.toThrow('enough')
  })
})

describe('a server that is restarted', () => {
  it('gets the stream again, and what is sent before and after arrives', async () => {
    const first = await listen()
    const { port } = first.server
    const url = `rtmp://127.0.0.1:${port}/live/key`
    const publisher = await publish(url, { reconnect: { initialMs: 20, maximumMs: 50 } })
    const tags = decodeFlv(await readFile(MEDIA))
    const half = tags.findIndex(({ timestamp }) => timestamp > 1500)
    for (const tag of tags.slice(0, half)) await publisher.write(tag)
    while (first.logic.published.length < half) await new Promise((resolve) => setTimeout(resolve, 5))
    const interrupted = new Promise((resolve) => publisher.on('state', resolve))
    await first.server.close()
    expect(await interrupted).toBe('reconnecting')
    for (const tag of tags.slice(half)) await publisher.write(tag)
    const second = await listen(new TestServer(), undefined, '127.0.0.1', port)
    await publisher.end()
    while (!second.logic.peers.some(({ isClosed }) => isClosed))
      await new Promise((resolve) => setTimeout(resolve, 5))
    expect(first.logic.published).toHaveLength(half)
    const after = frames(second.logic.published, 9)
    expect(after[0]?.payload[0]).toBe(0x17)
    expect(after.at(-1)).toMatchObject({ timestamp: frames(tags as never, 9).at(-1)?.timestamp })
    expect(publisher.stats.reconnects).toBe(1)
  })
})

describe('over TLS', () => {
  const secured = async (more: object = {}): Promise<{ server: TcpServer; logic: TestServer }> =>
    listen(new TestServer(), { cert: await fixture('server.pem'), key: await fixture('server.key'), ...more })

  const attempt = async (port: number, options: NodePublisherOptions, host = 'localhost'): Promise<unknown> =>
    failure(publish(`rtmps://${host}:${port}/live/key`, options).then((publisher) => publisher.end()))

  it('trusts the CA it is given, and nothing else', async () => {
    const { server, logic } = await secured()
    const ca = await fixture('ca.pem')
    expect(await attempt(server.port, { tls: { ca } })).toBeUndefined()
    expect(logic.last.connect?.tcUrl).toBe(`rtmps://localhost:${server.port}/live`)
    expect(await attempt(server.port, {})).toMatchObject({ code: 'TLS_FAILED', canRetry: false })
    expect(await attempt(server.port, { tls: { ca } }, '127.0.0.1')).toMatchObject({ code: 'TLS_FAILED' })
    expect(await attempt(server.port, { tls: { rejectUnauthorized: false } })).toBeUndefined()
  })

  it('asks for the name it is told, and checks that one', async () => {
    const names: string[] = []
    const { server } = await secured({
      SNICallback: (name: string, done: (error: null) => void) => {
        names.push(name)
        done(null)
      },
    })
    const ca = await fixture('ca.pem')
    expect(
      await attempt(server.port, { tls: { ca, servername: 'stream.test' } }, '127.0.0.1'),
    ).toBeUndefined()
    expect(await attempt(server.port, { tls: { ca, servername: 'other.test' } })).toMatchObject({
      code: 'TLS_FAILED',
    })
    expect(names).toEqual(['stream.test', 'other.test'])
  })

  it('and a plain port, and the reverse, are told of with what to use instead', async () => {
    const plain = createServer((socket) => socket.on('data', () => socket.destroy()))
    plain.listen(0, '127.0.0.1')
    await once(plain, 'listening')
    cleanups.push(async () => plain.close())
    const { port } = plain.address() as { port: number }
    const toPlain = await attempt(port, {}, '127.0.0.1')
    expect(toPlain).toMatchObject({ code: 'TLS_FAILED', stage: 'dial' })
    expect(String(toPlain)).toContain('use rtmp://')

    const { server } = await secured()
    const toSecure = await failure(publish(`rtmp://127.0.0.1:${server.port}/live/key`))
    expect(toSecure).toMatchObject({ stage: 'handshake' })
    expect(String(toSecure)).toContain('rtmps')
  })

  it('shows its own certificate', async () => {
    const ca = await fixture('ca.pem')
    const { server, logic } = await secured({ requestCert: true, ca })
    const own = { cert: await fixture('client.pem'), key: await fixture('client.key') }
    expect(await attempt(server.port, { tls: { ca, ...own } })).toBeUndefined()
    expect(logic.published).toEqual([])
    expect(await attempt(server.port, { tls: { ca } })).toMatchObject({ name: 'RtmpClientError' })
  })
})

describe('over something else', () => {
  it('a socket of the caller, a duplex, and a pair of Web Streams', async () => {
    const { server, logic } = await listen()
    const open = () => connect(server.port, '127.0.0.1')
    for (const dial of [open, async () => Duplex.from(open()), () => Duplex.toWeb(open())]) {
      const publisher = await publish('rtmp://anywhere/live/key', { dial: dial as never })
      await publisher.write({ typeId: 8, timestamp: 1, payload: Uint8Array.of(0xaf, 1, 2) })
      await publisher.end()
      while (!logic.last.isClosed) await new Promise((resolve) => setTimeout(resolve, 5))
      expect(logic.last.published).toHaveLength(1)
      expect(logic.last.connect?.tcUrl).toBe('rtmp://anywhere/live')
    }
  })

  it('a dialler that fails says so', async () => {
    const dial = (): never => {
      throw new Error('the proxy is down')
    }
    expect(await failure(publish('rtmp://anywhere/live/key', { dial }))).toMatchObject({
      code: 'DIAL_FAILED',
      message: 'could not connect to anywhere:1935: the proxy is down',
    })
  })
})

describe('to many', () => {
  it('sends everything to each', async () => {
    const [one, two] = [await listen(), await listen()]
    const many = pushTo([one, two].map(({ server }) => `rtmp://127.0.0.1:${server.port}/live/key`))
    await Promise.all(many.targets.map(({ started }) => started))
    const tags = decodeFlv(await readFile(MEDIA))
    for (const tag of tags) {
      await many.write(tag)
      if (tag.typeId === 9) await new Promise((resolve) => setImmediate(resolve))
    }
    await many.end()
    for (const { logic } of [one, two]) {
      expect(frames(logic.published, 9).map(({ payload }) => Buffer.from(payload))).toEqual(
        frames(tags as never, 9).map(({ payload }) => Buffer.from(payload)),
      )
    }
  })
})
