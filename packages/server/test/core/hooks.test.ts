import { CapsEx } from '@rtmp/e-rtmp'
import { encodeSharedObject } from '@rtmp/message'
import { describe as group, expect, test } from 'vitest'
import type { Awaitable } from '../../src/contract/awaitable.ts'
import { accept, redirect, reject } from '../../src/contract/decision.ts'
import type { ServerHandler } from '../../src/contract/handler.ts'
import {
  audioFrame,
  audioHeader,
  interFrame,
  keyFrame,
  trackFrame,
  videoHeader,
} from '../../../live/test/arrange.ts'
import { begin, type Peer } from './peer.ts'

/** Enhanced messages: HEVC key frame and Opus frame. */
const hevcKey = Uint8Array.from([0x91, 0x68, 0x76, 0x63, 0x31, 0, 0, 0, 1, 2, 3])
const opusFrame = Uint8Array.from([0x91, 0x4f, 0x70, 0x75, 0x73, 9, 9])

/** A handler with every hook, each of which notes that it was called; `more` replaces some. */
const noting = (more: ServerHandler = {}): { handler: ServerHandler; heard: string[] } => {
  const heard: string[] = []
  const note = (line: string): void => {
    heard.push(line)
  }
  const handler: ServerHandler = {
    connection: ({ id }) => note(`connection ${id}`),
    handshakeComplete: (_connection, { kind }) => note(`handshakeComplete ${kind}`),
    connect: ({ app }) => note(`connect ${app}`),
    fcPublish: ({ streamName, query }) => note(`fcPublish ${streamName} ${JSON.stringify(query)}`),
    publish: ({ streamName, publishType }) => note(`publish ${streamName} ${publishType}`),
    play: ({ streamName, start, reset }) => note(`play ${streamName} ${start} ${reset}`),
    metadata: (_context, { width }) => note(`metadata ${String(width)}`),
    data: (_context, { name, action }) => note(`data ${name} ${action}`),
    mediaTag: (_context, { kind, timestamp }) => note(`mediaTag ${kind}@${timestamp}`),
    videoFrame: (_context, { codec, type, dts }) => note(`videoFrame ${codec} ${type}@${dts}`),
    audioFrame: (_context, { codec, type, dts }) => note(`audioFrame ${codec} ${type}@${dts}`),
    enhancedVideoFrame: (_context, { codec, trackId }) => note(`enhancedVideoFrame ${codec} ${trackId}`),
    enhancedAudioFrame: (_context, { codec, trackId }) => note(`enhancedAudioFrame ${codec} ${trackId}`),
    keyframe: (_context, timestamp) => note(`keyframe@${timestamp}`),
    unpublish: ({ streamName }, reason) => note(`unpublish ${streamName} ${reason}`),
    playStop: ({ streamName }, reason) => note(`playStop ${streamName} ${reason}`),
    pause: ({ streamName }, position) => note(`pause ${streamName}@${position}`),
    unpause: ({ streamName }, position) => note(`unpause ${streamName}@${position}`),
    call: ({ name, values }) => {
      note(`call ${name}`)
      return values
    },
    disconnect: ({ id }, { reason }) => note(`disconnect ${id} ${reason}`),
    statsUpdate: ({ id }, { bytesReceived }) => note(`statsUpdate ${id} ${bytesReceived > 0}`),
    ...more,
  }
  return { handler, heard }
}

/** Lets promises that are due resolve. */
const settled = async (): Promise<void> => {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}

const metadataOf = (peer: Peer, name: string, values: Record<string, unknown>): void => {
  peer.session.sendData(1, 0, '@setDataFrame', name, values)
  peer.pump()
}

/** What a client was told last. */
const statusOf = (peer: Peer) =>
  peer.events.flatMap((event) => ('status' in event && event.status ? [event.status] : [])).at(-1)

