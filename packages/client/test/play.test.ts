import { encodeScriptData } from '@rtmp/flv/script'
import { describe, expect, it } from 'vitest'
import { type LogEntry, MediaMessage, RtmpPlayer, type RtmpPlayerOptions } from '../src/index.ts'
import { Camera, frames, shortly } from './support/media.ts'
import { MemoryNetwork } from './support/memory-network.ts'
import { type Sent, TestServer } from './support/test-server.ts'

const URL = 'rtmp://server/live/key'

interface Stage {
  readonly network: MemoryNetwork
  readonly server: TestServer
  readonly player: RtmpPlayer
  readonly received: MediaMessage[]
  readonly reading: Promise<void>
  readonly log: LogEntry[]
  film(ms: number): Promise<void>
}

const stage = async (
  options: RtmpPlayerOptions = {},
  server = new TestServer(),
  start = 0,
): Promise<Stage> => {
  const network = new MemoryNetwork()
  network.serve('server:1935', server)
  const log: LogEntry[] = []
  const player = new RtmpPlayer(network, URL, { ...options, onLog: (entry) => log.push(entry) })
  const received: MediaMessage[] = []
  const reading = (async () => {
    for await (const packet of player) received.push(packet)
  })()
  reading.catch(() => {})
  await network.until(player.started)
  const camera = new Camera(start)
  server.relay({ typeId: 18, timestamp: 0, payload: encodeScriptData('onMetaData', [{ width: 320 }]) })
  for (const tag of camera.headers()) server.relay(tag)
  return {
    network,
    server,
    player,
    received,
    reading,
    log,
    async film(ms) {
      for (let at = 0; at < ms / 40; at++) {
        for (const tag of camera.next()) server.relay(tag)
        await network.pass(40)
      }
    },
  }
}

const expectMonotonic = (packets: readonly MediaMessage[]): void => {
  for (const typeId of [8, 9]) {
    frames(packets, typeId).forEach(({ timestamp }, at, all) => {
      const before = all[at - 1]?.timestamp
      if (before !== undefined) expect((timestamp - before) | 0).toBeGreaterThan(0)
    })
  }
}

