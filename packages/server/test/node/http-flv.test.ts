import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { decodeFlv, encodeFlvHeader, encodeFlvTag, type FlvTag } from '@rtmp/flv'
import { SignJWT } from 'jose'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { accept, type HttpOptions, reject, type ServerOptions } from '../../src/index.ts'
import { eventually, nextEvent, startServer } from './arrange.ts'
import type { LightClient } from './light-client.ts'

const HTTP: HttpOptions = { port: 0, host: '127.0.0.1', token: 't0ken' }

const start = async (options: ServerOptions = {}) => {
  const started = await startServer({ http: HTTP, ...options })
  const httpPort = started.server.address('http')?.port ?? 0
  const at = (path: string): string => `http://127.0.0.1:${httpPort}${path}`
  const get = (path: string, init: RequestInit = {}): Promise<Response> => fetch(at(path), init)
  return { ...started, httpPort, at, get }
}

const KEY = Uint8Array.of(0x17, 1, 0, 0, 0, 0, 0, 0, 2, 0x65, 1)
const INTER = Uint8Array.of(0x27, 1, 0, 0, 0, 0, 0, 0, 2, 0x41, 1)
const SOUND = Uint8Array.of(0xaf, 1, 9, 9)
const VIDEO_HEADER = Uint8Array.of(0x17, 0, 0, 0, 0, 1, 66, 0, 10, 255, 224, 0)
const AUDIO_HEADER = Uint8Array.of(0xaf, 0, 0x12, 0x10)

/** A publisher of headers and a key frame. */
const publishing = async (client: () => LightClient, name = 'show') => {
  const publisher = await client().open('live')
  const id = await publisher.publish(name)
  const send = (typeId: 8 | 9, timestamp: number, payload: Uint8Array): void =>
    publisher.send(id, typeId, timestamp, payload)
  send(9, 0, VIDEO_HEADER)
  send(8, 0, AUDIO_HEADER)
  send(9, 0, KEY)
  return { publisher, send }
}

const tagsOf = (bytes: Uint8Array): (readonly [number, number, number[]])[] =>
  decodeFlv(bytes).map(({ typeId, timestamp, payload }: FlvTag) => [typeId, timestamp, [...payload]])

const CACHED = [
  [9, 0, [...VIDEO_HEADER]],
  [8, 0, [...AUDIO_HEADER]],
  [9, 0, [...KEY]],
] as const

/** What has come of a body, as far as it has come. */
const reading = (response: Response) => {
  const chunks: Uint8Array[] = []
  const all = (): Uint8Array => new Uint8Array(Buffer.concat(chunks))
  const ended = (async () => {
    for await (const chunk of response.body ?? []) chunks.push(chunk)
    return all()
  })()
  const until = async (what: string, count: number): Promise<Uint8Array> => {
    await eventually(what, () => tagsOf(all()).length >= count)
    return all()
  }
  return { ended, until }
}