group('every hook', () => {
  test('is called once for each thing that happens in the life of a publisher, in order', () => {
    const { handler, heard } = noting()
    const { peer, advance } = begin({ handler, statsIntervalMs: 5000 })
    const publisher = peer().connect()
    publisher.session.announce('releaseStream', 'key?token=1')
    publisher.session.announce('FCPublish', 'key?token=1')
    publisher.session.createStream()
    publisher.pump().session.publish(1, { streamName: 'key?token=1' })
    publisher.pump()
    metadataOf(publisher, 'onMetaData', { width: 640 })
    metadataOf(publisher, 'onCuePoint', { name: 'x' })
    publisher.video(0, videoHeader(1))
    publisher.video(0, keyFrame(1))
    publisher.audio(0, audioHeader(1))
    publisher.audio(10, audioFrame(1))
    publisher.video(40, interFrame(2))
    publisher.video(80, hevcKey)
    publisher.audio(80, opusFrame)
    advance(5000)
    publisher.session.deleteStream(1)
    publisher.pump()
    publisher.leave()
    expect(heard).toEqual([
      'connection 1',
      'handshakeComplete plain',
      'connect live',
      'fcPublish key {"token":"1"}',
      'publish key live',
      'metadata 640',
      'data onCuePoint set',
      'mediaTag video@0',
      'videoFrame h264 sequenceHeader@0',
      'keyframe@0',
      'mediaTag video@0',
      'videoFrame h264 coded@0',
      'mediaTag audio@0',
      'audioFrame aac sequenceHeader@0',
      'mediaTag audio@10',
      'audioFrame aac coded@10',
      'mediaTag video@40',
      'videoFrame h264 coded@40',
      'keyframe@80',
      'mediaTag video@80',
      'enhancedVideoFrame hevc 0',
      'mediaTag audio@80',
      'enhancedAudioFrame opus 0',
      'statsUpdate 1 true',
      'unpublish key deleteStream',
      'disconnect 1 transportClosed',
    ])
  })

  test('is called once for each thing that happens in the life of a player, in order', () => {
    const { handler, heard } = noting()
    const { peer } = begin({ handler })
    const player = peer().play()
    player.session.pause(1, true, 120)
    player.pump().session.pause(1, true, 130)
    player.pump().session.pause(1, false, 140)
    player.pump().session.closeStream(1)
    player.pump().session.call('echo', 1, 'two')
    player.pump().leave()
    expect(heard).toEqual([
      'connection 1',
      'handshakeComplete plain',
      'connect live',
      'play key -2 true',
      'pause key@120',
      'unpause key@140',
      'playStop key closeStream',
      'call echo',
      'disconnect 1 transportClosed',
    ])
  })

  const ENDINGS: readonly (readonly [string, (peer: Peer, now: number) => void, string])[] = [
    ['closeStream', (peer) => peer.session.closeStream(1), 'closeStream'],
    ['deleteStream', (peer) => peer.session.deleteStream(1), 'deleteStream'],
    ['FCUnpublish', (peer) => peer.session.announce('FCUnpublish', 'key'), 'fcUnpublish'],
    ['the end of the socket', (peer) => peer.leave(), 'transportClosed'],
    [
      'a lost socket',
      (peer, now) => peer.connection.transportClosed(new Error('reset'), now),
      'transportError',
    ],
    ['a kick', (peer) => peer.connection.client.kick(), 'kicked'],
    ['the end of that publish only', (peer) => peer.connection.client.endPublish(1), 'kicked'],
    ['shutdown', (peer, now) => peer.connection.close('shutdown', 'stop', now), 'shutdown'],
    [
      'garbage',
      (peer, now) => peer.connection.receive(new Uint8Array(5000).fill(0xff), now),
      'protocolError',
    ],
  ]
  test.each(ENDINGS)('a publish that ends by %s is told of once', (_what, end, reason) => {
    const { handler, heard } = noting()
    const { peer, clock } = begin({ handler })
    const publisher = peer().publish()
    end(publisher, clock.now())
    publisher.pump()
    publisher.session.deleteStream(1)
    publisher.pump().leave()
    expect(heard.filter((line) => line.startsWith('unpublish'))).toEqual([`unpublish key ${reason}`])
    expect(heard.filter((line) => line.startsWith('disconnect'))).toHaveLength(1)
  })

  test('that ends a publish when the publisher is silent is told of as a timeout', () => {
    const { handler, heard } = noting()
    const { peer, advance } = begin({ handler })
    peer().publish()
    advance(31_000)
    expect(heard.filter((line) => /^(unpublish|disconnect)/.test(line))).toEqual([
      'unpublish key timeout',
      'disconnect 1 timeout',
    ])
  })

  test('of a play that its stream ends, that never found it, or that stalled, gives the reason', () => {
    const { handler, heard } = noting()
    const { peer, advance } = begin({ handler, streams: { waitMs: 5000, graceMs: 0 } })
    const publisher = peer().publish('a')
    peer().play('a')
    publisher.leave()
    peer().play('b')
    advance(5100)
    expect(heard.filter((line) => line.startsWith('playStop'))).toEqual([
      'playStop a streamEnded',
      'playStop b notFound',
    ])
  })
})

