// Strangers at the doors of HTTP: who does not read, who comes through a proxy, who gives up.
import { once } from 'node:events'
import { createServer as createHttpServer, request as httpRequest, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { decodeFlv, FlvReader } from '@rtmp/flv'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import type { HttpOptions, ServerOptions } from '../../src/index.ts'
import { eventually, startServer } from './arrange.ts'

const HTTP: HttpOptions = { port: 0, host: '127.0.0.1', token: 't0ken' }
const MEBIBYTE = 1024 * 1024
const KEY = Uint8Array.of(0x17, 1, 0, 0, 0, 0, 0, 0, 2, 0x65, 1)

const start = async (options: ServerOptions = {}) => {
  const started = await startServer({ http: HTTP, ...options })
  return { ...started, httpPort: started.server.address('http')?.port ?? 0 }
}

const frame = (type: number, timestamp: number, size: number): Uint8Array => {
  const payload = new Uint8Array(size).fill(timestamp)
  payload.set([type, 1])
  return payload
}

describe('players that read nothing, beside a fast publisher', () => {
  test('twenty over HTTP and WebSocket are cut off at the hard bound and leave nothing, and the others get everything', async () => {
    const player = {
      soft: { bytes: MEBIBYTE, ms: 60_000 },
      hard: { bytes: 2 * MEBIBYTE, ms: 60_000 },
    }
    const { server, httpPort, client } = await start({
      streams: { player },
      limits: { connectionsPerAddress: 0 },
    })
    const reasons: string[] = []
    server.on('playEnded', ({ reason }) => reasons.push(reason))
    const publisher = await client().open()
    const id = await publisher.publish('key')
    publisher.send(id, 9, 0, KEY)
    const stalled: Socket[] = []
    onTestFinished(() => stalled.forEach((socket) => socket.destroy()))
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n'
    for (let i = 0; i < 20; i++) {
      const socket = connect({ port: httpPort, host: '127.0.0.1' }).on('error', () => {})
      stalled.push(socket)
      const more = i % 2 === 0 ? '' : `${upgrade}Sec-WebSocket-Key: ${btoa('0123456789abcdef')}\r\n`
      socket.write(`GET /live/key.flv HTTP/1.1\r\nHost: x\r\n${more}\r\n`)
      socket.pause()
    }
    const overRtmp = await client().open()
    await overRtmp.play('key')
    const witness = new FlvReader()
    let witnessed = 0
    const body = await fetch(`http://127.0.0.1:${httpPort}/live/key.flv?wait=10`, {
      signal: AbortSignal.timeout(60_000),
    }).then(({ body: its }) => its)
    const reading = (async () => {
      for await (const bytes of body ?? []) {
        witness.push(bytes)
        while (witness.read() !== undefined) witnessed += 1
      }
    })()
    await eventually('everybody is there', () => server.streams[0]?.players === 22)
    let sent = 1
    let mostQueued = 0
    for (; reasons.length < 20 && sent < 3000; sent++) {
      // Pictures until the soft bound takes them away, then sound.
      const isVideo = sent % 2 === 0
      publisher.send(id, isVideo ? 9 : 8, sent, frame(isVideo ? 0x17 : 0xaf, sent, 60_000))
      if (publisher.socket.writableLength > MEBIBYTE) await once(publisher.socket, 'drain')
      await overRtmp.until('its media', () => overRtmp.media.length >= sent - 20)
      await eventually('the media of the witness', () => witnessed >= sent - 20)
      mostQueued = Math.max(mostQueued, server.stats().memory.queuedBytes)
    }
    expect(reasons).toEqual(Array.from({ length: 20 }, () => 'stalled'))
    await overRtmp.until('everything', () => overRtmp.media.length === sent)
    await eventually('everything for the witness', () => witnessed === sent)
    await eventually('the stalled ones are gone', () => server.connections.size === 3)
    // What waits for several is there once; never more than the bound of each of the 22.
    expect(mostQueued).toBeLessThan(22 * 2 * MEBIBYTE)
    await eventually('nothing waits', () => server.stats().memory.queuedBytes === 0)
    server.endStream('live', 'key')
    await reading
    expect(server.streams).toEqual([])
  })
})

/** A proxy as plain as can be: it says nothing of itself, and asks by its own name for the server. */
const plainProxy = async (port: number): Promise<{ at: number }> => {
  const headersOf = (headers: NodeJS.Dict<string | string[]>) => ({ ...headers, host: `127.0.0.1:${port}` })
  const proxy: Server = createHttpServer((incoming, outgoing) => {
    const { url: path, method, headers } = incoming
    const onward = httpRequest(
      { port, host: '127.0.0.1', path, method, headers: headersOf(headers) },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      },
    )
    onward.on('error', () => outgoing.destroy())
    outgoing.on('close', () => onward.destroy())
    incoming.pipe(onward)
  })
  proxy.on('upgrade', ({ url: path, headers }, socket: Socket, head) => {
    const onward = httpRequest({ port, host: '127.0.0.1', path, headers: headersOf(headers) })
    onward.on('upgrade', ({ headers: answered }, other, first) => {
      const lines = Object.entries(answered).map(([name, value]) => `${name}: ${String(value)}\r\n`)
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`)
      other.write(head)
      socket.write(first)
      socket.pipe(other).pipe(socket)
      other.on('error', () => socket.destroy())
    })
    socket.on('error', () => onward.destroy())
    onward.end()
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  return { at: (proxy.address() as AddressInfo).port }
}

/** Asks as a browser does for a page, with headers that `fetch` sets by itself. */
const ask = (
  port: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ status: number; cookie: string }> =>
  new Promise((resolve, reject) => {
    httpRequest({ port, host: '127.0.0.1', method, path, headers }, (answer) => {
      const [cookie = ''] = answer.headers['set-cookie']?.[0]?.split(';') ?? []
      answer.resume().once('end', () => resolve({ status: answer.statusCode ?? 0, cookie }))
    })
      .once('error', reject)
      .end()
  })

describe('a plain reverse proxy on the same machine', () => {
  test('makes nobody an administrator', async () => {
    const { httpPort } = await start({ http: { port: 0, host: '127.0.0.1' } })
    const { at } = await plainProxy(httpPort)
    for (const path of ['/_/api/server', '/metrics', '/_/api/config', '/_/recordings/x'])
      expect([path, (await ask(at, 'GET', path, {})).status]).toEqual([path, 401])
    for (const path of ['/_/api/bans', '/_/api/drain', '/_/api/session'])
      expect([path, (await ask(at, 'POST', path, {})).status]).toEqual([path, 401])
  })

  test('lets the console in by the token, which then changes things with its cookie, and no other page does', async () => {
    const { server, httpPort } = await start()
    const { at } = await plainProxy(httpPort)
    server.bans.add({ stream: 'a/b' })
    // What a browser says of a page of the public name; the proxy has asked by another.
    const page = { origin: 'https://media.example', 'sec-fetch-site': 'same-origin' }
    const token = { authorization: 'Bearer t0ken' }
    const { status, cookie } = await ask(at, 'POST', '/_/api/session', { ...page, ...token })
    expect([status, cookie === '']).toEqual([200, false])
    const own = { cookie, 'x-rtmp-console': '1' }
    expect((await ask(at, 'GET', '/_/api/server', own)).status).toBe(200)
    const evil = { origin: 'https://evil.example' }
    for (const headers of [
      { ...page, cookie },
      { ...evil, ...own, 'sec-fetch-site': 'cross-site' },
      { ...evil, ...own, 'sec-fetch-site': 'same-site' },
      { ...evil, ...own, 'sec-fetch-site': 'none' },
      { ...evil, ...own },
      { origin: 'null', ...own },
      { ...evil, ...token },
    ])
      expect([headers, (await ask(at, 'DELETE', '/_/api/bans/1', headers)).status]).toEqual([headers, 403])
    expect(server.bans.list()).toHaveLength(1)
    // An old browser says nothing of the site: then the proxy has to tell what it was asked by.
    const old = { ...own, origin: 'https://media.example', 'x-forwarded-host': 'media.example' }
    expect((await ask(at, 'DELETE', '/_/api/bans/1', old)).status).toBe(200)
  })

  test('passes on what is played and published: HTTP-FLV, WS-FLV, POST', async () => {
    const { server, httpPort } = await start()
    const { at } = await plainProxy(httpPort)
    const publisher = server.inject('live', 'show')
    publisher?.write({ kind: 'video', timestamp: 0, payload: KEY })
    const webSocket = new WebSocket(`ws://127.0.0.1:${at}/live/show.flv`)
    const messages: Buffer[] = []
    webSocket.on('message', (data) => messages.push(data as Buffer))
    const closed = once(webSocket, 'close')
    const played = fetch(`http://127.0.0.1:${at}/live/show.flv`).then((answer) => answer.arrayBuffer())
    await eventually('both play', () => server.streams[0]?.players === 2)
    publisher?.end()
    const flv = new Uint8Array(await played)
    expect(decodeFlv(flv).map(({ payload }) => payload)).toEqual([KEY])
    expect((await closed)[0]).toBe(1000)
    expect(Buffer.concat(messages)).toEqual(Buffer.from(flv))
    const posted = await fetch(`http://127.0.0.1:${at}/live/other.flv`, {
      method: 'POST',
      body: flv,
      headers: { 'content-type': 'video/x-flv' },
    })
    expect(posted.status).toBe(200)
  })

  test('lets a name be rebound to this machine without anything to gain', async () => {
    const { httpPort } = await start({ http: { ...HTTP, adminFrom: ['127.0.0.1'] } })
    const rebound = { host: 'evil.example', origin: 'http://evil.example', 'sec-fetch-site': 'same-origin' }
    expect((await ask(httpPort, 'GET', '/_/api/server', rebound)).status).toBe(403)
    for (const [method, path] of [
      ['DELETE', '/_/api/bans/1'],
      ['POST', '/_/api/drain'],
      ['POST', '/_/api/session'],
    ] as const)
      expect([path, (await ask(httpPort, method, path, rebound)).status]).toEqual([path, 403])
  })
})

describe('fetchHandler', () => {
  test('streams as it comes, is cancelled by who reads, and by the signal of the request', async () => {
    const { server } = await startServer({ rtmp: false, http: { port: false } })
    const handler = server.fetchHandler()
    const publisher = server.inject('live', 'show')
    publisher?.write({ kind: 'video', timestamp: 0, payload: KEY })
    const players = (): number => server.streams[0]?.players ?? 0
    const read = async (answer: Response) => {
      const reader = answer.body?.getReader()
      const { value } = (await reader?.read()) ?? {}
      expect(value?.length).toBeGreaterThan(0)
      return reader
    }
    const first = await read(await handler(new Request('http://x/live/show.flv')))
    const abort = new AbortController()
    const second = await read(await handler(new Request('http://x/live/show.flv', { signal: abort.signal })))
    expect(players()).toBe(2)
    await first?.cancel()
    await eventually('one has gone', () => players() === 1)
    abort.abort()
    await eventually('nobody plays', () => players() === 0)
    await second?.cancel().catch(() => {})
    expect(server.connections.size).toBe(0)
  })
})