describe('HTTP-FLV is played', () => {
  test('from the cache on, to the end of the body, which is the end of the stream', async () => {
    const { client, get, server } = await start()
    const { publisher, send } = await publishing(client)
    const response = await get('/live/show.flv')
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'video/x-flv'])
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    const { ended, until } = reading(response)
    await until('the cache', 3)
    expect(server.connectionStats().map(({ protocol }) => protocol)).toEqual(['rtmp', 'http-flv'])
    expect(server.streams).toMatchObject([{ players: 1 }])
    send(8, 20, SOUND)
    send(9, 40, INTER)
    await until('the frames', 5)
    const over = nextEvent(server, 'playEnded')
    publisher.socket.destroy()
    publisher.socket.resetAndDestroy()
    server.endStream('live', 'show')
    const bytes = await ended
    expect(tagsOf(bytes)).toEqual([...CACHED, [8, 20, [...SOUND]], [9, 40, [...INTER]]])
    expect((await over).reason).toBe('streamEnded')
    await eventually('the connection has gone', () => server.connections.size === 0)
  })

  test('with flags of what there is, and of what is wanted', async () => {
    const { client, get } = await start()
    const both = await publishing(client, 'both')
    const publisher = await client().open('live')
    const id = await publisher.publish('picture')
    publisher.send(id, 9, 0, VIDEO_HEADER)
    publisher.send(id, 9, 0, KEY)
    const flags = async (path: string, kinds: readonly number[]): Promise<number | undefined> => {
      const abort = new AbortController()
      const { until } = reading(await get(path, { signal: abort.signal }))
      const bytes = await until('media', kinds.length).catch((error: unknown) => {
        throw error
      })
      expect(tagsOf(bytes).map(([typeId]) => typeId)).toEqual(kinds)
      return bytes[4]
    }
    expect(await flags('/live/both.flv', [9, 8, 9])).toBe(5)
    expect(await flags('/live/picture.flv', [9, 9])).toBe(1)
    expect(await flags('/live/both.flv?audio=0', [9, 9])).toBe(1)
    expect(await flags('/live/both.flv?video=0', [8])).toBe(4)
    both.publisher.socket.end()
  })

  test('is 404 where there is no stream, at once or after the time asked for; HEAD says the same', async () => {
    const { client, get, server } = await start()
    const absent = await get('/live/none.flv')
    expect([absent.status, absent.headers.get('retry-after')]).toEqual([404, '2'])
    expect(await absent.json()).toEqual({ error: 'there is no stream none.' })
    expect(absent.headers.get('access-control-allow-origin')).toBe('*')
    const before = performance.now()
    expect((await get('/live/none.flv?wait=1')).status).toBe(404)
    expect(performance.now() - before).toBeGreaterThan(900)
    expect((await get('/live/none.flv', { method: 'HEAD' })).status).toBe(404)
    const waiting = get('/live/show.flv?wait=60')
    await eventually('it waits', () => server.streams.length === 1)
    const { send } = await publishing(client)
    const { until } = reading(await waiting)
    send(9, 40, INTER)
    expect(tagsOf(await until('media', 4)).slice(0, 3)).toEqual(CACHED)
    const head = await get('/live/show.flv', { method: 'HEAD' })
    expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([
      200,
      'video/x-flv',
      '',
    ])
    expect((await get('/live/show.flv?wait=x')).status).toBe(400)
    expect((await get('/live/show.flv?wait=3601')).status).toBe(400)
  })

  test('under the rules of plays: hooks, renames, tokens of every kind, bans, limits, the end of the server', async () => {
    const seen: unknown[] = []
    const { client, get, server } = await start({
      limits: { playersPerStream: 1 },
      handler: {
        play: ({ streamName, query, sent, connection }) => {
          seen.push([
            sent.streamName,
            { ...query },
            connection.connect?.tcUrl?.replace(/:\d+/, ''),
            connection.encoder,
          ])
          if (streamName === 'secret')
            return query['token'] === 'a/b' || query['user'] === 'me' ? accept('show') : reject('no')
          return undefined
        },
      },
    })
    const { publisher } = await publishing(client)
    expect((await get('/live/secret.flv')).status).toBe(403)
    expect(await (await get('/live/secret.flv?token=x')).json()).toEqual({ error: 'no.' })
    const first = reading(await get('/live/secret.flv?token=a%2Fb', { headers: { 'user-agent': 'Lavf/60' } }))
    await first.until('media', 3)
    expect(seen.at(-1)).toEqual(['secret?token=a%2Fb', { token: 'a/b' }, 'http://127.0.0.1/live', 'ffmpeg'])
    const authorizations = ['Bearer a/b', `Basic ${btoa('me:pw')}`]
    for (const authorization of authorizations) {
      expect((await get('/live/secret.flv', { headers: { authorization } })).status).toBe(503)
    }
    server.setLimits({ playersPerStream: 0 })
    for (const authorization of authorizations) {
      const { until } = reading(await get('/live/secret.flv', { headers: { authorization } }))
      await until('media', 3)
    }
    const third = [...server.connections].at(-1)
    server.kick(third?.id ?? 0, 'enough')
    server.bans.add({ stream: 'live/show', actions: ['play'] })
    await first.ended
    expect((await get('/live/show.flv')).status).toBe(403)
    publisher.socket.end()
  })

  test('with what Authorization says, under the names at which the rules look', async () => {
    const rules = [{ stream: 'live/show', publish: true, play: ['me'] }] as const
    const users = { me: 'p:w' }
    const table = { rules, users, userParameter: 'who', passwordParameter: 'word' }
    const { client, get, server } = await start({ access: { table } })
    const { publisher } = await publishing(client)
    const status = async (authorization: string): Promise<number> =>
      (await get('/live/show.flv', { method: 'HEAD', headers: { authorization } })).status
    const mine = `Basic ${btoa('me:p:w')}`
    expect([await status(mine), await status(`Basic ${btoa('me:no')}`)]).toEqual([200, 403])
    await server.setAccess({ table: { rules, users } })
    expect(await status(mine)).toBe(200)
    const secret = 'x'.repeat(32)
    await server.setAccess({ jwt: { secret, parameter: 'access_token', actions: ['play'] } })
    const token = await new SignJWT({ publish: [], play: ['live/show'] })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1h')
      .sign(new TextEncoder().encode(secret))
    expect([await status(`Bearer ${token}`), await status(`Bearer ${token}x`)]).toEqual([200, 403])
    publisher.socket.end()
  })

  test('by the counts of connections: one that is refused leaves nothing behind', async () => {
    const { client, get, server } = await start({ limits: { connectionsPerAddress: 5 } })
    await publishing(client)
    const abort = new AbortController()
    const first = reading(await get('/live/show.flv', { signal: abort.signal }))
    await first.until('media', 3)
    for (let i = 0; i < 9; i++) {
      expect(await (await get(`/live/none${i}.flv`)).json()).toEqual({
        error: `there is no stream none${i}.`,
      })
    }
    const second = reading(await get('/live/show.flv', { signal: abort.signal }))
    await second.until('media', 3)
    abort.abort()
    await Promise.allSettled([first.ended, second.ended])
    await eventually('they have gone', () => server.connections.size === 1)
    const third = reading(await get('/live/show.flv'))
    await third.until('media', 3)
  })

  test('by HTTP/1.0 until the connection ends, and behind another request on the same connection', async () => {
    const { client, httpPort, server } = await start()
    await publishing(client)
    const raw = async (text: string): Promise<Socket> => {
      const socket = connect(httpPort, '127.0.0.1')
      onTestFinished(() => void socket.destroy())
      await once(socket, 'connect')
      socket.write(text)
      return socket
    }
    const all = async (socket: Socket): Promise<Buffer> => {
      const chunks: Buffer[] = []
      socket.on('data', (chunk) => chunks.push(chunk))
      await once(socket, 'close')
      return Buffer.concat(chunks)
    }
    const old = all(await raw('GET /live/show.flv HTTP/1.0\r\n\r\n'))
    const behind = all(
      await raw('GET /health HTTP/1.1\r\nHost: x\r\n\r\nGET /live/show.flv HTTP/1.1\r\nHost: x\r\n\r\n'),
    )
    await eventually('both play', () => server.streams[0]?.players === 2)
    server.endStream('live', 'show')
    const [head = '', ...rest] = (await old).toString('latin1').split('\r\n\r\n')
    expect(head).not.toMatch(/transfer-encoding/i)
    expect(tagsOf(Buffer.from(rest.join('\r\n\r\n'), 'latin1'))).toEqual(CACHED)
    const text = (await behind).toString('latin1')
    expect(text).toMatch(/"status":"ok"[^]*HTTP\/1.1 200 OK[^]*FLV[^]*\r\n0\r\n\r\n$/)
  })
})

