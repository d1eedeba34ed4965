import { once } from 'node:events'
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { describe as group, expect, test } from 'vitest'
import type { RtmpServer, ServerOptions } from '../../src/index.ts'
import { audioFrame, interFrame, keyFrame, videoHeader } from '../../../live/test/arrange.ts'
import { eventually, nextEvent, startServer } from './arrange.ts'
import type { LightClient } from './light-client.ts'

type Started = Awaited<ReturnType<typeof startServer>>

const RETRY = { retryMs: 20, maxRetryMs: 100 } as const

const origin = (port: number): string => `rtmp://127.0.0.1:${port}/{app}/{streamName}`

const edgeOf = (
  port: number,
  more: { readonly lingerMs?: number; readonly onDemand?: boolean; readonly stream?: string } = {},
  options: ServerOptions = {},
): Promise<Started> =>
  startServer({ ...options, relays: [{ pull: origin(port), lingerMs: 50, ...RETRY, ...more }] })

const pushing = (urls: readonly string[], options: ServerOptions = {}): Promise<Started> =>
  startServer({ ...options, relays: [{ push: urls, ...RETRY }] })

/** Publishes headers and a group of pictures. */
const publishOn = async (
  started: Started,
  seed = 1,
): Promise<{ readonly client: LightClient; readonly id: number }> => {
  const client = await started.client().open()
  const id = await client.publish('key')
  client.send(id, 9, 0, videoHeader(0))
  client.send(id, 9, 0, keyFrame(seed))
  client.send(id, 8, 10, audioFrame(2))
  client.send(id, 9, 40, interFrame(3))
  return { client, id }
}

const playOn = async (started: Started, name = 'key'): Promise<LightClient> => {
  const client = await started.client().open()
  await client.play(name)
  return client
}

/** Type, time and bytes of everything received. */
const received = ({ media }: LightClient): string[] =>
  media.map(
    ({ typeId, timestamp, payload }) => `${typeId}@${timestamp} ${Buffer.from(payload).toString('hex')}`,
  )

const frame = (typeId: number, timestamp: number, payload: Uint8Array): string =>
  `${typeId}@${timestamp} ${Buffer.from(payload).toString('hex')}`

const GROUP = [
  frame(9, 0, videoHeader(0)),
  frame(9, 0, keyFrame(1)),
  frame(8, 10, audioFrame(2)),
  frame(9, 40, interFrame(3)),
]

const playersOf = (server: RtmpServer): number => server.stats().players