describe('playing', () => {
  it('says what servers expect, and gives what they send, byte by byte', async () => {
    const { network, server, player, received, reading, film } = await stage({
      subscribe: true,
      bufferLength: 700,
      duration: 60_000,
    })
    expect(server.last.kinds).toEqual([
      'handshakeComplete',
      'chunkSizeChanged',
      'connectRequested',
      'streamCreated',
      'fcSubscribe',
      'setBufferLength',
      'playRequested',
    ])
    expect(server.last.connect?.connect.properties).toMatchObject({
      app: 'live',
      flashVer: 'LNX 9,0,124,2',
      tcUrl: 'rtmp://server/live',
      capabilities: 15,
      capsEx: 15,
    })
    expect(server.last.play).toMatchObject({ source: 'liveOrRecorded', start: -2000, duration: 60_000 })
    await film(1000)
    const [metadata, header, , key] = received
    expect(metadata).toBeInstanceOf(MediaMessage)
    expect(metadata).toMatchObject({ kind: 'data', name: 'onMetaData', values: [{ width: 320 }] })
    expect(header).toMatchObject({ kind: 'video', sequenceHeader: true, keyFrame: false })
    expect(key).toMatchObject({ kind: 'video', sequenceHeader: false, keyFrame: true })
    expect(key).toBeInstanceOf(MediaMessage)
    expect((key as MediaMessage).frames()).toMatchObject([{ codec: 'h264', type: 'coded', keyFrame: true }])
    const expected = new Camera()
    const tags = Array.from({ length: 25 }, () => expected.next()).flat()
    expect(
      received.slice(3).map(({ typeId, timestamp, payload }) => ({ typeId, timestamp, payload })),
    ).toEqual(tags)
    expect(player.stats).toMatchObject({
      audioReceived: 26,
      videoReceived: 26,
      dataReceived: 1,
      position: 960,
    })
    await network.until(player.close())
    await reading
    await player.finished
    expect(server.last.kinds.slice(-3)).toEqual(['playEnded', 'streamDeleted', 'closed'])
    expect(network.line.isOver).toBe(true)
    await network.pass(10)
    expect(network.clock.nextAt()).toBeUndefined()
  })

  it.each([
    ['live', { source: 'live', start: -1000 }],
    [1500, { source: 'recorded', start: 1500 }],
  ] as const)('starts where it is told: %s', async (start, expected) => {
    const { server } = await stage({ start })
    expect(server.last.play).toMatchObject(expected)
  })

  it('ends when the loop is left', async () => {
    const { network, server, player, film } = await stage()
    const other = new RtmpPlayer(network, URL)
    const loop = (async () => {
      for await (const packet of other) if (packet.kind === 'video' && packet.keyFrame) break
    })()
    await film(2000)
    await network.until(loop)
    expect(other.state).toBe('ended')
    expect(player.state).toBe('playing')
    expect(server.peers[1]?.isClosed).toBe(true)
  })

  it('makes a server wait that sends faster than it is read', async () => {
    const network = new MemoryNetwork()
    const server = network.serve('server:1935')
    const player = new RtmpPlayer(network, URL, { maxBytes: 20_000 })
    await network.until(player.started)
    const camera = new Camera(0, 1000)
    for (let at = 0; at < 200; at++) {
      for (const tag of camera.next()) server.relay(tag)
      await network.pass(40)
      expect(player.stats.queuedBytes).toBeLessThan(30_000)
    }
    expect(network.line.isPaused).toBe(true)
    expect(network.line.heldBytes).toBeGreaterThan(100_000)
    const received: MediaMessage[] = []
    const reading = (async () => {
      for await (const packet of player) received.push(packet)
    })()
    await network.pass(1000)
    expect(frames(received, 9)).toHaveLength(200)
    expect(network.line.isPaused).toBe(false)
    await network.until(player.close())
    await reading
  })

  it('is refused in words', async () => {
    const network = new MemoryNetwork()
    network.serve('server:1935', new TestServer({ play: () => ({ description: 'there is none' }) }))
    const player = new RtmpPlayer(network, URL)
    const error = await network.until(player.started.catch((failure: unknown) => failure))
    expect(error).toMatchObject({ name: 'PlayRejected', code: 'PLAY_REJECTED', reason: 'StreamNotFound' })
    await expect(player[Symbol.asyncIterator]().next()).rejects.toBe(error)
    await network.pass(5000)
    expect(network.clock.nextAt()).toBeUndefined()
  })

  it('follows redirects of play', async () => {
    const network = new MemoryNetwork()
    network.serve('server:1935', new TestServer({ play: () => ({ redirect: 'rtmp://second/live/key' }) }))
    const second = network.serve('second:1935')
    const player = new RtmpPlayer(network, URL)
    await network.until(player.started)
    const reading = player[Symbol.asyncIterator]().next()
    second.relay(new Camera().headers()[0] as Sent)
    expect((await network.until(reading)).value).toMatchObject({ sequenceHeader: true })
    await network.until(player.close())
    await network.pass(5000)
    expect(network.lines.map(({ isOver }) => isOver)).toEqual([true, true])
  })
})

describe('the end of a live stream', () => {
  const unpublish = ({
    session,
    settle,
  }: {
    session: TestServer['last']['session']
    settle: () => void
  }): void => {
    session.onStatus(1, 'NetStream.Play.UnpublishNotify')
    settle()
  }

  it('ends the player, after everything that came', async () => {
    const { network, server, player, received, reading, film } = await stage()
    await film(200)
    unpublish({ session: server.last.session, settle: () => server.last.settle() })
    await network.until(reading)
    expect(player.state).toBe('ended')
    expect(frames(received, 9)).toHaveLength(5)
    await network.until(player.finished)
  })

  it('ends it also where only StreamEOF is sent', async () => {
    const { network, server, player, reading, film } = await stage()
    await film(200)
    server.last.session.userControl({ kind: 'streamEof', messageStreamId: 1 })
    server.last.settle()
    await network.until(reading)
    expect(player.state).toBe('ended')
  })

  it('can be waited out', async () => {
    const { network, server, player, received, film } = await stage({ whenUnpublished: 'wait' })
    await film(2000)
    unpublish({ session: server.last.session, settle: () => server.last.settle() })
    server.last.session.userControl({ kind: 'streamEof', messageStreamId: 1 })
    server.last.settle()
    await network.pass(5000)
    expect(player.state).toBe('playing')
    server.last.session.onStatus(1, 'NetStream.Play.PublishNotify')
    server.last.settle()
    const camera = new Camera(0)
    for (let at = 0; at < 50; at++) {
      for (const tag of camera.next()) server.relay(tag)
      await network.pass(40)
    }
    expect(frames(received, 9)).toHaveLength(100)
    expectMonotonic(received)
    await network.until(player.close())
  })
})