group('media hooks', () => {
  const media = (peer: Peer): void => {
    peer.video(0, keyFrame(1))
    peer.audio(5, audioFrame(2))
    peer.video(40, interFrame(3))
  }
  const lines = (heard: readonly string[]): string[] =>
    heard
      .filter((line) => /^(mediaTag|keyframe|\w+Frame )/.test(line))
      .map((line) => line.split(/[ @]/)[0] ?? '')

  test('raw delivery calls mediaTag only, parsed delivery the frame hooks only; keyframe comes either way', () => {
    const heardIn = (mediaDelivery: 'raw' | 'parsed' | 'both'): string[] => {
      const { handler, heard } = noting({ mediaDelivery })
      const { peer } = begin({ handler })
      media(peer().publish())
      return lines(heard)
    }
    expect(heardIn('raw')).toEqual(['keyframe', 'mediaTag', 'mediaTag', 'mediaTag'])
    expect(heardIn('parsed')).toEqual(['keyframe', 'videoFrame', 'audioFrame', 'videoFrame'])
    expect(heardIn('both')).toEqual([
      'keyframe',
      'mediaTag',
      'videoFrame',
      'mediaTag',
      'audioFrame',
      'mediaTag',
      'videoFrame',
    ])
  })

  test('a mediaTag hook drops and replaces what players get, and what the frame hooks see', () => {
    const { handler, heard } = noting({
      mediaTag: (_context, { kind, timestamp }) =>
        kind === 'audio' ? false : { timestamp: timestamp + 1000, payload: keyFrame(9) },
    })
    const { peer, core } = begin({ handler })
    const publisher = peer().publish()
    const player = peer().play()
    media(publisher)
    player.pump()
    expect(player.texts).toEqual(['K9@1000', 'K9@1040'])
    expect(lines(heard)).toEqual(['keyframe', 'videoFrame', 'videoFrame'])
    expect(core.registry.find('live', 'key')?.publication?.counters).toMatchObject({
      dropped: 1,
      audioMessages: 1,
    })
  })

  test('one that throws is reported a few times; mediaTag then drops, the others let pass', () => {
    const failing = (hook: 'mediaTag' | 'videoFrame'): string[] => {
      const { peer, errors } = begin({
        expectsErrors: true,
        handler: {
          [hook]: () => {
            throw new Error('no')
          },
        },
      })
      const publisher = peer().publish()
      const player = peer().play()
      for (let i = 0; i < 15; i++) publisher.video(i * 40, keyFrame(i))
      player.pump()
      expect(errors).toEqual(Array.from({ length: 10 }, () => `the ${hook} hook: Error: no`))
      return player.texts
    }
    expect(failing('mediaTag')).toEqual([])
    expect(failing('videoFrame')).toHaveLength(15)
  })

  test('frames of every track are shown; what cannot be parsed is relayed and shown to nobody', () => {
    const { handler, heard } = noting({ mediaDelivery: 'parsed' })
    const { peer, errors, advance } = begin({ handler })
    const publisher = peer().publish()
    const player = peer().play()
    publisher.video(0, keyFrame(1))
    publisher.video(1, trackFrame(3, true, 7))
    publisher.video(2, Uint8Array.from([0x96, 0x01]))
    advance(50)
    player.pump()
    expect(heard.filter((line) => line.startsWith('enhanced'))).toEqual(['enhancedVideoFrame vp9 3'])
    expect(player.kinds.filter((kind) => kind === 'media')).toHaveLength(3)
    expect(errors).toEqual([])
  })

  test('nothing is made for a handler that wants no media', () => {
    const { peer } = begin({ handler: { publish: () => undefined } })
    const publisher = peer().publish()
    const [publishing] = publisher.connection.activities.publishings
    expect(publishing?.showsMedia).toBe(false)
  })
})

