import { CapsEx } from '@rtmp/e-rtmp'
import { VirtualClock } from '@rtmp/testkit'
import { describe as group, expect, test } from 'vitest'
import type { Decision } from '../../src/contract/decision.ts'
import { accept, redirect, reject } from '../../src/contract/decision.ts'
import type { PublishContext } from '../../src/contract/contexts.ts'
import type { ServerEvents } from '../../src/contract/events.ts'
import type { ServerHandler } from '../../src/contract/handler.ts'
import { rtmpProtocol } from '../../src/core/client-protocol.ts'
import type { RecordedStreams } from '../../src/core/recorded-stream.ts'
import { ServerCore } from '../../src/core/server-core.ts'
import { keyFrame } from '../../../live/test/arrange.ts'
import { WebSession } from '../../src/web/web-session.ts'
import { begin, crypto, Peer, type PeerOptions } from './peer.ts'

/** Lets promises that are due resolve. */
const settled = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await Promise.resolve()
}

const never = new Promise<undefined>(() => {})

/** Notes what is refused: what was asked for, of what stream, and why. */
const refusedOf = (core: ServerCore): string[] => {
  const refused: string[] = []
  core.events.on('refused', ({ connection, request, streamName, description }: ServerEvents['refused']) =>
    refused.push(`${connection.id} ${request} ${streamName}: ${description}`),
  )
  return refused
}

const statusOf = (peer: Peer) =>
  peer.events.flatMap((event) => ('status' in event && event.status ? [event.status] : [])).at(-1)

/** Asks for a publish again and again, on streams of its own. */
const announce = (peer: Peer, ...names: string[]): void => {
  for (const name of names) peer.session.announce('FCPublish', name)
  peer.pump()
}

/** A server with this handler alone: what it says is not looked at by others first. */
const alone = (handler: ServerHandler) => {
  const clock = new VirtualClock(0)
  const core = new ServerCore({ handler, session: { crypto }, now: () => clock.now() })
  const errors: string[] = []
  core.events.on('error', ({ where, error }) => errors.push(`${where}: ${String(error)}`))
  return { core, errors, peer: (options?: PeerOptions) => new Peer(core, clock, options) }
}

test('a server without a hook grants everything', async () => {
  const { core, peer } = alone({})
  const publisher = peer().connect()
  announce(publisher, 'key', '../whatever')
  publisher.session.createStream()
  publisher.pump().session.publish(1, { streamName: 'key' })
  publisher.pump()
  expect(core.registry.find('live', 'key')?.state).toBe('live')
  const player = peer().play('key?start=-60')
  expect(player.codes.at(-1)).toBe('NetStream.Play.Start')
  core.recorded = {
    prefix: 'vod/',
    find: () => () => Promise.reject(new Error('closed')),
    past: () => undefined,
  }
  const viewer = peer({ app: 'vod' }).play('film')
  await settled()
  publisher.leave()
  player.leave()
  viewer.leave()
  expect([core.connections.size, core.totals.refused]).toEqual([0, 0])
})