group('a pull', () => {
  test('begins with the first player, gives every byte, and late ones start in the middle', async () => {
    const source = await startServer()
    const edge = await edgeOf(source.port)
    const { client, id } = await publishOn(source)
    expect(edge.server.relays).toEqual([])
    const started = nextEvent(edge.server, 'relayStarted')
    const player = await playOn(edge)
    await player.until('the group', () => player.media.length === 4)
    expect(received(player)).toEqual(GROUP)
    expect(await started).toEqual({
      kind: 'pull',
      rule: 1,
      app: 'live',
      streamName: 'key',
      url: `rtmp://127.0.0.1:${source.port}/live`,
      again: false,
    })
    client.send(id, 9, 1000, keyFrame(4))
    await player.until('a further picture', () => player.media.length === 5)
    const late = await playOn(edge)
    await late.until('header and key frame', () => late.media.length === 2)
    expect(received(late)).toEqual([frame(9, 1000, videoHeader(0)), frame(9, 1000, keyFrame(4))])
    expect(playersOf(source.server)).toBe(1)
    expect(edge.server.relays).toMatchObject([{ kind: 'pull', state: 'running', losses: 0 }])
    expect(edge.server.stats().relays).toEqual({ pulls: 1, pushes: 0, running: 1 })
  })

  test('ends some time after the last player, and a player meanwhile keeps it', async () => {
    const source = await startServer()
    const edge = await edgeOf(source.port, { lingerMs: 300 })
    await publishOn(source)
    const first = await playOn(edge)
    await first.until('media', () => first.media.length === 4)
    await first.end()
    await eventually('nobody plays', () => playersOf(edge.server) === 0)
    const second = await playOn(edge)
    await second.until('media', () => second.media.length === 4)
    expect(source.server.connections.size).toBe(2)
    const ended = nextEvent(edge.server, 'relayEnded')
    await second.end()
    expect((await ended).reason).toBe('nobody plays it any more')
    await eventually('the origin is left', () => source.server.connections.size === 1)
    expect(edge.server.streams).toEqual([])
    expect(edge.server.relays).toEqual([])
  })

  test('goes on with one timeline when the origin comes back', async () => {
    const source = await startServer()
    const edge = await edgeOf(source.port)
    const { client, id } = await publishOn(source)
    for (let ms = 80; ms <= 4000; ms += 40) client.send(id, 9, ms, interFrame(ms & 127))
    const player = await playOn(edge)
    await player.until('all', () => player.media.at(-1)?.timestamp === 4000)
    const lost = nextEvent(edge.server, 'relayLost')
    await source.server.close({ drainMs: 200 })
    expect((await lost).kind).toBe('pull')
    const again = nextEvent(edge.server, 'relayStarted')
    const restarted = await startServer({ rtmp: { port: source.port } })
    await publishOn(restarted, 9)
    expect(await again).toMatchObject({ again: true })
    await player.until('the new group', () => player.media.length > 104)
    const times = player.media.filter(({ typeId }) => typeId === 9).map(({ timestamp }) => timestamp)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(times.at(-1)).toBeGreaterThan(4000)
    expect(player.codes).not.toContain('NetStream.Play.Stop')
    expect(edge.server.relays).toMatchObject([{ state: 'running' }])
  })

  test('ends the stream when the origin stays away, and begins anew with all headers', async () => {
    const source = await startServer()
    const edge = await edgeOf(source.port, { lingerMs: 60_000 }, { streams: { graceMs: 50 } })
    await publishOn(source)
    const player = await playOn(edge)
    await player.until('media', () => player.media.length === 4)
    await source.server.close({ drainMs: 200 })
    await player.status('NetStream.Play.Stop')
    const restarted = await startServer({ rtmp: { port: source.port } })
    await publishOn(restarted)
    const next = await playOn(edge)
    await next.until('media', () => next.media.length === 4)
    expect(received(next)).toEqual(GROUP)
  })

  test('a player of a stream that nobody has waits, and gets it when somebody begins', async () => {
    const source = await startServer()
    const edge = await edgeOf(source.port)
    const player = await playOn(edge)
    await eventually('the origin is asked', () => playersOf(source.server) === 1)
    await publishOn(source)
    await player.until('media', () => player.media.length === 4)
    expect(received(player)).toEqual(GROUP)
  })

  test('a player that may not wait is told at once that there is none, or gets it', async () => {
    const reject = { streams: { absentStream: 'reject' } } as const
    const source = await startServer(reject)
    const edge = await edgeOf(source.port, {}, reject)
    const refused = await playOn(edge)
    expect(refused.codes.at(-1)).toBe('NetStream.Play.StreamNotFound')
    await publishOn(source)
    const player = await playOn(edge)
    await player.until('media', () => player.media.length === 4)
    expect(received(player)).toEqual(GROUP)
  })

  test('is not made for a stream that is published here, and gives way to one that begins', async () => {
    const source = await startServer()
    const edge = await edgeOf(source.port)
    const waiting = await playOn(edge)
    await eventually('the origin is asked', () => playersOf(source.server) === 1)
    const ended = nextEvent(edge.server, 'relayEnded')
    await publishOn(edge)
    expect((await ended).reason).toBe('somebody publishes it here')
    await waiting.until('media', () => waiting.media.length === 4)
    await eventually('the origin is left', () => source.server.connections.size === 0)
    await playOn(edge)
    expect(edge.server.relays).toEqual([])
  })

  test('goes on for the players there are while the server drains, and ends with them', async () => {
    const source = await startServer()
    const edge = await edgeOf(source.port, { lingerMs: 60_000 })
    const { client, id } = await publishOn(source)
    const player = await playOn(edge)
    await player.until('media', () => player.media.length === 4)
    const drained = edge.server.drain({ deadlineMs: 5000 })
    client.send(id, 9, 80, interFrame(4))
    await player.until('a further picture', () => player.media.length === 5)
    const ended = nextEvent(edge.server, 'relayEnded')
    await player.end()
    await drained
    expect((await ended).reason).toBe('the server is shutting down')
    await eventually('the origin is left', () => source.server.connections.size === 1)
  })

  test('can be there without players', async () => {
    const source = await startServer()
    const edge = await edgeOf(source.port, { onDemand: false, stream: 'live/key' })
    await eventually('the origin is asked', () => playersOf(source.server) === 1)
    const started = nextEvent(edge.server, 'relayStarted')
    await publishOn(source)
    await started
    const player = await playOn(edge)
    await player.until('media', () => player.media.length === 4)
    expect(received(player)).toEqual(GROUP)
    await edge.server.close()
    await eventually('the origin is left', () => source.server.connections.size === 1)
  })
})

