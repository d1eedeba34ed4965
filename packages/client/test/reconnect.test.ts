import { describe, expect, it } from 'vitest'
import {
  type LogEntry,
  RtmpPublisher,
  type RtmpPublisherOptions,
  type RetryingEvent,
  RtmpClientError,
} from '../src/index.ts'
import {
  audioHeader,
  Camera,
  frames,
  keyFrame,
  picture,
  shortly,
  sound,
  videoHeader,
} from './support/media.ts'
import { MemoryNetwork } from './support/memory-network.ts'
import { type Sent, TestServer } from './support/test-server.ts'

const URL = 'rtmp://server/live/key'

interface Stage {
  readonly network: MemoryNetwork
  readonly server: TestServer
  readonly publisher: RtmpPublisher
  readonly log: LogEntry[]
  /** Films for a while. */
  film(ms: number): Promise<void>
}

const stage = async (options: RtmpPublisherOptions = {}, start = 0): Promise<Stage> => {
  const network = new MemoryNetwork()
  const server = network.serve('server:1935')
  const log: LogEntry[] = []
  const publisher = new RtmpPublisher(network, URL, {
    reconnect: true,
    queue: { overflow: 'drop' },
    ...options,
    onLog: (entry) => log.push(entry),
  })
  await network.until(publisher.started)
  const camera = new Camera(start)
  await publisher.writeMetadata({ width: 320 })
  for (const tag of camera.headers()) await publisher.write(tag)
  return {
    network,
    server,
    publisher,
    log,
    async film(ms) {
      for (let at = 0; at < ms / 40; at++) {
        for (const tag of camera.next()) await publisher.write(tag)
        await network.pass(40)
      }
    },
  }
}

/** Each kind's times never go back, over 32 bits. */
const expectMonotonic = (messages: readonly Sent[]): void => {
  for (const typeId of [8, 9]) {
    const times = frames(messages, typeId).map(({ timestamp }) => timestamp)
    times.forEach((time, at) => {
      const before = times[at - 1]
      if (before !== undefined) expect((time - before) | 0).toBeGreaterThan(0)
    })
  }
}