group('a refusal', () => {
  test('is told with what was asked for, and why', () => {
    const answers: Record<string, Decision> = {
      words: reject('not today'),
      none: reject(undefined, { close: false }),
      moved: redirect('rtmp://there/live'),
      away: redirect('rtmp://there/live', 'gone there'),
    }
    const { peer, core } = begin({ handler: { publish: ({ streamName }) => answers[streamName] } })
    const refused = refusedOf(core)
    for (const name of Object.keys(answers)) peer().publish(name)
    expect(refused).toEqual([
      '1 publish words: not today',
      '2 publish none: not allowed',
      '3 publish moved: redirected to rtmp://there/live',
      '4 publish away: gone there',
    ])
  })

  test('ends the connection where it says so, and only there; what else it says goes along', () => {
    const { peer } = begin({
      handler: {
        publish: () => reject('no', { close: false }),
        play: () => reject('no', { close: true, information: { retryAfter: 5 } }),
      },
    })
    expect(peer().publish().finished).toBe(false)
    const player = peer().play()
    expect(player.finished).toBe(true)
    expect(statusOf(player)?.information['retryAfter']).toBe(5)
  })

  test('before anybody is asked leaves nothing to ask', () => {
    const asked: string[] = []
    const { peer } = begin({
      handler: {
        connect: () => accept({ limits: { plays: 0, publishes: 0 } }),
        play: () => void asked.push('play'),
        publish: () => void asked.push('publish'),
      },
    })
    peer().play()
    peer().publish()
    expect(asked).toEqual([])
  })

  test.each(['connection', 'connect', 'publish', 'play', 'fcPublish'] as const)(
    'meets what is no decision, whether the %s hook says it at once, later, or fails',
    async (hook) => {
      for (const said of [
        () => 'yes',
        async () => 'yes',
        () => Promise.reject(new Error('no')),
        () => {
          throw new Error('no')
        },
        () => ({
          // oxlint-disable-next-line unicorn/no-thenable
          then: () => {
            throw new Error('no')
          },
        }),
      ]) {
        const { core, errors, peer } = alone({ [hook]: said })
        const client = peer()
        await settled()
        if (hook === 'fcPublish') announce(client.connect(), 'key')
        else if (hook === 'connection' || hook === 'connect') client.pump().connect()
        else client[hook]()
        await settled()
        client.pump()
        expect(errors).toEqual([expect.stringContaining(`the ${hook} hook`)])
        if (hook === 'connection') expect(client.destroyed).toBe(true)
        else expect(statusOf(client)).toMatchObject({ level: 'error' })
        expect([...core.streams()]).toEqual([])
      }
    },
  )

  test('meets a name that is granted and that cannot be, which its hook is told', () => {
    const { peer, errors } = begin({
      handler: { publish: () => accept({ app: 'other', streamName: '..' }) },
      expectsErrors: true,
    })
    expect(peer().publish().codes.at(-1)).toBe('NetStream.Publish.Denied')
    expect(errors).toEqual([expect.stringContaining('"other/.."')])
  })

  test('meets a name that is granted and that nobody may have', () => {
    const { peer, core } = begin({ handler: { publish: () => accept('banned') } })
    core.bans.add({ stream: 'live/banned' })
    expect(peer().publish('fine').codes.at(-1)).toBe('NetStream.Publish.Denied')
    expect(core.registry.find('live', 'banned')?.publication).toBeUndefined()
  })

  test('meets whatever begins while the server is emptied', () => {
    const { peer, core } = begin({})
    const client = peer({ properties: { capsEx: CapsEx.reconnect } }).connect()
    void core.drain({ tcUrl: 'rtmp://there/live' })
    client.pump().session.createStream()
    client.pump().session.play(1, { streamName: 'key' })
    expect(statusOf(client.pump())?.information['ex']).toEqual({ code: 302, redirect: 'rtmp://there/live' })
  })
})

group('a request that its client does not wait for any more', () => {
  const requests = ['connect', 'publish', 'play', 'fcPublish'] as const
  test.each(requests)('%s: nobody is told of what its hook says then', async (hook) => {
    const { peer, core } = begin({
      handler: { [hook]: async () => settled().then(() => reject('too late')) },
    })
    const refused = refusedOf(core)
    const client = peer()
    if (hook === 'fcPublish') announce(client.connect(), 'key')
    else client[hook]('key')
    client.leave()
    await settled()
    await settled()
    expect(refused).toEqual([])
    expect([core.connections.size, core.totals.refused]).toEqual([0, 0])
  })

  test.each([true, false])('over HTTP: whoever decides is told so, connected: %s', async (connected) => {
    const noted: PublishContext[] = []
    const publish = (context: PublishContext): Promise<undefined> => {
      noted.push(context)
      return never
    }
    const { core, clock } = begin({ handler: { connect: () => (connected ? undefined : never), publish } })
    const transport = new Peer(core, clock)
    const session = new WebSession(
      {
        kind: 'publish',
        stream: { app: 'live', streamName: 'show', path: 'live/show' },
        query: {},
        base: 'http://localhost',
        target: '/live/show.flv',
        userAgent: undefined,
        page: undefined,
        audio: true,
        video: true,
        recordings: false,
        onlyAsks: false,
      },
      core.sessionOptions,
      () => {},
    )
    const connection = core.open(transport, { name: 'http-flv', session })
    connection.receive(new Uint8Array(0), 0)
    expect(noted.map(({ withdrawn }) => withdrawn?.aborted)).toEqual(connected ? [false] : [])
    connection.transportClosed(undefined, 0)
    expect(noted.map(({ withdrawn }) => withdrawn?.aborted)).toEqual(connected ? [true] : [])
    expect(connection.isOpen).toBe(false)
  })

  test('publishes nothing', async () => {
    let decide: (decision: Decision) => void = () => {}
    const { peer, core } = begin({
      handler: { publish: () => new Promise<Decision>((resolve) => (decide = resolve)) },
    })
    const started: string[] = []
    core.events.on('streamStarted', ({ stream }) => started.push(stream.path))
    const client = peer().publish('key')
    client.session.deleteStream(1)
    client.pump()
    decide(undefined)
    await settled()
    expect(started).toEqual([])
    const other = peer().publish('key')
    decide(undefined)
    await settled()
    expect(other.pump().codes.at(-1)).toBe('NetStream.Publish.Start')
    expect(started).toEqual(['live/key'])
  })

  test('is asked about no more when it waits for an announcement', async () => {
    const asked: string[] = []
    let decide: (decision: Decision) => void = () => {}
    const { peer } = begin({
      handler: {
        fcPublish: () => new Promise<Decision>((resolve) => (decide = resolve)),
        publish: ({ streamName }) => void asked.push(streamName),
      },
    })
    const client = peer().connect()
    announce(client, 'key')
    client.session.createStream()
    client.pump().session.publish(1, { streamName: 'key' })
    client.pump().leave()
    decide(undefined)
    await settled()
    expect(asked).toEqual([])
  })

  test('has failed once where its hook has not answered in time', () => {
    const { peer, advance, errors } = begin({
      expectsErrors: true,
      handler: { publish: () => never, fcPublish: () => never, call: () => never },
    })
    const client = peer().open()
    client.session.publish(1, { streamName: 'key' })
    const other = peer().connect()
    announce(other, 'key')
    const third = peer().connect()
    third.session.call('what')
    third.pump()
    client.pump()
    for (let i = 0; i < 12; i++) {
      advance(5000)
      for (const one of [client, other, third]) one.pump()
    }
    const places = errors.map((text) => text.split(':', 1)[0])
    expect([places.length, new Set(places)]).toEqual([
      3,
      new Set(['the call hook', 'the fcPublish hook', 'the publish hook']),
    ])
  })
})