group('decisions', () => {
  test('a connection is refused before its handshake, and told of as ended', () => {
    const { handler, heard } = noting({ connection: () => false })
    const { peer, closed, core } = begin({ handler })
    const client = peer()
    expect(client.destroyed).toBe(true)
    client.leave()
    expect(heard).toEqual(['disconnect 1 refused'])
    expect(closed).toEqual(['1 refused: the connection hook refused the client'])
    expect([core.connections.size, core.wheel.size]).toEqual([0, 0])
  })

  test('a connection hook may take its time: nothing is read until it has answered', async () => {
    let answer: (admitted: boolean) => void = () => {}
    const { handler, heard } = noting({
      connection: () =>
        new Promise<boolean>((resolve) => {
          answer = resolve
        }),
    })
    const { peer, core } = begin({ handler })
    const client = peer()
    expect(client.unread).toBe(true)
    // A transport that cannot stop delivers all the same.
    client.unread = false
    client.session.connect({ app: 'live' })
    client.pump()
    expect(heard).toEqual([])
    answer(true)
    await settled()
    client.pump()
    expect(heard).toEqual(['handshakeComplete plain', 'connect live'])
    expect(core.connections.size).toBe(1)
  })

  test('a connection that ends while its hook thinks leaves nothing behind', async () => {
    let answer: (admitted: boolean) => void = () => {}
    const { handler, heard } = noting({
      connection: () =>
        new Promise<boolean>((resolve) => {
          answer = resolve
        }),
    })
    const { peer, core, advance, clock, errors } = begin({ handler, expectsErrors: true })
    const gone = peer()
    gone.leave()
    answer(true)
    await settled()
    const silent = peer()
    advance(11_000)
    expect(silent.finished || silent.destroyed).toBe(true)
    silent.connection.transportClosed(undefined, clock.now())
    expect(heard).toEqual(['disconnect 1 transportClosed', 'disconnect 2 timeout'])
    expect(errors).toEqual([
      'the connection hook: Error: it has not answered in time, and its request was refused',
    ])
    expect([core.connections.size, core.wheel.size]).toEqual([0, 0])
  })

  test('who sends too much before it is let in is cut off', () => {
    const { peer } = begin({ handler: { connection: () => new Promise(() => {}) } })
    const client = peer()
    for (let i = 0; i < 20; i++) client.connection.receive(new Uint8Array(1000), 0)
    expect(client.destroyed).toBe(true)
  })

  test.each([
    ['connect', 'NetConnection.Connect.Rejected'],
    ['publish', 'NetStream.Publish.Denied'],
    ['play', 'NetStream.Play.StreamNotFound'],
    ['fcPublish', 'NetStream.Publish.Denied'],
  ] as const)('%s: a refusal, a redirect and a failure each have their status', async (hook, code) => {
    const ask = async (decide: () => Awaitable<ReturnType<typeof reject>>): Promise<Peer> => {
      const { peer } = begin({ handler: { [hook]: decide }, expectsErrors: true })
      const client = peer().connect()
      if (hook === 'fcPublish') client.session.announce('FCPublish', 'key')
      else if (hook !== 'connect') {
        client.session.createStream()
        client.pump()
        if (hook === 'publish') client.session.publish(1, { streamName: 'key' })
        else client.session.play(1, { streamName: 'key' })
      }
      client.pump()
      await settled()
      return client.pump()
    }
    expect(statusOf(await ask(() => reject('not you')))).toMatchObject({
      code,
      level: 'error',
      description: 'not you',
    })
    expect(statusOf(await ask(async () => reject('not you', { code: 'My.Code' })))).toMatchObject({
      code: 'My.Code',
    })
    const moved = await ask(() => redirect('rtmp://there/live') as never)
    expect(statusOf(moved)?.information['ex']).toEqual({ code: 302, redirect: 'rtmp://there/live' })
    expect(moved.finished).toBe(true)
    const failed = await ask(() => Promise.reject(new Error('broken')))
    expect(statusOf(failed)).toMatchObject({ code, description: 'the server could not decide' })
    const thrown = await ask(() => {
      throw new Error('broken')
    })
    expect(statusOf(thrown)).toMatchObject({ code })
    expect(thrown.finished).toBe(hook !== 'play')
  })

  test('publish is asked after the announcement was allowed, however long that takes', async () => {
    let answer: (decision: ReturnType<typeof reject> | undefined) => void = () => {}
    const { handler, heard } = noting({
      fcPublish: () =>
        new Promise((resolve) => {
          answer = resolve
        }),
    })
    const { peer } = begin({ handler })
    const client = peer().connect()
    client.session.announce('FCPublish', 'key')
    client.session.createStream()
    client.pump().session.publish(1, { streamName: 'key' })
    client.pump()
    expect(heard.at(-1)).toBe('connect live')
    expect(client.codes).not.toContain('NetStream.Publish.Start')
    answer(undefined)
    await settled()
    client.pump()
    expect(heard.at(-1)).toBe('publish key live')
    expect(client.codes.filter((code) => code === 'NetStream.Publish.Start')).toHaveLength(2)
    expect(client.codes.at(-1)).toBe('NetStream.Publish.Start')
    const other = peer().connect()
    other.session.announce('FCPublish', 'other')
    other.session.createStream()
    other.pump().session.publish(1, { streamName: 'other' })
    other.pump()
    answer(reject('no'))
    await settled()
    other.pump()
    expect(heard.filter((line) => line.startsWith('publish'))).toEqual(['publish key live'])
    expect(other.codes.at(-1)).toBe('NetStream.Publish.Denied')
  })

  test('limits of a grant: publishes and plays of a connection, players of a stream', () => {
    const { peer } = begin({
      handler: {
        connect: () => accept({ limits: { publishes: 1, plays: 1 } }),
        publish: () => accept({ limits: { players: 1 } }),
      },
    })
    const publisher = peer().publish('a')
    const player = peer().play('a')
    player.play('a', 2)
    expect(player.codes.at(-1)).toBe('NetStream.Play.Failed')
    const second = peer().play('a')
    expect(second.codes.at(-1)).toBe('NetStream.Play.Failed')
    expect(second.finished).toBe(false)
    publisher.publish('b', 2)
    expect(publisher.codes.at(-1)).toBe('NetStream.Publish.Denied')
    expect(publisher.finished).toBe(true)
  })

  test('plays of a connection: at the limit, one beyond, and again when one has ended', () => {
    const { peer } = begin({ handler: { connect: () => accept({ limits: { plays: 2 } }) } })
    const player = peer().play('a')
    player.play('b', 2)
    expect(player.codes.filter((code) => code === 'NetStream.Play.Start')).toHaveLength(2)
    player.play('c', 3)
    expect(statusOf(player)).toMatchObject({
      code: 'NetStream.Play.Failed',
      description: 'more than 2 plays are not allowed',
    })
    expect(player.finished).toBe(false)
    player.session.deleteStream(1)
    player.pump().session.createStream()
    player.pump().session.play(1, { streamName: 'd' })
    expect(player.pump().codes.at(-1)).toBe('NetStream.Play.Start')
  })

  test('announcements that wait for an answer: at the bound, and one beyond', async () => {
    const answers: ((decision: undefined) => void)[] = []
    const { peer } = begin({
      handler: { fcPublish: async () => new Promise((resolve) => answers.push(resolve)) },
    })
    const client = peer().connect()
    for (let i = 0; i < 16; i++) client.session.announce('FCPublish', `name${i}`)
    client.pump()
    expect([answers.length, client.finished]).toEqual([16, false])
    answers[0]?.(undefined)
    await settled()
    client.session.announce('FCPublish', 'one more')
    client.pump()
    expect([answers.length, client.finished]).toEqual([17, false])
    client.session.announce('FCPublish', 'too many')
    client.pump()
    expect([answers.length, client.finished]).toEqual([17, true])
    expect(statusOf(client)).toMatchObject({
      code: 'NetStream.Publish.Denied',
      description: 'too many announcements at once',
    })
  })

  test('limits of a grant: time and bytes', () => {
    const { peer, advance, closed } = begin({
      handler: {
        publish: ({ streamName }) =>
          accept({ limits: streamName === 'short' ? { durationMs: 10_000 } : { bytesPerSecond: 10_000 } }),
        play: () => accept({ limits: { durationMs: 2000 } }),
      },
    })
    const short = peer().publish('short')
    const fat = peer().publish('fat')
    const player = peer().play('fat')
    for (let second = 0; second < 9; second++) {
      for (let i = 0; i < 5; i++) fat.video(second * 1000 + i, keyFrame(i, 3000))
      advance(1000)
    }
    expect(player.pump().codes.at(-1)).toBe('NetStream.Play.Stop')
    expect(fat.pump().codes.at(-1)).toBe('NetStream.Publish.Rejected')
    expect(short.pump().codes.at(-1)).toBe('NetStream.Publish.Start')
    advance(1100)
    expect(short.pump().codes.at(-1)).toBe('NetStream.Publish.Rejected')
    expect(closed).toEqual([
      '2 kicked: more than 10000 bytes a second are not allowed',
      '1 kicked: the time granted is over',
    ])
  })

  test('what was granted is asked about again, and ends with the first refusal, failure, or silence', async () => {
    const ends: string[] = []
    const answers: Record<string, (() => Awaitable<ReturnType<typeof reject> | undefined>)[]> = {
      refused: [() => undefined, () => reject('paid no more', { code: 'NetStream.Publish.Unauthorized' })],
      failed: [() => Promise.reject(new Error('down'))],
      silent: [() => new Promise(() => {})],
    }
    const { peer, advance, core } = begin({
      expectsErrors: true,
      session: { crypto: { randomBytes: (n) => new Uint8Array(n) }, deadlines: { publisherIdle: 0 } },
      limits: { firstMediaMs: 0 },
      handler: {
        publish: ({ streamName }) =>
          accept({ recheck: { everyMs: 1000, check: () => answers[streamName]?.shift()?.() } }),
      },
    })
    core.events.on('connectionClosed', ({ connection, closed }) =>
      ends.push(`${connection.id} ${closed.description}`),
    )
    const refused = peer().publish('refused')
    peer().publish('failed')
    peer().publish('silent')
    peer().publish('fine')
    for (let i = 0; i < 40; i++) {
      advance(1000)
      await settled()
      refused.pump()
    }
    expect(ends).toEqual(['2 the server could not decide', '1 paid no more', '3 no decision in time'])
    expect(refused.codes.at(-1)).toBe('NetStream.Publish.Unauthorized')
    expect(core.registry.find('live', 'fine')?.state).toBe('live')
  })

  test('a signal ends a connection, a publish and a play', () => {
    const stop = {
      connect: new AbortController(),
      publish: new AbortController(),
      play: new AbortController(),
    }
    const { peer, closed, core } = begin({
      handler: {
        connect: ({ app }) => (app === 'c' ? accept({ signal: stop.connect.signal }) : undefined),
        publish: () => accept({ signal: stop.publish.signal }),
        play: () => accept({ signal: stop.play.signal }),
      },
    })
    peer({ app: 'c' }).connect()
    const publisher = peer().publish()
    const player = peer().play()
    stop.play.abort('enough')
    expect(player.pump().codes.at(-1)).toBe('NetStream.Play.Stop')
    expect(player.connection.playings).toEqual([])
    stop.publish.abort(new Error('moved'))
    expect(publisher.pump().codes.at(-1)).toBe('NetStream.Publish.Rejected')
    stop.connect.abort()
    expect(closed).toEqual(['2 kicked: moved', '1 kicked: no longer allowed'])
    const late = peer().publish()
    expect(late.pump().codes.slice(-2)).toEqual(['NetStream.Publish.Start', 'NetStream.Publish.Rejected'])
    expect([...core.streams()].map(({ publication }) => publication)).not.toContain(expect.anything())
  })

  test('a call is answered by its hook, now or later, or told that it failed', async () => {
    const { peer } = begin({
      expectsErrors: true,
      handler: {
        call: ({ name, values }) => {
          if (name === 'later') return Promise.resolve([...values, 'done'])
          if (name === 'now') return 'yes'
          if (name === 'broken') throw new Error('no')
          return undefined
        },
      },
    })
    const client = peer().connect()
    for (const name of ['now', 'later', 'broken', 'unknown']) client.session.call(name, 1)
    client.pump()
    await settled()
    client.pump()
    const answers = client.events.flatMap((event) =>
      event.kind === 'callAnswered' ? [[event.name, event.ok, ...(event.ok ? event.values : [])]] : [],
    )
    expect(answers.toSorted(([a], [b]) => String(a).localeCompare(String(b)))).toEqual([
      ['broken', false],
      ['later', true, 1, 'done'],
      ['now', true, 'yes'],
      ['unknown', false],
    ])
  })

  test('a play says its buffer, and a connection what it is', () => {
    const seen: unknown[] = []
    const { peer } = begin({
      handler: {
        play: ({ bufferLength, connection }) => {
          seen.push(bufferLength, connection.encoder, connection.isEnhanced, connection.handshake?.kind)
        },
      },
    })
    const player = peer({
      properties: { flashVer: 'FMLE/3.0 (compatible; Lavf60.16.100)', fourCcList: ['hvc1'] },
    })
    player.open().session.setBufferLength(1, 3000)
    player.pump().session.play(1, { streamName: 'key' })
    player.pump()
    expect(seen).toEqual([3000, 'ffmpeg', true, 'plain'])
  })
})