describe('WS-FLV', () => {
  const open = async (url: string, headers: Record<string, string> = {}) => {
    const webSocket = new WebSocket(url.replace('http', 'ws'), { headers })
    onTestFinished(() => void (webSocket.readyState === WebSocket.CONNECTING || webSocket.terminate()))
    const chunks: Buffer[] = []
    webSocket.on('message', (data) => chunks.push(data as Buffer))
    webSocket.on('error', () => {})
    const closed = once(webSocket, 'close').then(([code, reason]) => [code, String(reason)])
    await Promise.race([
      once(webSocket, 'open'),
      once(webSocket, 'unexpected-response').then(([, { statusCode }]) => {
        throw new Error(`status ${String(statusCode)}`)
      }),
    ])
    const until = async (count: number): Promise<Buffer[]> => {
      await eventually('tags', () => chunks.length > 0 && tagsOf(Buffer.concat(chunks)).length >= count)
      return chunks
    }
    return { webSocket, closed, until }
  }

  test('has the same tags, frames of every size, and says why it ends', async () => {
    const { client, at, server } = await start()
    const { send } = await publishing(client)
    const { until, closed, webSocket } = await open(at('/live/show.flv'))
    await until(3)
    const sizes = [95, 96, 97, 65_506, 65_507, 65_508, 300_000]
    for (const [i, size] of sizes.entries()) {
      const frame = new Uint8Array(size).fill(7)
      frame.set(INTER)
      send(9, 40 * (i + 1), frame)
    }
    // Pings stand between the frames.
    webSocket.ping('still there?')
    await once(webSocket, 'pong')
    const chunks = await until(3 + sizes.length)
    expect(tagsOf(Buffer.concat(chunks)).map(([, , payload]) => payload.length)).toEqual([
      12,
      4,
      11,
      ...sizes,
    ])
    expect(server.connectionStats().at(-1)?.protocol).toBe('ws-flv')
    server.endStream('live', 'show')
    expect((await closed)[0]).toBe(1000)
    await eventually('it has gone', () => server.connections.size === 0)
  })

  test('is refused by a status: absent streams, foreign origins, hooks', async () => {
    const { client, at } = await start({
      http: { ...HTTP, origins: ['https://good.example'] },
      handler: { play: ({ streamName }) => (streamName === 'shut' ? reject('no') : undefined) },
    })
    await publishing(client)
    const origin = 'https://good.example'
    await expect(open(at('/live/none.flv'), { origin })).rejects.toThrow('404')
    await expect(open(at('/live/shut.flv'), { origin })).rejects.toThrow('403')
    await expect(open(at('/live/show.flv'), { origin: 'https://evil.example' })).rejects.toThrow('403')
    await expect(open(at('/live/show.m3u8'), { origin })).rejects.toThrow('404')
    // Its own pages, but by no name that a stranger may have pointed here.
    const { host } = new URL(at(''))
    await (await open(at('/live/show.flv'), { origin: `http://${host}` })).until(3)
    const rebound = { origin: 'http://evil.example', host: 'evil.example' }
    await expect(open(at('/live/show.flv'), rebound)).rejects.toThrow('403')
    await (await open(at('/live/show.flv'), { origin })).until(3)
  })
})