group('an announcement', () => {
  test('says what was sent; a name that no stream may have is refused', () => {
    const sent: unknown[] = []
    const { peer } = begin({
      handler: { fcPublish: (context) => void sent.push(context.sent, context.path) },
    })
    const client = peer().connect()
    announce(client, 'a/key?token=1')
    expect(sent).toEqual([{ app: 'live', streamName: 'a/key?token=1' }, 'live/a/key'])
    announce(client, '../key')
    expect(sent).toHaveLength(2)
    expect(statusOf(client)?.code).toBe('NetStream.Publish.Denied')
    expect(client.finished).toBe(true)
  })

  test.each([
    ['first', ['no', 'yes']],
    ['last', ['yes', 'no']],
  ])('that is refused keeps its client from publishing, the %s of two', async (_which, names) => {
    const { peer } = begin({
      handler: {
        fcPublish: async ({ streamName }) =>
          streamName === 'no' ? reject('no', { close: false }) : undefined,
      },
    })
    const client = peer().connect()
    announce(client, ...names)
    client.session.createStream()
    client.pump().session.publish(1, { streamName: 'key' })
    client.pump()
    await settled()
    expect(client.pump().codes.at(-1)).toBe('NetStream.Publish.Denied')
  })

  test('two that are allowed let it publish', async () => {
    const { peer } = begin({ handler: { fcPublish: async () => undefined } })
    const client = peer().connect()
    announce(client, 'one', 'two')
    client.session.createStream()
    client.pump().session.publish(1, { streamName: 'one' })
    client.pump()
    await settled()
    expect(client.pump().connection.publishings).toHaveLength(1)
  })
})

test('a publish that is only a question is answered, and nothing is published', () => {
  const { core, clock } = begin({})
  const client = new Peer(core, clock, {}, { ...rtmpProtocol(core.sessionOptions), intent: 'configure' })
  expect(client.publish().codes.at(-1)).toBe('NetStream.Publish.Start')
  expect(core.registry.find('live', 'key')?.publication).toBeUndefined()
  expect(client.connection.publishings).toEqual([])
})

test('whoever is known to be a user answers for what it holds', () => {
  const { peer } = begin({
    handler: { connect: ({ app }) => (app === 'hers' ? accept({ user: 'anna' }) : accept()) },
  })
  const owners = [peer({ app: 'hers' }), peer()].map((one) => one.connect().connection.memory.owner.name)
  expect(owners).toEqual(['user anna', expect.not.stringContaining('user')])
})