group('a push', () => {
  test('gives every target every byte as long as the stream is published', async () => {
    const first = await startServer()
    const second = await startServer()
    const players = [await playOn(first), await playOn(second, 'copy')]
    const hub = await pushing([origin(first.port), `rtmp://127.0.0.1:${second.port}/{app}/copy`])
    const { client, id } = await publishOn(hub)
    client.session.sendData(id, 40, '@setDataFrame', 'onMetaData', { width: 320 })
    client.settle()
    for (const player of players) {
      await player.until(
        'the group and metadata',
        () => player.media.length === 4 && player.data.some(({ name }) => name === 'onMetaData'),
      )
      expect(received(player)).toEqual(GROUP)
    }
    expect(hub.server.stats().relays).toEqual({ pulls: 0, pushes: 2, running: 2 })
    const late = await playOn(first)
    await late.until(
      'the group and metadata',
      () => late.media.length === 4 && late.data.some(({ name }) => name === 'onMetaData'),
    )
    expect(late.data.at(-1)).toMatchObject({ name: 'onMetaData', values: [{ width: 320 }] })
    await client.end()
    await eventually('both have ended', () => hub.server.relays.length === 0)
    await eventually('the publishers have gone', () => first.server.stats().publishers === 0)
  })

  test('to a target that is down disturbs nobody, and begins when it is there', async () => {
    const gone = await startServer()
    await gone.server.close()
    const good = await startServer()
    const viewer = await playOn(good)
    const hub = await pushing([origin(gone.port), origin(good.port)])
    const lost: string[] = []
    hub.server.on('relayLost', ({ reason, repeated }) => {
      if (!repeated) lost.push(reason)
    })
    const { client, id } = await publishOn(hub)
    const local = await playOn(hub)
    for (const player of [viewer, local]) {
      await player.until('the group', () => player.media.length === 4)
      expect(received(player)).toEqual(GROUP)
    }
    await eventually('the failure is told', () => lost.length > 0)
    expect(lost).toEqual([expect.stringMatching(/^nobody listens at 127\.0\.0\.1:\d+/)])
    const back = await startServer({ rtmp: { port: gone.port } })
    const late = await playOn(back)
    await late.until('something', () => late.media.length > 0)
    client.send(id, 9, 2000, keyFrame(5))
    await late.until('the new key frame', () => late.media.at(-1)?.timestamp === 2000)
    expect(received(late).slice(0, 2)).toEqual(GROUP.slice(0, 2))
  })

  test('that is refused is tried again in a while, from headers and key frame on', async () => {
    let allowed = false
    const target = await startServer({
      handler: {
        publish: () => (allowed ? undefined : { kind: 'reject', description: 'not yet' }),
      },
    })
    const hub = await pushing([origin(target.port)])
    const lost = nextEvent(hub.server, 'relayLost')
    await publishOn(hub)
    expect(await lost).toMatchObject({ reason: expect.stringMatching(/not yet/), nextTryMs: 100 })
    allowed = true
    const player = await playOn(target)
    await player.until('the group', () => player.media.length === 4)
    expect(received(player)).toEqual(GROUP)
  })

  test('to a target that says nothing holds nobody up, not even the end', async () => {
    const sockets: Socket[] = []
    const silent = createTcpServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const good = await startServer()
    const viewer = await playOn(good)
    const hub = await pushing([origin((silent.address() as AddressInfo).port), origin(good.port)])
    await publishOn(hub)
    await viewer.until('the group', () => viewer.media.length === 4)
    await eventually('the silent one is called', () => sockets.length === 1)
    expect(hub.server.relays.map(({ state }) => state)).toEqual(['connecting', 'running'])
    await hub.server.close({ drainMs: 1000 })
    expect(hub.server.relays).toEqual([])
    await viewer.status('NetStream.Play.Stop')
    for (const socket of sockets) socket.destroy()
    silent.close()
  })

  test('goes on to further servers', async () => {
    const last = await startServer()
    const middle = await pushing([origin(last.port)])
    const first = await pushing([origin(middle.port)])
    const player = await playOn(last)
    await publishOn(first)
    await player.until('the group', () => player.media.length === 4)
    expect(received(player)).toEqual(GROUP)
  })

  test('leaves out what was pulled, unless it is to go on', async () => {
    const source = await startServer()
    await publishOn(source)
    const target = await startServer()
    for (const pulled of [false, true]) {
      const edge = await startServer({
        relays: [{ pull: origin(source.port) }, { push: origin(target.port), pulled }],
      })
      const player = await playOn(edge)
      await player.until('media', () => player.media.length === 4)
      await eventually('it is decided', () => edge.server.stats().relays.running === (pulled ? 2 : 1))
      expect(target.server.stats().publishers).toBe(pulled ? 1 : 0)
      await edge.server.close()
    }
  })
})