describe('a publisher whose connection is cut', () => {
  it('comes back at a key frame, with metadata and headers before it, on one timeline', async () => {
    const { network, server, publisher, log, film } = await stage()
    const retrying: RetryingEvent[] = []
    publisher.on('retrying', (event) => retrying.push(event))
    await film(3000)
    network.line.cut()
    expect(publisher.state).toBe('reconnecting')
    await film(5000)
    expect(publisher.state).toBe('live')
    await network.until(publisher.end())
    expect(server.peers).toHaveLength(2)
    const [first, second] = server.peers.map(({ published }) => published.map(shortly))
    expect(first?.slice(0, 5)).toEqual(['D', 'VH', 'AH', 'V+0', 'A0'])
    expect(second?.slice(0, 3)).toEqual(['D', 'VH', 'AH'])
    expect(second?.[3]).toBe('V+3000')
    expect(frames(server.published, 9)).toHaveLength(200)
    expectMonotonic(server.published)
    expect(publisher.stats).toMatchObject({ reconnects: 1, videoDropped: 0, audioDropped: 0 })
    expect(log.map(({ event }) => event)).toEqual([
      'connecting',
      'connected',
      'live',
      'lost',
      'retrying',
      'connecting',
      'connected',
      'live',
      'ended',
    ])
    expect(log.find(({ event }) => event === 'lost')?.text).toBe(
      'The stream is interrupted: the connection was lost: read ECONNRESET',
    )
    expect(log.find(({ event }) => event === 'retrying')?.text).toMatch(
      /^The connection was lost: read ECONNRESET; next try in \d+ ms$/,
    )
    expect(retrying).toEqual([{ error: expect.any(RtmpClientError), delayMs: expect.any(Number) }])
    expect(retrying[0]?.error).toMatchObject({ code: 'CONNECTION_LOST', stage: 'running' })
  })

  it('keeps the newest media within bounds while it is away for long', async () => {
    const { network, server, publisher, film } = await stage(
      { queue: { overflow: 'drop', maxMs: 4000 } },
      0xffff_f000,
    )
    await film(3000)
    network.refusal = 'never'
    network.line.cut()
    await film(30_000)
    expect(publisher.state).toBe('reconnecting')
    const { queuedMs, queuedBytes, videoDropped } = publisher.stats
    expect(queuedMs).toBeLessThanOrEqual(4000)
    expect(queuedMs).toBeGreaterThan(2500)
    expect(queuedBytes).toBeLessThan(50_000)
    expect(videoDropped).toBeGreaterThan(600)
    network.refusal = undefined
    await film(12_000)
    await network.until(publisher.end())
    const second = server.peers[1]?.published.map(shortly) ?? []
    expect(second.slice(0, 3)).toEqual(['D', 'VH', 'AH'])
    expect(second[3]).toMatch(/^V\+/)
    expectMonotonic(server.published)
  })

  it('resumes at the next key frame when none has been kept', async () => {
    const { network, server, publisher, film } = await stage()
    await film(3080)
    network.line.cut()
    await film(600)
    expect(publisher.state).toBe('live')
    await network.pass(100)
    await film(1000)
    await network.until(publisher.end())
    const second = server.peers[1]?.published.map(shortly) ?? []
    expect(second.slice(0, 3)).toEqual(['D', 'VH', 'AH'])
    expect(second.find((name) => name.startsWith('V') && name !== 'VH')).toBe('V+4000')
    expectMonotonic(server.published)
    expect(publisher.stats.videoDropped).toBeGreaterThan(10)
  })

  it('loses nothing of a source that waits', async () => {
    const { network, server, publisher } = await stage({ queue: { overflow: 'wait', maxBytes: 20_000 } })
    const camera = new Camera(0)
    network.rate = 10
    let written = 0
    const writing = (async () => {
      for (let at = 0; at < 250; at++) {
        for (const tag of camera.next()) await publisher.write(tag)
        written += 1
      }
      await publisher.end()
    })()
    await network.pass(1000)
    network.line.cut()
    const before = written
    await network.until(writing)
    expect(before).toBeLessThan(250)
    const pictures = frames(server.published, 9)
    expectMonotonic(server.published)
    // What was in the transport is lost, 20 000 bytes, and what cannot be decoded without it: less than a second.
    const lost = (250 - pictures.length) * 145
    expect(lost).toBeGreaterThan(0)
    expect(lost).toBeLessThan(20_000 + 25 * 145)
    expect(pictures.at(-1)?.timestamp).toBe(249 * 40)
  })

  it('carries on over the wrap of the clock', async () => {
    const { network, server, publisher, film } = await stage({}, 0xffff_ffff - 2000)
    await film(1000)
    network.line.cut()
    await film(6000)
    await network.until(publisher.end())
    expectMonotonic(server.published)
    expect(frames(server.published, 9)).toHaveLength(175)
    expect(frames(server.published, 9).at(-1)?.timestamp).toBeLessThan(10_000)
  })

  it('sends the headers that are in force at the key frame, not older ones and not newer ones', async () => {
    const { network, server, publisher } = await stage()
    await publisher.write({ typeId: 9, timestamp: 0, payload: keyFrame(0) })
    await network.pass(20)
    network.line.cut()
    await publisher.write({ typeId: 9, timestamp: 40, payload: videoHeader(1) })
    await publisher.write({ typeId: 9, timestamp: 40, payload: keyFrame(1) })
    await publisher.write({ typeId: 9, timestamp: 80, payload: picture(2) })
    await publisher.write({ typeId: 9, timestamp: 120, payload: videoHeader(2) })
    await publisher.write({ typeId: 9, timestamp: 120, payload: keyFrame(3) })
    await network.pass(2000)
    const second = server.peers[1]?.published ?? []
    expect(second.map(shortly)).toEqual(['D', 'AH', 'VH', 'V+40', 'V80', 'VH', 'V+120'])
    expect(second[2]).toEqual({ typeId: 9, timestamp: 40, payload: videoHeader(1) })
    expect(second[5]).toEqual({ typeId: 9, timestamp: 120, payload: videoHeader(2) })
  })

  it('sends sound without waiting for pictures that there are none of', async () => {
    const network = new MemoryNetwork()
    const server = network.serve('server:1935')
    const publisher = new RtmpPublisher(network, URL, { reconnect: true, queue: { overflow: 'drop' } })
    await network.until(publisher.started)
    await publisher.write({ typeId: 8, timestamp: 0, payload: audioHeader() })
    for (let at = 0; at < 100; at++) {
      await publisher.write({ typeId: 8, timestamp: at * 20, payload: sound(at) })
      await network.pass(20)
      if (at === 50) network.line.cut()
    }
    expect(server.peers[1]?.published.map(shortly).slice(0, 2)).toEqual(['AH', 'A1020'])
    expectMonotonic(server.published)
    publisher.abort()
    await network.pass(3000)
  })
})

