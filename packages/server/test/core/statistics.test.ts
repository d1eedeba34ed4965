import { describe as group, expect, test } from 'vitest'
import { connectionStats, serverStats, streamDetails } from '../../src/core/statistics.ts'
import { audioFrame, audioHeader, interFrame, keyFrame } from '../../../live/test/arrange.ts'
import { begin, crypto } from './peer.ts'

/** An AVC record (Baseline 3.0, 320×240) as a sequence header, as in the sample files' first frames. */
const avcHeader = Uint8Array.from([
  0x17, 0, 0, 0, 0, 1, 0x42, 0xc0, 0x1e, 0xff, 0xe1, 0, 9, 0x67, 0x42, 0xc0, 0x1e, 0xda, 0x05, 0x07, 0xe4,
  0x40, 1, 0, 4, 0x68, 0xce, 0x3c, 0x80,
])
/** AudioSpecificConfig: AAC LC, 44,100 Hz, 2 channels. */
const aacHeader = Uint8Array.from([0xaf, 0, 0x12, 0x10])
/** MPEG 1 layer III, 128 kbit/s, 44,100 Hz, joint stereo. */
const mp3Frame = Uint8Array.from([0x2f, 0xff, 0xfb, 0x90, 0x44, ...new Array<number>(100).fill(0)])