describe('a player whose connection is cut', () => {
  it('goes on without a step back and without a frame twice, when the clock is the same', async () => {
    const { network, server, player, received, film, log } = await stage({
      reconnect: { initialMs: 200, jitter: 0 },
    })
    await film(3400)
    network.line.cut()
    await film(4000)
    expect(player.state).toBe('playing')
    expectMonotonic(received)
    // The server repeats the group of pictures that was interrupted: nothing is missing.
    expect(frames(received, 9).map(({ timestamp }) => timestamp)).toEqual(
      Array.from({ length: 185 }, (_, at) => at * 40),
    )
    expect(received.filter((packet) => shortly(packet) === 'VH')).toHaveLength(1)
    expect(player.stats.reconnects).toBe(1)
    expect(log.map(({ event }) => event)).toContain('lost')
    expect(server.peers).toHaveLength(2)
    await network.until(player.close())
  })

  it('goes on where the time would be, when the server has started anew', async () => {
    const { network, server, player, received, film } = await stage(
      { reconnect: { initialMs: 200, jitter: 0 } },
      new TestServer(),
      900_000,
    )
    await film(3400)
    server.restart()
    network.line.cut()
    await network.pass(2000)
    const camera = new Camera(0)
    for (const tag of camera.headers()) server.relay(tag)
    for (let at = 0; at < 100; at++) {
      for (const tag of camera.next()) server.relay(tag)
      await network.pass(40)
    }
    expectMonotonic(received)
    const times = frames(received, 9).map(({ timestamp }) => timestamp)
    expect(times).toHaveLength(185)
    const step = (times[85] ?? 0) - (times[84] ?? 0)
    expect(step).toBeGreaterThan(1900)
    expect(step).toBeLessThan(2200)
    expect(times.at(-1)).toBe((times[85] ?? 0) + 99 * 40)
    await network.until(player.close())
  })

  it('does not begin in the middle of a group of pictures', async () => {
    const { network, server, received, player, film } = await stage({
      reconnect: { initialMs: 200, jitter: 0 },
    })
    await film(3400)
    server.restart()
    network.line.cut()
    await network.pass(1000)
    await film(2000)
    const names = received.map(shortly)
    const after = names
      .slice(names.indexOf('V3360') + 1)
      .filter((name) => name.startsWith('V') && name !== 'VH')
    expect(after[0]).toMatch(/^V\+/)
    expectMonotonic(received)
    await network.until(player.close())
  })
})

