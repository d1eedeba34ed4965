import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { HttpOptions, ServerOptions } from '../../src/index.ts'
import { HttpPort, HttpService } from '../../src/node/http/http-port.ts'
import type { HttpSubject } from '../../src/node/http/http-subject.ts'
import { HTTP_TIMES, type HttpTimes } from '../../src/node/http/http-sockets.ts'
import { jsonIn } from '../../src/node/http/request-body.ts'
import { EventCounters } from '../../src/stats/event-counters.ts'
import { begin } from '../core/peer.ts'
import { eventually, nextEvent, startServer } from './arrange.ts'

const HTTP: HttpOptions = { port: 0, host: '127.0.0.1' }
const UPGRADE = 'Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n'

const start = async (http: Partial<HttpOptions> = {}, options: ServerOptions = {}) => {
  const started = await startServer({ http: { ...HTTP, ...http }, ...options })
  const port = started.server.address('http')?.port ?? 0
  /** The status, with a `Host` of the test's own choice. */
  const ask = (
    path: string,
    headers: Record<string, string> = {},
    method = 'GET',
    body?: string,
  ): Promise<number> =>
    new Promise((resolve, reject) => {
      const request = httpRequest({ port, host: '127.0.0.1', path, headers, method }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0))
      })
      request.once('error', reject).end(body)
    })
  return { ...started, httpPort: port, ask }
}

/** Opens a socket that ends with the test. */
const open = async (port: number, text = ''): Promise<Socket> => {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => {
    socket.destroy()
  })
  socket.on('error', () => {})
  await once(socket, 'connect')
  if (text !== '') socket.write(text)
  return socket
}

/** All that a socket is sent until the other side has ended. */
const read = async (socket: Socket): Promise<string> => {
  let text = ''
  socket.on('data', (part) => (text += String(part)))
  if (!socket.destroyed) await Promise.race([once(socket, 'end'), once(socket, 'close')])
  return text
}

const ADMINISTRATION = [
  '/metrics',
  '/_/api/server',
  '/_/api/streams',
  '/_/api/streams/a/b',
  '/_/api/connections',
  '/_/api/bans',
  '/_/api/config',
  '/_/api/relays',
]