describe('trying again', () => {
  it('waits longer each time, and gives up after as many tries as it was told', async () => {
    const { network, publisher, log } = await stage({
      reconnect: { initialMs: 1000, factor: 2, jitter: 0, tries: 4 },
      deadlines: { dial: 100 },
    })
    network.refusal = 'never'
    const dials = network.dialled.length
    network.line.cut()
    const error = await network.until(publisher.finished.catch((failure: unknown) => failure))
    expect(error).toMatchObject({ code: 'TIMEOUT', stage: 'dial' })
    expect(network.dialled.length - dials).toBe(3)
    expect(log.filter(({ event }) => event === 'retrying').map(({ text }) => text.slice(-17))).toEqual([
      'next try in 1.0 s',
      'next try in 2.0 s',
      'next try in 4.0 s',
    ])
    expect(log.at(-2)?.text).toContain('Gave up after 4 tries')
    expect(publisher.state).toBe('failed')
    expect(network.clock.nextAt()).toBeUndefined()
  })

  it('is not done at the start unless asked for', async () => {
    const server = new TestServer({ publish: () => ({ code: 'NetStream.Publish.BadName' }) })
    const network = new MemoryNetwork()
    network.serve('server:1935', server)
    const publisher = new RtmpPublisher(network, URL, { reconnect: true })
    const error = await network.until(publisher.started.catch((failure: unknown) => failure))
    expect(error).toMatchObject({ reason: 'BadName' })

    const patient = new RtmpPublisher(network, URL, { reconnect: { fromStart: true } })
    await network.pass(5000)
    expect(patient.state).toBe('connecting')
    server.policies = {}
    await network.until(patient.started)
    expect(patient.state).toBe('live')
    await network.until(patient.end())
  })

  it('is done when the name is still held by the connection that was lost', async () => {
    const { network, server, publisher, film } = await stage()
    await film(1000)
    let refusals = 0
    server.policies = {
      publish: () => (refusals++ < 2 ? { code: 'NetStream.Publish.BadName' } : undefined),
    }
    network.line.cut()
    await film(8000)
    expect(publisher.state).toBe('live')
    expect(refusals).toBe(3)
    await network.until(publisher.end())
  })

  it('is not done when the server says no', async () => {
    const { network, server, publisher, film } = await stage()
    await film(1000)
    server.policies = { publish: () => ({ code: 'NetStream.Publish.Denied' }) }
    network.line.cut()
    const error = await network.until(publisher.finished.catch((failure: unknown) => failure))
    expect(error).toMatchObject({ code: 'PUBLISH_REJECTED', reason: 'Denied' })
    expect(server.peers).toHaveLength(2)
  })

  it('stops at once when the publisher is ended meanwhile', async () => {
    const { network, publisher, film } = await stage({ deadlines: { dial: 0 } })
    await film(1000)
    network.refusal = 'never'
    network.line.cut()
    await network.pass(2000)
    await network.until(publisher.end())
    expect(publisher.state).toBe('ended')
    expect(network.clock.nextAt()).toBeUndefined()
  })
})

describe('a cable that is pulled out for 20 s', () => {
  it('is noticed, survived, and told in words', async () => {
    const { network, server, publisher, log, film } = await stage({
      liveness: { interval: 2000, timeout: 2000 },
      reconnect: { maximumMs: 5000 },
      deadlines: { dial: 3000 },
    })
    await film(10_000)
    network.line.silence()
    network.refusal = 'never'
    await film(20_000)
    expect(publisher.state).toBe('reconnecting')
    expect(publisher.stats.queuedMs).toBeLessThanOrEqual(10_000)
    network.refusal = undefined
    await film(15_000)
    expect(publisher.state).toBe('live')
    await network.until(publisher.end())
    expectMonotonic(server.published)
    const times = frames(server.published, 9).map(({ timestamp }) => timestamp)
    expect(times[0]).toBe(0)
    expect(times.at(-1)).toBe(44_960)
    const second = server.peers.at(-1)?.published.map(shortly) ?? []
    expect(second.slice(0, 3)).toEqual(['D', 'VH', 'AH'])
    expect(second[3]).toMatch(/^V\+/)
    const text = log.map((entry) => entry.text).join('\n')
    expect(text).toMatch(
      /The stream is interrupted: the connection is dead: the server has been silent for 4\.\d s/,
    )
    expect(text).toMatch(/server:1935 did not answer within 3\.0 s; next try in/i)
    expect(text).toMatch(/Publishing again after \d+\.\d s; left out so far: \d+ pictures, \d+ sounds/)
    expect(text).not.toContain('key')
  })
})