test('who takes over what was pulled is pushed, and the pull ends', async () => {
  const source = await startServer()
  const target = await startServer()
  await publishOn(source)
  const edge = await startServer({
    streams: { secondPublisher: 'replace' },
    relays: [
      { pull: origin(source.port), ...RETRY },
      { push: origin(target.port), ...RETRY },
    ],
  })
  const player = await playOn(edge)
  await player.until('media', () => player.media.length === 4)
  const ended = nextEvent(edge.server, 'relayEnded')
  const pushed = nextEvent(edge.server, 'relayStarted', ({ kind }) => kind === 'push')
  await publishOn(edge, 7)
  expect((await ended).kind).toBe('pull')
  await pushed
  const there = await playOn(target)
  await there.until('the group', () => there.media.length === 4)
  expect(received(there).map((text) => text.replace(/@\d+/, ''))).toContain(
    frame(9, 0, keyFrame(7)).replace('@0', ''),
  )
})

test('a refusal whose words speak of a relay loop is a refusal like any other', async () => {
  const words = 'maintenance: see the page about relay loops; next try in a week'
  let refusals = 0
  const target = await startServer({
    handler: {
      publish: () => {
        refusals += 1
        if (refusals === 1) return { kind: 'reject', description: words }
        if (refusals === 2) return { kind: 'reject', description: words, code: 'NetStream.Publish.BadName' }
        return undefined
      },
    },
  })
  const hub = await pushing([origin(target.port)])
  const lost: string[] = []
  hub.server.on('relayLost', ({ reason, nextTryMs }) => lost.push(`${reason} ${typeof nextTryMs}`))
  await publishOn(hub)
  const player = await playOn(target)
  await player.until('the group', () => player.media.length === 4)
  expect(lost).toHaveLength(2)
  for (const text of lost) expect(text).toContain(`${words}) number`)
  expect(hub.server.relays).toMatchObject([{ kind: 'push', state: 'running', losses: 2 }])
})