describe('administration', () => {
  test('is closed where neither a token nor an address is given, and says how to open it', async () => {
    const { ask, httpPort } = await start()
    for (const path of ADMINISTRATION) {
      expect(await ask(path)).toBe(401)
      for (const given of ['Bearer ', 'Bearer undefined', 'Bearer', '']) {
        expect(await ask(path, { authorization: given })).toBe(401)
      }
    }
    expect(await ask('/_/api/drain', {}, 'POST')).toBe(401)
    const answer = await fetch(`http://127.0.0.1:${httpPort}/_/api/server`)
    expect(await answer.text()).toMatch(/closed here.*http\.token.*http\.adminFrom/)
    expect(await ask('/health')).toBe(200)
  })

  test.each([
    'Bearer t0ke',
    'Bearer t0kenx',
    'Bearer T0KEN',
    'Bearer ',
    'Bearer t0ken,x',
    'Basic t0ken',
    undefined,
  ])('needs the token from everywhere, the machine itself too: %s is none', async (wrong) => {
    const { ask } = await start({ token: 't0ken' })
    for (const path of ADMINISTRATION) {
      expect(await ask(path, wrong === undefined ? {} : { authorization: wrong })).toBe(401)
    }
    expect(await ask('/_/api/server', { authorization: 'Bearer t0ken' })).toBe(200)
    expect(await ask('/_/api/server', { authorization: 'bearer t0ken', via: '1.1 proxy' })).toBe(200)
    expect(await ask('/_/api/server', { authorization: 'Bearer t0ken', host: 'admin.example' })).toBe(200)
  })

  test('an address that needs none must ask by address, and not through a proxy', async () => {
    const { ask } = await start({ adminFrom: ['127.0.0.0/8'], host: '127.0.0.1' })
    for (const host of [
      '127.0.0.1',
      '127.0.0.1:8000',
      'localhost',
      'LOCALHOST:1',
      '[::1]:8000',
      '10.0.0.1',
    ]) {
      expect([host, await ask('/_/api/server', { host })]).toEqual([host, 200])
    }
    for (const host of [
      'evil.example',
      'evil.example:8000',
      'localhost.evil.example',
      '127.0.0.1.nip.io',
      'a b',
    ]) {
      for (const path of ['/_/api/server', '/metrics', '/_/api/streams', '/_/api/bans']) {
        const rebound = { host, 'sec-fetch-site': 'same-origin', referer: `http://${host}/` }
        expect([host, path, await ask(path, rebound)]).not.toEqual([host, path, 200])
      }
    }
    for (const header of [
      'x-forwarded-for',
      'forwarded',
      'x-real-ip',
      'via',
      'cf-connecting-ip',
      'x-forwarded-host',
    ]) {
      expect([header, await ask('/_/api/server', { [header]: '127.0.0.1' })]).toEqual([header, 401])
    }
    const elsewhere = await start({ adminFrom: ['192.0.2.0/24'] })
    expect(await elsewhere.ask('/_/api/server')).toBe(401)
  })

  test('the name that the port was bound to is its own', async () => {
    const { ask } = await start({ adminFrom: ['127.0.0.0/8', '::1'], host: 'localhost' })
    expect(await ask('/_/api/server', { host: 'localhost:8000' }).catch(() => 200)).toBe(200)
  })

  test.each([
    [{ adminFrom: ['::1', '300.1.1.1'] }, 'ADDRESS_INVALID', 'http.adminFrom[1]'],
    [{ token: '' }, 'HTTP_TOKEN_INVALID', 'http.token'],
    [{ token: 'two words' }, 'HTTP_TOKEN_INVALID', 'http.token'],
  ])('what cannot be used is named at the start: %o', async (http, code, path) => {
    await expect(startServer({ http: { ...HTTP, ...http } })).rejects.toMatchObject({ code, path })
  })

  test('nothing that is sent makes the server fail', async () => {
    const { ask, errors } = await start({ adminFrom: ['127.0.0.1'] })
    const json = { 'content-type': 'application/json' }
    const targets = [
      '/_/api/streams/%ff',
      '/_/api/streams/%00',
      '/_/api/streams/%2e%2e/x',
      '/_/api//streams',
      '/_/api/streams/',
      '//metrics',
      '/%',
      '/_/api/streams/%e0%a4%a',
      '/_/api/connections/1/plays/%ff',
    ]
    for (const path of targets) expect([path, (await ask(path)) < 500]).toEqual([path, true])
    for (const path of [
      '/_/api/connections/%ff',
      '/_/api/connections/9e9',
      '/_/api/bans/-1',
      '/_/api/streams/%ff',
      '/_/api/connections/1/plays/x',
    ]) {
      expect([path, (await ask(path, {}, 'DELETE')) < 500]).toEqual([path, true])
    }
    const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`
    const bodies = [
      '{',
      '[]',
      'null',
      '5',
      '"x"',
      deep,
      '{"__proto__":{"a":1}}',
      '{"address":5}',
      '{"seconds":1e999}',
      '{"stream":"\\ud800"}',
      '\u0000',
    ]
    for (const body of bodies) {
      for (const path of ['/_/api/bans', '/_/api/streams/a/b/drain']) {
        const status = await ask(path, json, 'POST', body)
        expect([path, body.slice(0, 20), status < 500]).toEqual([path, body.slice(0, 20), true])
      }
      const changed = await ask('/_/api/config', json, 'PATCH', body)
      expect([body.slice(0, 20), changed < 500]).toEqual([body.slice(0, 20), true])
      const configured = await ask('/_/obs/multitrack?app=live', json, 'POST', body)
      expect([body.slice(0, 20), configured < 500]).toEqual([body.slice(0, 20), true])
    }
    expect(errors).toEqual([])
  })

  test('values lie in each other at most 32 deep: at the bound, and one beyond', async () => {
    const read = async (depth: number): Promise<unknown> => {
      const body = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
      const headers = { 'content-type': 'application/json' }
      const request = new Request('http://h/', { method: 'POST', body, headers })
      return jsonIn(request).then(
        () => 'read',
        (error: unknown) => error,
      )
    }
    expect(await read(32)).toBe('read')
    expect(await read(33)).toMatchObject({ status: 400 })
  })

  test('targets and bodies are bounded: at the bound, and one beyond', async () => {
    const { ask } = await start({ adminFrom: ['127.0.0.1'] })
    expect(await ask(`/_/api/streams/${'a'.repeat(2048 - 15)}`)).toBe(404)
    expect(await ask(`/_/api/streams/${'a'.repeat(2048 - 14)}`)).toBe(414)
    const json = { 'content-type': 'application/json' }
    const body = (length: number): string => `{"address":"192.0.2.1"${' '.repeat(length - 23)}}`
    expect(await ask('/_/api/bans', json, 'POST', body(65_536))).toBe(201)
    expect(await ask('/_/api/bans', json, 'POST', body(65_537))).toBe(413)
  })

  test('a body of strangers that comes in chunks is bounded, at the bound, and one beyond, and may not come whole', async () => {
    const { httpPort, errors, ask } = await start()
    const head = 'POST /_/obs/multitrack HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
    const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
    for (const [length, status] of [
      [65_536, '400'],
      [65_537, '413'],
    ] as const) {
      const body = `{${' '.repeat(length - 2)}}`
      const socket = await open(httpPort, `${head}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n`)
      socket.write(chunk(body.slice(0, 1)) + chunk(body.slice(1)) + chunk(''))
      expect([length, (await read(socket)).slice(9, 12)]).toEqual([length, status])
    }
    const socket = await open(httpPort, `${head}Content-Length: 9\r\n\r\n{`)
    // What is behind it is answered when it has been seen.
    expect(await ask('/health')).toBe(200)
    socket.destroy()
    expect(await ask('/health')).toBe(200)
    expect(errors).toEqual([])
  })

  test('what strangers have chosen is cut in JSON, and harms no terminal: at the limit, and one beyond', async () => {
    const { client, httpPort } = await start({ adminFrom: ['127.0.0.1'] })
    const name = 'a\u009b2J\u202e\u2028'
    for (const length of [300, 301]) {
      const publisher = await client().open('live', { flashVer: `\u001b\u202e${'v'.repeat(length - 2)}` })
      await publisher.publish(`${name}${length}`)
    }
    const texts = await Promise.all(
      ['connections', 'streams', `streams/live/${encodeURIComponent(name)}`].map(async (path) =>
        (await fetch(`http://127.0.0.1:${httpPort}/_/api/${path}`)).text(),
      ),
    )
    for (const text of texts) expect(text).not.toMatch(/[\p{Cc}\p{Cf}\u2028]/u)
    const [{ connections }, { streams }, { error }] = texts.map((text) => JSON.parse(text) as unknown) as [
      { connections: { flashVer: string }[] },
      { streams: { streamName: string }[] },
      { error: string },
    ]
    expect(connections.map(({ flashVer }) => flashVer)).toEqual(
      [300, 300].map((n) => `\u001b\u202e${'v'.repeat(n - 2)}`),
    )
    expect(streams.map(({ streamName }) => streamName)).toEqual([`${name}300`, `${name}301`])
    expect(error).toBe(`there is no stream live/${name}`)
    // A name with a line separator can be asked for, and ended, as any other.
    const url = `http://127.0.0.1:${httpPort}/_/api/streams/live/${encodeURIComponent(`${name}300`)}`
    for (const [method, status] of [
      ['GET', 200],
      ['DELETE', 200],
      ['GET', 404],
    ] as const) {
      expect((await fetch(url, { method })).status).toBe(status)
    }
  })

  test('answers say that they are nothing else, and load nothing', async () => {
    const { httpPort } = await start()
    for (const path of ['/', '/health', '/nothing', '/_/api/server']) {
      const { headers } = await fetch(`http://127.0.0.1:${httpPort}${path}`)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(headers.get('referrer-policy')).toBe('no-referrer')
    }
  })
})