group('players of a stream', () => {
  test('that is not there are refused where nobody waits for it', () => {
    const { peer, core } = begin({ streams: { absentStream: 'reject' } })
    const refused = refusedOf(core)
    const player = peer().play()
    expect(player.codes.at(-1)).toBe('NetStream.Play.StreamNotFound')
    expect(player.codes).not.toContain('NetStream.Play.Start')
    expect(refused).toHaveLength(1)
  })

  test('at the limit, and one beyond; those of other processes count', () => {
    const { peer, core } = begin({ limits: { playersPerStream: 3 } })
    peer().publish()
    const codes = (): string | undefined => peer().play().codes.at(-1)
    core.shareCounts({ of: (key) => (key === 'player live/key' ? 1 : 0), changed: () => {} })
    expect([codes(), codes(), codes()]).toEqual([
      'NetStream.Play.Start',
      'NetStream.Play.Start',
      'NetStream.Play.Failed',
    ])
  })

  test('who have left make room; a node that fetches it for players of its own is none', () => {
    const { peer } = begin({ limits: { playersPerStream: 1 } })
    peer().publish()
    const nodes = ['a', 'b'].map((node) => peer({ node }).play())
    const first = peer().play()
    expect([...nodes, first].map(({ codes }) => codes.at(-1))).toEqual(
      Array.from({ length: 3 }, () => 'NetStream.Play.Start'),
    )
    first.leave()
    expect(peer().play().codes.at(-1)).toBe('NetStream.Play.Start')
    expect(peer().play().codes.at(-1)).toBe('NetStream.Play.Failed')
  })
})

group('a recording', () => {
  /** Recordings below `vod/`: there is one, `vod/film`; and the stream `live/key`, which is being recorded. */
  const withRecordings = (settings: Parameters<typeof begin>[0] = {}) => {
    const asked: string[] = []
    const open = () => Promise.reject(new Error('closed'))
    const recorded: RecordedStreams = {
      prefix: 'vod/',
      find: (path) => {
        asked.push(path)
        return path === 'vod/film' ? open : undefined
      },
      past: (path, ms) => {
        asked.push(`${path} ${ms} ms ago`)
        return open
      },
    }
    const server = begin({ expectsErrors: true, ...settings })
    server.core.recorded = recorded
    const play = async (app: string, streamName: string, start = -2): Promise<Peer> => {
      const player = server.peer({ app }).open()
      player.session.play(1, { streamName, start })
      player.pump()
      await settled()
      return player.pump()
    }
    return { ...server, asked, play }
  }
  const isRecorded = ({ kinds }: Peer): boolean => kinds.includes('streamIsRecorded')

  test('is found by its path, and the player told that it is one', async () => {
    const { play, asked } = withRecordings()
    const player = await play('vod', 'mp4:film')
    expect([isRecorded(player), player.codes]).toEqual([
      true,
      expect.arrayContaining(['NetStream.Play.Start']),
    ])
    const none = await play('vod', 'other')
    expect(none.codes.at(-1)).toBe('NetStream.Play.StreamNotFound')
    expect(asked).toEqual(['vod/film', 'vod/other'])
  })

  test('is not looked for elsewhere, nor where something live is wanted or there', async () => {
    const { peer, play, asked } = withRecordings()
    await play('live', 'film')
    for (const start of [-1, -1000]) await play('vod', 'film', start)
    peer({ app: 'vod' }).publish('film')
    expect(isRecorded(await play('vod', 'film'))).toBe(false)
    expect(asked).toEqual([])
    await play('vod', 'other', 0)
    expect(asked).toEqual(['vod/other'])
  })

  test('is granted by the hook, under the name that it gives, before it is looked for', async () => {
    const answers: Record<string, Decision> = { other: accept('film'), film: reject('not for you') }
    const { play, asked } = withRecordings({ handler: { play: ({ streamName }) => answers[streamName] } })
    expect(isRecorded(await play('vod', 'other'))).toBe(true)
    const refused = await play('vod', 'film')
    expect([refused.codes.at(-1), isRecorded(refused)]).toEqual(['NetStream.Play.StreamNotFound', false])
    expect(asked).toEqual(['vod/film'])
  })

  test('of a live stream begins some time ago where its player asks for it', async () => {
    const { peer, play, asked } = withRecordings()
    const publisher = peer().publish()
    publisher.video(0, keyFrame(1))
    expect(isRecorded(await play('live', 'key?start=-120'))).toBe(true)
    await play('live', 'key?start=-1.25')
    expect(asked).toEqual(['live/key 120000 ms ago', 'live/key 1250 ms ago'])
    const live = ['', ' -120', '-0', '120', 'x-120', '-120x', '-1.', '-x', '-1.x', '-1234567890', '-1.2345']
    for (const start of live) expect(isRecorded(await play('live', `key?start=${start}`))).toBe(false)
    expect(asked).toHaveLength(2)
  })

  test('of a live stream is for players of RTMP: others say it in their own way', async () => {
    const { core, clock, asked } = withRecordings()
    const other = new Peer(core, clock, {}, { ...rtmpProtocol(core.sessionOptions), name: 'http-flv' })
    other.play('key?start=-120')
    await settled()
    expect(other.pump().codes.at(-1)).toBe('NetStream.Play.Start')
    expect(asked).toEqual([])
  })
})