describe('HTTP-FLV is published', () => {
  const file = (...tags: readonly (readonly [number, number, Uint8Array])[]): Uint8Array =>
    new Uint8Array(
      Buffer.concat([
        encodeFlvHeader(),
        ...tags.map(([typeId, timestamp, payload]) => encodeFlvTag({ typeId, timestamp, payload })),
      ]),
    )

  const MEDIA = file([9, 0, VIDEO_HEADER], [8, 0, AUDIO_HEADER], [9, 0, KEY], [8, 20, SOUND], [9, 40, INTER])

  /** A body that goes on until it is ended. */
  const posting = (
    port: number,
    path: string,
    headers: Record<string, string> = { 'content-type': 'video/x-flv' },
  ) => {
    const request = httpRequest({ port, host: '127.0.0.1', path, method: 'POST', headers })
    request.on('error', () => {})
    onTestFinished(() => void request.destroy())
    const answered = once(request, 'response').then(async ([response]) => {
      let text = ''
      for await (const chunk of response) text += String(chunk)
      return [response.statusCode as number, JSON.parse(text) as unknown] as const
    })
    answered.catch(() => {})
    return { request, answered }
  }

  test('in slices of any size, seen by players, and is over with its body', async () => {
    const { get, httpPort, server } = await start()
    const { request, answered } = posting(httpPort, '/live/show.flv?key=1')
    const started = nextEvent(server, 'publishStarted')
    request.flushHeaders()
    expect(await started).toMatchObject({
      path: 'live/show',
      query: { key: '1' },
      connection: { protocol: 'http-flv' },
    })
    for (let at = 0; at < MEDIA.length; at += 7) request.write(MEDIA.subarray(at, at + 7))
    await eventually('it has come', () => server.streams[0]?.publisher?.videoMessages === 3)
    const { ended, until } = reading(await get('/live/show.flv'))
    await until('the cache', 5)
    const over = nextEvent(server, 'publishEnded')
    request.end()
    expect((await over).reason).toBe('completed')
    expect(await answered).toEqual([200, { ok: true, description: 'the body has come to its end' }])
    expect(tagsOf(await ended)).toEqual(tagsOf(MEDIA))
  })

  test('one that breaks off is waited for, and players go on with the next', async () => {
    const { get, httpPort, server } = await start()
    const first = posting(httpPort, '/live/show.flv')
    first.request.write(MEDIA)
    const { until, ended } = reading(await get('/live/show.flv?wait=10'))
    await until('the first', 5)
    const lost = nextEvent(server, 'publisherLost')
    first.request.destroy()
    await lost
    const back = nextEvent(server, 'publisherReturned')
    const second = posting(httpPort, '/live/show.flv')
    second.request.end(file([9, 0, VIDEO_HEADER], [9, 0, KEY], [9, 40, INTER]))
    await back
    const tags = tagsOf(await ended)
    expect(tags).toHaveLength(8)
    expect(tags.map(([, timestamp]) => timestamp)).toEqual(
      tags.map(([, timestamp]) => timestamp).toSorted((a, b) => a - b),
    )
  })

  test('by the rules of publishes: hooks, names that are taken, what is no FLV, who sends nothing', async () => {
    const { httpPort, server } = await start({
      session: { deadlines: { publisherIdle: 300 } },
      handler: { publish: ({ streamName }) => (streamName === 'shut' ? reject('no') : undefined) },
    })
    const answer = async (path: string, body: Uint8Array, headers?: Record<string, string>) => {
      const { request, answered } = posting(httpPort, path, headers)
      request.end(body)
      return (await answered)[0]
    }
    expect(await answer('/live/shut.flv', MEDIA)).toBe(403)
    expect(await answer('/live/x.flv', Buffer.from('<html>no FLV at all, whatever it is</html>'))).toBe(400)
    expect(await answer('/live/x.flv', MEDIA, { 'content-type': 'text/html' })).toBe(415)
    const holder = posting(httpPort, '/live/held.flv')
    holder.request.write(MEDIA)
    await eventually('it is there', () => server.streams.length === 1)
    expect(await answer('/live/held.flv', MEDIA)).toBe(409)
    expect((await holder.answered)[0]).toBe(408)
  })

  test('by pages of the origins that may, and by programs, which have none', async () => {
    const { httpPort } = await start({ http: { ...HTTP, origins: ['https://ours.example'] } })
    const statusFor = async (headers: Record<string, string>) => {
      const { request, answered } = posting(httpPort, '/live/x.flv', {
        'content-type': 'video/x-flv',
        ...headers,
      })
      request.end(MEDIA)
      return (await answered)[0]
    }
    expect(await statusFor({ origin: 'https://evil.example' })).toBe(403)
    expect(await statusFor({ origin: 'null' })).toBe(403)
    expect(await statusFor({ origin: 'https://ours.example' })).toBe(200)
    expect(await statusFor({})).toBe(200)
  })

  test('is read no faster than it may be, and not before it may', async () => {
    let allow = (): void => {}
    const { httpPort, server } = await start({
      handler: {
        publish: () =>
          new Promise((resolve) => {
            allow = () => resolve(undefined)
          }),
      },
    })
    const { request, answered } = posting(httpPort, '/live/show.flv')
    const big = new Uint8Array(200_000).fill(7)
    big.set(KEY)
    request.write(MEDIA)
    for (let i = 0; i < 200; i++) request.write(encodeFlvTag({ typeId: 9, timestamp: 100 + i, payload: big }))
    await eventually('it is held', () => (server.connectionStats()[0]?.session.heldBytes ?? 0) >= 65_536)
    expect(server.connectionStats()[0]?.session.heldBytes).toBeLessThan(1_000_000)
    allow()
    request.end()
    expect((await answered)[0]).toBe(200)
  })
})