group('a stream does not go round', () => {
  test('when two servers push to each other', async () => {
    // The second needs the port of the first, and the other way round.
    const placeholder = await startServer()
    await placeholder.server.close()
    const a = await pushing([origin(placeholder.port)])
    const b = await startServer({
      rtmp: { port: placeholder.port },
      relays: [{ push: origin(a.port), ...RETRY }],
    })
    const refused = nextEvent(a.server, 'refused')
    const ended = nextEvent(b.server, 'relayEnded')
    await publishOn(a)
    expect(await ended).toMatchObject({
      kind: 'push',
      isLoop: true,
      reason: 'relay loop: key has come through this server before',
    })
    expect(await refused).toMatchObject({
      request: 'publish',
      description: expect.stringMatching(/^relay loop/),
    })
    const player = await playOn(b)
    await player.until('the group', () => player.media.length === 4)
    expect(received(player)).toEqual(GROUP)
    expect(b.server.relays).toEqual([])
  })

  test('when servers push to each other in a ring', async () => {
    const placeholder = await startServer()
    await placeholder.server.close()
    const c = await pushing([origin(placeholder.port)])
    const b = await pushing([origin(c.port)])
    const a = await startServer({
      rtmp: { port: placeholder.port },
      relays: [{ push: origin(b.port), ...RETRY }],
    })
    const ended = nextEvent(c.server, 'relayEnded')
    await publishOn(a)
    expect(await ended).toMatchObject({ isLoop: true, url: `rtmp://127.0.0.1:${a.port}/live` })
    expect([a, b, c].map(({ server }) => server.relays.length)).toEqual([1, 1, 0])
  })

  test('when two servers pull from each other, and whoever gets a publisher serves both', async () => {
    const placeholder = await startServer()
    await placeholder.server.close()
    const a = await edgeOf(placeholder.port)
    const b = await edgeOf(a.port, {}, { rtmp: { port: placeholder.port } })
    const lost = nextEvent(b.server, 'relayLost')
    const atA = await playOn(a)
    expect((await lost).reason).toMatch(/^relay loop: key would come back/)
    const atB = await playOn(b)
    await publishOn(a)
    for (const player of [atA, atB]) {
      await player.until('the group', () => player.media.length === 4)
      expect(received(player)).toEqual(GROUP)
    }
  })

  test('when a server sends back what it gets', async () => {
    const source = await startServer({
      streams: { secondPublisher: 'replace' },
      relays: [{ push: 'rtmp://127.0.0.1:1/none/{streamName}', stream: 'none/*' }],
    })
    const edge = await startServer({
      relays: [
        { pull: origin(source.port), ...RETRY },
        { push: origin(source.port), pulled: true, ...RETRY },
      ],
    })
    await publishOn(source)
    const ended = nextEvent(edge.server, 'relayEnded')
    const player = await playOn(edge)
    expect(await ended).toMatchObject({ kind: 'push', isLoop: true })
    await player.until('the group', () => player.media.length === 4)
    expect(source.server.stats().publishers).toBe(1)
  })
})

test('what relays do stands in the API and the metrics', async () => {
  const source = await startServer()
  const edge = await edgeOf(
    source.port,
    {},
    { http: { port: 0, host: '127.0.0.1', adminFrom: ['127.0.0.1'] } },
  )
  await publishOn(source)
  const player = await playOn(edge)
  await player.until('media', () => player.media.length === 4)
  const get = async (path: string): Promise<string> => {
    const response = await fetch(`http://127.0.0.1:${edge.server.address('http')?.port}${path}`)
    return response.text()
  }
  const relay = { kind: 'pull', app: 'live', streamName: 'key', state: 'running', losses: 0, dropped: 0 }
  expect(JSON.parse(await get('/_/api/relays'))).toMatchObject({ relays: [relay] })
  expect(await get('/metrics')).toContain('rtmp_relays{kind="pull",state="running"} 1')
  const lost = nextEvent(edge.server, 'relayLost')
  await source.server.close({ drainMs: 200 })
  await lost
  expect(await get('/metrics')).toMatch(/^rtmp_relays_lost_total\{kind="pull"\} [1-9]/m)
})

group('relays that cannot be', () => {
  const failure = async (relays: NonNullable<ServerOptions['relays']>): Promise<unknown> => {
    const { createServer } = await import('../../src/index.ts')
    const server = createServer({ rtmp: { port: 0, host: '127.0.0.1' }, relays })
    return server.listen().then(
      () => 'listens',
      ({ path, code }: { path: string; code: string }) => `${code} ${path}`,
    )
  }

  test('are refused by name', async () => {
    const url = 'rtmp://127.0.0.1/live/{streamName}'
    expect(await failure([{ push: url }, { push: [url, 'http://x/y/z'] }])).toBe(
      'RELAY_URL_INVALID relays[1].push[1]',
    )
    expect(await failure([{ pull: 'rtmp://127.0.0.1/live/{name}' }])).toBe('RELAY_URL_INVALID relays[0].pull')
    expect(await failure([{ pull: 'rtmp://{app}/live/{streamName}' }])).toBe(
      'RELAY_URL_INVALID relays[0].pull',
    )
    expect(await failure([{ pull: url, onDemand: false }])).toBe('RELAY_INVALID relays[0].stream')
    expect(await failure([{ pull: url, retryMs: 0 }])).toBe('RELAY_INVALID relays[0].retryMs')
    expect(await failure([{ push: [] }])).toBe('RELAY_INVALID relays[0].push')
  })
})
