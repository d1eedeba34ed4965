// FLV over HTTP and WebSockets, from small servers of this test and of Node's own HTTP.
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { isUsageError } from '@rtmp/bytes'
import { decodeFlv, TagType } from '@rtmp/flv'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { FlvPlayer, nodeHost, type MediaMessage, playFlv, RtmpClientError } from '../src/index.ts'

const fixture = (name: string): Promise<string> =>
  readFile(new URL(`fixtures/${name}`, import.meta.url), 'utf8')
const sample = async (name = 'h264-aac'): Promise<Uint8Array> =>
  new Uint8Array(await readFile(new URL(`../../../media/${name}.flv`, import.meta.url)))

const servers: { close(): void; closeAllConnections?(): void }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections?.()
    server.close()
  }
})

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const listening = async (server: Server): Promise<string> => {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const serve = async (answer: Answer): Promise<string> => `http://${await listening(createServer(answer))}`

const collect = async (player: AsyncIterable<MediaMessage>): Promise<MediaMessage[]> => {
  const packets: MediaMessage[] = []
  for await (const packet of player) packets.push(packet)
  return packets
}

const told = (packets: readonly MediaMessage[]): unknown[] =>
  packets.map(({ typeId, timestamp, payload }) => [
    typeId,
    timestamp,
    Buffer.from(payload).toString('base64'),
  ])

const toldOf = (flv: Uint8Array): unknown[] =>
  decodeFlv(flv).map(({ typeId, timestamp, payload }) => [
    typeId,
    timestamp,
    Buffer.from(payload).toString('base64'),
  ])

const failure = async (player: FlvPlayer): Promise<RtmpClientError> => {
  const errors: unknown[] = []
  await Promise.all([
    player.started.catch((error: unknown) => errors.push(error)),
    collect(player).catch((error: unknown) => errors.push(error)),
  ])
  expect(errors.length).toBe(2)
  expect(errors[0]).toBe(errors[1])
  return errors[0] as RtmpClientError
}

describe('over HTTP', () => {
  test('every tag comes, with the time and the name that it has', async () => {
    const flv = await sample('multitrack-h264-hevc-aac-opus')
    const url = await serve((_, response) =>
      response.writeHead(200, { 'content-type': 'video/x-flv' }).end(flv),
    )
    const player = playFlv(`${url}/live/show.flv`)
    await player.started
    const packets = await collect(player)
    expect(told(packets)).toEqual(toldOf(flv))
    expect(packets.find(({ kind }) => kind === 'data')?.name).toBe('onMetaData')
    expect(player.stats.bytesReceived).toBe(packets.reduce((sum, { payload }) => sum + payload.length, 0))
  })

  test('the query and the credentials reach the server, and go to no other one', async () => {
    const seen: string[] = []
    const flv = await sample()
    const other = await serve((request, response) => {
      seen.push(`other ${request.url} ${request.headers.authorization}`)
      response.end(flv)
    })
    const url = await serve((request, response) => {
      seen.push(`first ${request.url} ${request.headers.authorization}`)
      response.writeHead(302, { location: `${other}/moved.flv` }).end()
    })
    await collect(playFlv(`${url.replace('//', '//me:p%40ss@')}/live/show.flv?token=1`))
    expect(seen).toEqual([
      `first /live/show.flv?token=1 Basic ${Buffer.from('me:p@ss').toString('base64')}`,
      'other /moved.flv undefined',
    ])
  })

  test('over TLS with a certificate that is known', async () => {
    const flv = await sample()
    const server = createSecureServer(
      { key: await fixture('server.key'), cert: await fixture('server.pem') },
      (_, response) => response.end(flv),
    )
    const place = await listening(server as unknown as Server)
    const url = `https://localhost:${place.split(':')[1]}/x.flv`
    const packets = await collect(playFlv(url, { tls: { ca: await fixture('ca.pem') }, family: 4 }))
    expect(told(packets)).toEqual(toldOf(flv))
    expect((await failure(playFlv(url, { family: 4 }))).code).toBe('TLS_FAILED')
    expect((await failure(playFlv(`http://${place}/x.flv`))).code).toMatch(/CONNECTION|DIAL/)
  })

  test.each([
    [401, {}, 'AUTH_REQUIRED', false],
    [403, {}, 'PLAY_REJECTED', false],
    [404, {}, 'PLAY_REJECTED', true],
    [503, {}, 'PLAY_REJECTED', true],
    [302, {}, 'PLAY_REJECTED', false],
    [302, { location: 'ftp://elsewhere/' }, 'REDIRECT_INVALID', false],
    [302, { location: '/again' }, 'REDIRECT_LIMIT', false],
    [200, { 'content-type': 'text/html; charset=utf-8' }, 'PLAY_REJECTED', false],
  ])('status %i %j is %s', async (status, headers, code, canRetry) => {
    const url = await serve((_, response) => response.writeHead(status, headers).end('<html>'))
    const error = await failure(playFlv(`${url}/x.flv`))
    expect([error.code, error.canRetry]).toEqual([code, canRetry])
    expect(error.message).not.toContain('x.flv')
  })

  test('wrong credentials, nobody there, no answer, no FLV, no URL', async () => {
    const locked = await serve((_, response) => response.writeHead(401).end())
    expect((await failure(playFlv(`${locked}/x.flv`, { user: 'me', password: 'x' }))).code).toBe(
      'AUTH_FAILED',
    )
    const gone = await serve(() => {})
    const deadlines = { dial: 100, request: 100 }
    expect((await failure(playFlv(`${gone}/x.flv`, { deadlines }))).code).toBe('TIMEOUT')
    const noise = await serve((_, response) => response.end('this is no FLV at all, whatever it is called'))
    await expect(collect(playFlv(`${noise}/x.flv`))).rejects.toMatchObject({ phase: 'flv' })
    expect(() => playFlv('http://')).toThrow(expect.toSatisfy(isUsageError))
    expect(() => playFlv('rtmp://localhost/a/b')).toThrow(expect.toSatisfy(isUsageError))
  })

  test('leaving the loop, close and the signal let the server go', async () => {
    const flv = await sample()
    const ways: ((player: FlvPlayer, stop: AbortController) => void | 'break')[] = [
      () => 'break',
      (player) => void player.close(),
      (_, stop) => stop.abort(new Error('enough')),
    ]
    for (const way of ways) {
      let gone: () => void = () => {}
      const released = new Promise<void>((resolve) => {
        gone = resolve
      })
      const url = await serve((_, response) => {
        response.write(flv)
        response.once('close', gone)
      })
      const stop = new AbortController()
      const player = playFlv(`${url}/x.flv`, { signal: stop.signal })
      let error: unknown
      try {
        for await (const packet of player) if (packet.keyFrame && way(player, stop) === 'break') break
      } catch (thrown) {
        error = thrown
      }
      expect(error instanceof Error ? error.message : error).toBe(way === ways[2] ? 'enough' : undefined)
      await released
    }
  })

  test('a stream that breaks off is an error; with reconnect it goes on, on one clock', async () => {
    const flv = await sample()
    let asked = 0
    const url = await serve((_, response) => {
      asked += 1
      response.write(asked % 2 === 1 ? flv.subarray(0, 40_000) : flv)
      if (asked % 2 === 1) setTimeout(() => response.destroy(), 50)
      else response.end()
    })
    expect((await failureOf(playFlv(`${url}/x.flv`))).code).toBe('CONNECTION_LOST')
    asked = 0
    const player = playFlv(`${url}/x.flv`, { reconnect: { initialMs: 10, maximumMs: 10 } })
    const packets = await collect(player)
    expect(player.stats.reconnects).toBe(1)
    for (const typeId of [TagType.audio, TagType.video]) {
      const times = packets
        .filter((packet) => packet.typeId === typeId && packet.isCoded)
        .map(({ timestamp }) => timestamp)
      expect(times).toEqual([...times].sort((a, b) => a - b))
      expect(times.at(-1)).toBeGreaterThan(4069)
    }
  })

  test('waits for a stream that is not there yet, and for the next one', async () => {
    const flv = await sample()
    let asked = 0
    const url = await serve((_, response) => {
      asked += 1
      if (asked < 3) response.writeHead(404).end()
      else response.end(flv)
    })
    const log: string[] = []
    const player = playFlv(`${url}/x.flv`, {
      whenUnpublished: 'wait',
      reconnect: { initialMs: 10, maximumMs: 10, fromStart: true },
      onLog: ({ event }) => log.push(event),
    })
    let headers = 0
    for await (const packet of player) {
      if (packet.isVideo && packet.sequenceHeader) headers += 1
      if (headers === 2) break
    }
    expect(asked).toBe(4)
    expect(log.filter((event) => event === 'retrying').length).toBe(3)
  })
})

/** The error that the loop ends with. */
const failureOf = async (player: FlvPlayer): Promise<RtmpClientError> => {
  try {
    await collect(player)
  } catch (error) {
    return error as RtmpClientError
  }
  throw new Error('it ended well')
}

describe('over a WebSocket', () => {
  const serveSocket = async (
    flv: Uint8Array,
    end: (socket: import('ws').WebSocket) => void,
    verify = true,
  ): Promise<string> => {
    const server = createServer()
    const sockets = new WebSocketServer({ server, verifyClient: () => verify })
    sockets.on('connection', (socket) => {
      for (let at = 0; at < flv.length; at += 10_000) socket.send(flv.subarray(at, at + 10_000))
      end(socket)
    })
    servers.push(sockets)
    return `ws://${await listening(server)}`
  }

  test('every tag comes, and a goodbye is the end', async () => {
    const flv = await sample('av1-opus')
    const url = await serveSocket(flv, (socket) => socket.close(1000))
    expect(told(await collect(playFlv(`${url}/live/show.flv`)))).toEqual(toldOf(flv))
  })

  test('without a goodbye it is lost; with a code it was ended; refused it says so', async () => {
    const flv = await sample()
    const lost = await serveSocket(flv, (socket) => setTimeout(() => socket.terminate(), 50))
    expect((await failureOf(playFlv(`${lost}/x.flv`))).code).toBe('CONNECTION_LOST')
    const ended = await serveSocket(flv, (socket) => socket.close(1013, 'later'))
    expect((await failureOf(playFlv(`${ended}/x.flv`))).code).toBe('ENDED_BY_SERVER')
    const refused = await serveSocket(flv, () => {}, false)
    expect((await failure(playFlv(`${refused}/x.flv`))).code).toBe('AUTH_REQUIRED')
  })

  test('close lets the server go', async () => {
    let gone: () => void = () => {}
    const released = new Promise<void>((resolve) => {
      gone = resolve
    })
    const url = await serveSocket(await sample(), (socket) => socket.once('close', gone))
    const player = playFlv(`${url}/x.flv`)
    for await (const packet of player) if (packet.keyFrame) void player.close()
    await released
  })
})

test('bytes from anywhere can be played: the opener is an argument', async () => {
  const flv = await sample()
  const player = new FlvPlayer(nodeHost(), async () =>
    (async function* () {
      yield flv
    })(),
  )
  expect(told(await collect(player))).toEqual(toldOf(flv))
})