group('statistics', () => {
  test('of a server count what is there and what has been', () => {
    const { peer, core, clock, advance } = begin({ limits: { connections: 5 } })
    const publisher = peer().publish()
    const player = peer().play()
    peer({ app: 'x' }).connect()
    publisher.video(0, keyFrame(1, 1000))
    player.pump()
    advance(5000)
    const before = serverStats(core, clock.now())
    expect(before).toMatchObject({
      uptimeMs: 5000,
      connections: { open: 3, total: 3, turnedAway: 0, refused: 0 },
      streams: 1,
      publishers: 1,
      players: 1,
      memory: { cachedBytes: 1000, queuedBytes: 0, shedConnections: 0, shedCaches: 0 },
      widening: { gapMs: 0, widenings: 0 },
    })
    expect(before.bytesReceived).toBeGreaterThan(1000)
    publisher.leave()
    player.leave()
    const after = serverStats(core, clock.now())
    expect(after.connections).toMatchObject({ open: 1, total: 3 })
    expect(after.bytesReceived).toBeGreaterThanOrEqual(before.bytesReceived)
    expect(after.bytesSent).toBeGreaterThanOrEqual(before.bytesSent)
    expect(after).toMatchObject({ publishers: 0, players: 0 })
  })

  test('of a stream say its rate, its group of pictures, its tracks and its players', () => {
    const { peer, core, clock, advance } = begin()
    const publisher = peer().publish()
    const player = peer().play()
    publisher.video(0, avcHeader)
    publisher.audio(0, aacHeader)
    for (let i = 0; i < 250; i++) {
      publisher.video(i * 40, i % 50 === 0 ? keyFrame(i, 1250) : interFrame(i, 1250))
      if (i % 2 === 0) publisher.audio(i * 40, audioFrame(i, 100))
      player.pump()
      advance(40)
    }
    const stream = core.registry.find('live', 'key')
    if (stream === undefined) throw new Error('no stream')
    const details = streamDetails(stream, clock.now())
    expect(details).toMatchObject({
      app: 'live',
      streamName: 'key',
      state: 'live',
      players: 1,
      gop: { messages: 75, durationMs: 1960, overflows: 0 },
      drops: { videoWithheld: 0, throttles: 0, stalled: 0 },
      publisher: { videoMessages: 251, audioMessages: 126, keyFrames: 5, dropped: 0 },
      playerList: [{ connection: 2, audio: true, video: true, paused: false, throttled: false }],
    })
    expect(details.publisher?.framesPerSecond).toBeCloseTo(25, 0)
    expect(details.publisher?.bitsPerSecond).toBeGreaterThan(250_000)
    expect(details.publisher?.bitsPerSecond).toBeLessThan(270_000)
    expect(details.tracks).toMatchObject([
      { kind: 'video', trackId: 0, codec: 'h264', form: 'legacy', codecString: 'avc1.42c01e' },
      { kind: 'audio', trackId: 0, codec: 'aac', form: 'legacy', sampleRate: 44_100, channels: 2 },
    ])
    expect(JSON.parse(JSON.stringify(details))).toEqual(details)
  })

  test('and events tell of a stream that nobody who joins can start with', () => {
    const { peer, core, clock, advance } = begin({ streams: { startWithoutKeyFrameMs: 15_000 } })
    const told: string[] = []
    core.events.on('keyFrameMissing', ({ stream, track, waitedMs }) =>
      told.push(`${stream.name} ${track} ${waitedMs}`),
    )
    const publisher = peer().publish()
    const player = peer().play()
    const statsOf = (): ReturnType<typeof streamDetails>['publisher'] => {
      const stream = core.registry.find('live', 'key')
      if (stream === undefined) throw new Error('no stream')
      return streamDetails(stream, clock.now()).publisher
    }
    expect(statsOf()?.keyFrameAgeMs).toBeUndefined()
    const watch = (frames: number): void => {
      for (let i = 0; i < frames; i++) {
        publisher.video(clock.now(), interFrame(1, 100))
        advance(100)
        player.pump()
      }
    }
    watch(140)
    expect(told).toEqual(['key 0 10000'])
    expect(statsOf()).toMatchObject({ keyFrames: 0, keyFrameAgeMs: 14_000, tracksWithoutKeyFrame: [0] })
    expect(player.texts).toEqual([])
    // Then any frame will do: for those who wait, and for those who come.
    watch(30)
    expect(player.texts.length).toBeGreaterThan(10)
    expect(statsOf()).toMatchObject({ keyFrames: 0, keyFrameAgeMs: 2000, tracksWithoutKeyFrame: [] })
    const late = peer().play()
    late.pump()
    expect(late.texts).toEqual(player.texts)
    expect(told).toHaveLength(1)
  })

  test('know the codec of sound that has no header', () => {
    const { peer, core, clock } = begin()
    const publisher = peer().publish()
    publisher.audio(0, mp3Frame)
    const stream = core.registry.find('live', 'key')
    if (stream === undefined) throw new Error('no stream')
    expect(streamDetails(stream, clock.now()).tracks).toMatchObject([
      { kind: 'audio', codec: 'mp3', sampleRate: 44_100 },
    ])
    publisher.audio(20, audioHeader(1))
  })

  test('of a connection say who it is, what it does and how it is doing', () => {
    const { peer, core, clock, advance } = begin({
      session: { crypto, ping: { interval: 1000, timeout: 5000 } },
    })
    const both = peer({ properties: { flashVer: 'FMLE/3.0 (compatible; FMSc/1.0)' } })
      .publish('a')
      .play('b', 2)
    both.video(0, keyFrame(1, 100))
    advance(1100)
    both.pump()
    const stats = connectionStats(both.connection, clock.now())
    expect(stats).toMatchObject({
      id: 1,
      uid: `${core.instance}-1`,
      remoteAddress: '192.0.2.7',
      localPort: 1935,
      secure: false,
      app: 'live',
      encoder: 'obs',
      isEnhanced: false,
      publishes: [{ streamName: 'a', messageStreamId: 1, videoMessages: 1, keyFrames: 1, bytes: 100 }],
      plays: [{ streamName: 'b', messageStreamId: 2, paused: false }],
      session: { messageStreams: 2, videoMessagesReceived: 1 },
    })
    expect(stats.ageMs).toBeGreaterThanOrEqual(1100)
    expect(stats.rtt).toBeGreaterThanOrEqual(0)
    expect(stats.bytesReceived).toBeGreaterThan(100)
  })

  test('come by themselves, for the server and for each connection', () => {
    const seen: string[] = []
    const { peer, core, advance } = begin({
      statsIntervalMs: 2000,
      handler: { statsUpdate: ({ id }, { app }) => void seen.push(`${id} ${app}`) },
    })
    core.events.on('stats', ({ connections }) => seen.push(`all ${connections.open}`))
    const client = peer().play()
    peer()
    advance(4100)
    expect(seen).toEqual(['1 live', '2 ', 'all 2', '1 live', '2 ', 'all 2'])
    client.leave()
    expect(core.wheel.size).toBeGreaterThan(0)
  })

  test('that nobody wants are not computed', () => {
    const { peer, core, advance } = begin({ statsIntervalMs: 0 })
    peer().play()
    let came = 0
    core.events.on('stats', () => (came += 1))
    advance(20_000)
    expect(came).toBe(0)
  })
})