group('what an application says to a client', () => {
  test('a reconnect request goes to one client that knows it', () => {
    const { peer } = begin()
    const other = peer().play()
    const player = peer({ properties: { capsEx: CapsEx.reconnect } }).play()
    expect(
      player.connection.client.askToReconnect({ tcUrl: 'rtmp://second/live', description: 'moving' }),
    ).toBe(true)
    expect(player.pump().events.at(-1)).toEqual({
      kind: 'reconnectRequested',
      tcUrl: 'rtmp://second/live',
      description: 'moving',
    })
    expect(other.pump().kinds).not.toContain('reconnectRequested')
    player.leave()
    expect(player.connection.client.askToReconnect()).toBe(false)
  })

  test('a play is granted as recorded, and in another app', () => {
    const { peer } = begin({
      handler: {
        publish: ({ streamName }) => (streamName === 'moved' ? accept({ app: 'other/place' }) : undefined),
        play: ({ streamName }) =>
          accept({ recorded: true, ...(streamName === 'moved' ? { app: 'other/place' } : {}) }),
      },
    })
    const player = peer().play('moved')
    const control = player.kinds.filter((kind) => kind.startsWith('stream'))
    expect(control).toEqual(['streamBegin', 'streamCreated', 'streamIsRecorded', 'streamBegin'])
    const publisher = peer().publish('moved')
    expect(publisher.connection.publishings.map(({ path }) => path)).toEqual(['other/place/moved'])
    publisher.video(0, keyFrame(1))
    expect(player.pump().texts).toEqual(['K1@0'])
  })

  test('statuses, data, user control, calls and their answers', async () => {
    const { peer, core } = begin()
    const player = peer().play()
    const { client } = player.connection
    client.status(1, 'NetStream.Play.Switch', { description: 'soon' })
    client.userControl({ kind: 'streamDry', messageStreamId: 1 })
    client.userControl({ kind: 'streamIsRecorded', messageStreamId: 1 })
    const pings: number[] = []
    core.events.on('pingAnswered', ({ timestamp }) => pings.push(timestamp))
    client.userControl({ kind: 'pingRequest', timestamp: 99 })
    client.data(1, 5, 'onTextData', { text: 'hello' })
    client.notify(0, 'onHello', 1)
    const answer = client.call('sum', 1, 2)
    player.pump()
    const request = player.events.find((event) => event.kind === 'commandReceived' && event.name === 'sum')
    if (request?.kind !== 'commandReceived' || request.requestId === undefined)
      throw new Error('no call came')
    player.session.accept(request.requestId, { values: [3] })
    player.pump()
    expect(await answer).toMatchObject({ ok: true, values: [3] })
    expect(pings).toEqual([99])
    expect(player.codes).toContain('NetStream.Play.Switch')
    expect(player.kinds).toEqual(expect.arrayContaining(['streamDry', 'streamIsRecorded', 'data']))
    const payload = encodeSharedObject({
      kind: 'sharedObject',
      encoding: 'amf0',
      name: 'board',
      version: 1,
      persistence: 0,
      reserved: 0,
      events: [{ kind: 'useSuccess' }],
    })
    client.send({ typeId: 19, payload })
    client.send({ typeId: 99, messageStreamId: 1, timestamp: 7, payload: Uint8Array.of(1) })
    player.pump()
    const others = player.events.flatMap((event) => (event.kind === 'otherMessage' ? [event.message] : []))
    expect(others).toMatchObject([
      { typeId: 19, messageStreamId: 0, timestamp: 0, payload },
      { typeId: 99, messageStreamId: 1, timestamp: 7 },
    ])
    expect(() => client.send({ typeId: 1, payload: new Uint8Array(4) })).toThrow('use setChunkSize')
    expect(client.askToReconnect()).toBe(false)
    const unanswered = client.call('never')
    client.kick()
    await expect(unanswered).rejects.toThrow('the connection has ended')
    await expect(client.call('late')).rejects.toThrow('the connection has ended')
    player.leave()
    expect(core.connections.size).toBe(0)
  })
})

group('a request that is withdrawn before it is decided', () => {
  test.each([
    ['closes its stream', (client: Peer) => client.session.deleteStream(1)],
    ['goes', (client: Peer) => client.leave()],
  ])('says so to whoever decides, when the client %s; one that was decided does not', (_what, withdraw) => {
    const signals: (AbortSignal | undefined)[] = []
    const never = new Promise<undefined>(() => {})
    const { peer } = begin({
      handler: {
        publish: ({ withdrawn, streamName }) => {
          signals.push(withdrawn)
          return streamName === 'soon' ? undefined : never
        },
        play: ({ withdrawn }) => {
          signals.push(withdrawn)
          return never
        },
      },
    })
    for (const ask of ['later', 'soon', 'play'] as const) {
      const client = peer().open()
      if (ask === 'play') client.session.play(1, { streamName: ask })
      else client.session.publish(1, { streamName: ask })
      client.pump()
      expect(signals.at(-1)?.aborted).toBe(false)
      withdraw(client)
      client.pump()
      expect([ask, signals.at(-1)?.aborted]).toEqual([ask, ask !== 'soon'])
    }
  })
})