/** The HTTP port on its own, with deadlines of the test's choice. */
const portWith = async (times: Partial<HttpTimes>, options: Parameters<typeof begin>[0] = {}) => {
  const { core, advance } = begin(options)
  const counters = new EventCounters(core.events)
  const subject: HttpSubject = {
    core,
    counters,
    isReady: () => true,
    drain: async () => Promise.resolve(),
    drainDefaults: {},
    configuration: () => undefined,
    recordings: () => undefined,
    relays: { add: () => 0, remove: () => false },
  }
  const http = await HttpPort.listen(
    new HttpService(subject, HTTP),
    { port: 0, host: '127.0.0.1' },
    { ...HTTP_TIMES, ...times },
  )
  onTestFinished(() => http.close())
  const gone = (): Promise<void> => eventually('no socket is counted', () => http.openSockets === 0)
  return { core, advance, http, port: http.address.port, gone }
}

describe('sockets of the HTTP port', () => {
  test.each([
    ['says nothing', ''],
    ['stops in a request', 'GET /health HTTP/1.1\r\nHost: x\r\n'],
    ['stays after an answer', 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n'],
  ])('one that %s is ended', async (_what, text) => {
    const { port, gone } = await portWith({ idleMs: 50 })
    const socket = await open(port, text)
    await Promise.all([read(socket), gone()])
  })

  test('one that does not send its body, or read its answer, is ended', async () => {
    const { port, gone } = await portWith({ answerMs: 50, idleMs: 50 })
    const socket = await open(port, 'POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n')
    const many = await open(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(3000))
    many.pause()
    await Promise.all([read(socket), gone()])
  })

  test.each([
    ['a path without WebSocket', '/nothing', '', '404'],
    ['another protocol than RTMP', '/_/api/server', '', '404'],
    ['a page from elsewhere', '/rtmp', 'Origin: https://evil.example\r\n', '403'],
  ])(
    'a refused upgrade, for %s, is answered and ended though the client stays',
    async (_what, path, header, status) => {
      const { server, httpPort } = await start({ origins: ['https://good.example'] })
      expect(server.isReady).toBe(true)
      const socket = await open(httpPort, `GET ${path} HTTP/1.1\r\nHost: x\r\n${header}${UPGRADE}`)
      expect(await read(socket)).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    },
  )

  test.each([
    ['a track that there cannot be', '/live/x.flv?video=999', 'x', '400'],
    ['a wait that is none', '/live/x.flv?wait=long', 'x', '400'],
    ['a host that there cannot be', '/live/x.flv', 'a b', '400'],
    ['a host that there cannot be, for RTMP', '/rtmp', '[', '400'],
  ])(
    'an upgrade that asks for %s is refused, and no fault of the server',
    async (_what, path, host, status) => {
      const { httpPort, errors } = await start()
      const socket = await open(httpPort, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${UPGRADE}`)
      expect(await read(socket)).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
      expect(errors).toEqual([])
    },
  )

  test('one whose upgrade is refused after it was a client is a socket again, and ended', async () => {
    const { port, http, gone } = await portWith({ refusedMs: 200 })
    const socket = await open(port, `GET /live/absent.flv HTTP/1.1\r\nHost: x\r\n${UPGRADE}`)
    expect(await read(socket)).toMatch(/^HTTP\/1.1 404 /)
    expect(http.openSockets).toBe(1)
    await gone()
    await eventually('nobody is there', () => {
      if (!socket.destroyed) socket.write('x')
      return socket.destroyed
    })
  })

  test('one that asks on and on before it is answered is ended: at the limit, and one beyond', async () => {
    const { port, gone, core } = await portWith({})
    const asks = (count: number): string =>
      Array.from({ length: count }, (_, i) => `GET /live/x${i}.flv?wait=50 HTTP/1.1\r\nHost: x\r\n\r\n`).join(
        '',
      )
    const patient = await open(port, asks(16))
    await eventually('all of them wait', () => core.connections.size === 16)
    const rude = (await open(port, asks(2000))).resume()
    await eventually('it is ended', () => rude.destroyed)
    await eventually('nothing of it is left', () => core.connections.size === 16)
    patient.destroy()
    await Promise.all([gone(), eventually('all have gone', () => core.connections.size === 0)])
  })

  test('four hundred refused upgrades leave nothing behind', async () => {
    const { port, gone, http } = await portWith({ refusedMs: 20 })
    const text = `GET /nothing HTTP/1.1\r\nHost: x\r\n${UPGRADE}`
    const sockets = await Promise.all(Array.from({ length: 400 }, async () => open(port, text)))
    expect(http.openSockets).toBeGreaterThan(0)
    for (const socket of sockets) socket.resume()
    await gone()
  })

  test('they are held to limits of their own: at the limit, and one beyond; clients find their places', async () => {
    const { server, httpPort, client } = await start(
      {},
      { limits: { httpSocketsPerAddress: 2, connectionsPerAddress: 1 } },
    )
    const first = await open(httpPort)
    await open(httpPort)
    const turnedAway = nextEvent(server, 'turnedAway')
    const third = await open(httpPort)
    const ended = read(third)
    expect(await turnedAway).toMatchObject({
      remoteAddress: '127.0.0.1',
      localPort: httpPort,
      description: 'there are 2 HTTP sockets from 127.0.0.1 already',
    })
    expect(await ended).toBe('')
    await client().open()
    expect(server.stats().http.sockets).toBe(2)
    first.destroy()
    const health = async (): Promise<string> =>
      read(await open(httpPort, 'GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'))
    let answer = ''
    while (answer === '') answer = await health()
    expect(answer).toMatch(/^HTTP\/1.1 200/)
  })

  test('one over which a stream is played is a client, and no socket of HTTP', async () => {
    const { core, http, port } = await portWith({}, { limits: { connections: 1, httpSockets: 1 } })
    const player = await open(port, 'GET /live/x.flv?wait=50 HTTP/1.1\r\nHost: x\r\n\r\n')
    await eventually('it is a client', () => core.connections.size === 1 && http.openSockets === 0)
    const socket = await open(
      port,
      'GET /live/x.flv?wait=50 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
    )
    expect(await read(socket)).toMatch(/^HTTP\/1.1 503/)
    player.destroy()
    await eventually('it has gone', () => core.connections.size === 0)
  })
})

describe('the rate of requests', () => {
  const ASK = 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n'

  /** Reads answers off a socket, one after the other: their heads; nothing once it has ended. */
  const answersOf = (socket: Socket) => {
    let text = ''
    let isOver = false
    socket.on('data', (part) => (text += String(part)))
    socket.once('end', () => (isOver = true))
    return async (): Promise<string> => {
      socket.write(ASK)
      for (;;) {
        const [all, head = '', length = '0'] = /^([^]*?content-length: (\d+)[^]*?)\r\n\r\n/i.exec(text) ?? []
        if (all !== undefined && text.length >= all.length + Number(length)) {
          text = text.slice(all.length + Number(length))
          return head
        }
        if (isOver) return ''
        await Promise.race([once(socket, 'data'), once(socket, 'end')])
      }
    }
  }

  test('above it the answer is 429, for upgrades too, and says when to come again', async () => {
    const limits = { httpRequestsPerSecondPerAddress: 2 }
    const { port, core, advance } = await portWith({}, { limits })
    const turnedAway: string[] = []
    core.events.on('turnedAway', ({ description }) => turnedAway.push(description))
    const ask = answersOf(await open(port))
    const other = await open(port)
    expect([await ask(), await ask()]).toEqual([
      expect.stringMatching(/^HTTP\/1.1 200/),
      expect.stringMatching(/^HTTP\/1.1 200/),
    ])
    const refused = await ask()
    expect(refused).toMatch(/^HTTP\/1.1 429/)
    expect(refused).toMatch(/^retry-after: 1\r$/im)
    expect(refused).toMatch(/^access-control-allow-origin: \*\r$/im)
    await ask()
    other.write(`GET /rtmp HTTP/1.1\r\nHost: x\r\n${UPGRADE}`)
    expect(await read(other)).toMatch(/^HTTP\/1.1 429 Too Many Requests\r\nRetry-After: 1\r\n/)
    expect(turnedAway).toEqual(['more than 2 requests over HTTP in a second from 127.0.0.1'])
    expect(core.admission.refusedRequests).toBe(3)
    advance(1000)
    expect(await ask()).toMatch(/^HTTP\/1.1 200/)
  })

  test('who goes on and on is ended: at the limit, and one beyond', async () => {
    const { port, advance } = await portWith({}, { limits: { httpRequestsPerSecondPerAddress: 1 } })
    const ask = answersOf(await open(port))
    const statuses = async (count: number): Promise<string[]> => {
      const heads: string[] = []
      for (let i = 0; i < count; i++) heads.push((await ask()).slice(9, 12))
      return heads
    }
    expect(await statuses(101)).toEqual(['200', ...Array.from({ length: 100 }, () => '429')])
    advance(1000)
    // What was answered counts for one that was refused.
    expect(await statuses(3)).toEqual(['200', '429', ''])
  })

  test('a hundred who watch LL-HLS behind one address ask ten times a second each', async () => {
    const { core, advance } = begin()
    for (let i = 0; i < 100; i++) core.admission.opened('192.0.2.1')
    for (let second = 0; second < 10; second++) {
      // Each opens a socket for its segments beside, the worst that was seen of players.
      for (let i = 0; i < 100 * 11; i++) expect(core.answers('192.0.2.1')).toBe(true)
      advance(1000)
    }
  })
})