describe('a recorded stream', () => {
  const recording = (() => {
    const camera = new Camera()
    return [...camera.headers(), ...Array.from({ length: 250 }, () => camera.next()).flat()]
  })()

  it('is known to be one, and another plays on the same connection after its end', async () => {
    const { network, server, player, received } = await stage(
      { whenUnpublished: 'stay', reconnect: true },
      new TestServer({ recording: recording.slice(0, 252) }),
    )
    const control: string[] = []
    player.on('streamControl', ({ kind }) => control.push(kind))
    await network.pass(100)
    expect(player.isRecorded).toBe(true)
    const before = frames(received, 9).length
    server.last.session.endPlay(1)
    server.last.settle()
    await network.pass(3000)
    expect([player.state, control]).toEqual(['playing', ['streamEof']])

    server.policies = {}
    const status = await network.until(player.playAnother('second?x=1', { start: 'live' }))
    expect(status.code).toBe('NetStream.Play.Start')
    expect(player.isRecorded).toBe(false)
    expect(server.peers).toHaveLength(1)
    expect(server.last.play).toMatchObject({ streamName: 'second', source: 'live', reset: true })
    const camera = new Camera(0)
    for (const tag of [...camera.headers(), ...camera.next()]) server.relay(tag)
    await network.pass(100)
    expect(frames(received, 9).length).toBeGreaterThan(before)

    network.line.cut()
    await network.pass(2000)
    expect(server.peers).toHaveLength(2)
    expect(server.last.play).toMatchObject({ streamName: 'second', source: 'live' })
    await network.until(player.close())
  })

  it('gives way to another while it plays: what was not read of it is gone', async () => {
    const network = new MemoryNetwork()
    const server = network.serve('server:1935', new TestServer({ recording }))
    const player = new RtmpPlayer(network, URL, { start: 0 })
    await network.until(player.started)
    await network.pass(100)
    expect(player.stats.queuedBytes).toBeGreaterThan(0)
    await network.until(player.playAnother('second', { start: 6000 }))
    expect(server.last.kinds.slice(-2)).toEqual(['playEnded', 'playRequested'])
    const first = await network.until(player[Symbol.asyncIterator]().next())
    expect((first.value as MediaMessage).timestamp).toBeGreaterThanOrEqual(6000)
    server.policies = { play: () => ({ description: 'none of that name' }) }
    await expect(network.until(player.playAnother('absent'))).rejects.toMatchObject({
      name: 'PlayRejected',
      reason: 'StreamNotFound',
    })
  })

  it('goes over to another rendition, or not', async () => {
    const { network, server, player } = await stage({}, new TestServer({ recording }))
    const options = { streamName: 'high', oldStreamName: 'key', transition: 'switch' }
    expect((await network.until(player.play2(options))).code).toBe('NetStream.Play.Transition')
    expect(server.last.events.at(-1)).toMatchObject({ kind: 'play2Requested', options })
    await expect(network.until(player.play2({ streamName: 'absent' }))).rejects.toMatchObject({
      code: 'ENDED_BY_SERVER',
      status: { code: 'NetStream.Play.Failed' },
    })
    expect(player.state).toBe('playing')
  })

  it('can be paused, resumed and sought in', async () => {
    const { network, server, player, received } = await stage({ start: 0 }, new TestServer({ recording }))
    await network.pass(100)
    expect((await network.until(player.pause())).code).toBe('NetStream.Pause.Notify')
    expect((await network.until(player.resume())).code).toBe('NetStream.Unpause.Notify')
    const before = received.length
    expect((await network.until(player.seek(6000))).code).toBe('NetStream.Seek.Notify')
    await network.pass(100)
    expect(frames(received.slice(before), 9)[0]?.timestamp).toBe(6000)
    player.receiveAudio(false)
    player.receiveVideo(false)
    player.setBufferLength(9000)
    await network.pass(50)
    expect(server.last.events.slice(-3)).toMatchObject([
      { kind: 'receiveAudio', enabled: false },
      { kind: 'receiveVideo', enabled: false },
      { kind: 'setBufferLength', bufferLength: 9000 },
    ])
    await network.until(player.close())
  })

  it('is gone on with where it was interrupted', async () => {
    const server = new TestServer({ recording: recording.slice(0, 252) })
    const { network, player, received } = await stage(
      { start: 0, reconnect: { initialMs: 100, jitter: 0 } },
      server,
    )
    await network.pass(100)
    expect(frames(received, 9).at(-1)?.timestamp).toBe(4960)
    server.policies = { recording }
    network.line.cut()
    await network.pass(3000)
    expect(server.last.play).toMatchObject({ source: 'recorded', start: 4960 })
    expectMonotonic(received)
    expect(frames(received, 9).at(-1)?.timestamp).toBe(9960)
    await network.until(player.close())
  })

  it('times out on a server that does not answer', async () => {
    const { network, player } = await stage(
      { start: 0, deadlines: { request: 500 } },
      new TestServer({ recording }),
    )
    network.line.silence()
    await expect(network.until(player.seek(10))).rejects.toMatchObject({ code: 'TIMEOUT' })
    await network.until(player.close())
  })
})

describe('an aborted signal', () => {
  it('ends the loop with its reason', async () => {
    const controller = new AbortController()
    const { network, reading, player } = await stage({ signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(reading).rejects.toThrow('enough')
    await expect(player.finished).rejects.toThrow('enough')
    await network.pass(3000)
    expect(network.clock.nextAt()).toBeUndefined()
  })
})
