import { SeededRandom } from '@rtmp/testkit'
import { describe, expect, it } from 'vitest'
import { MultiPublisher, RtmpPlayer, RtmpPublisher } from '../src/index.ts'
import { Camera, frames, shortly } from './support/media.ts'
import { MemoryNetwork } from './support/memory-network.ts'
import type { Peer } from './support/test-server.ts'

const monotonic = (times: readonly number[]): boolean =>
  times.every((time, at) => at === 0 || ((time - (times[at - 1] ?? time)) | 0) > 0)

/** What is written to one connection begins with what a server has to know, then a key frame. */
const beginsWell = ({ published }: Peer): boolean => {
  const names = published.map(shortly)
  const picture = names.find((name) => /^V\+?\d/.test(name))
  const beforeIt = names.slice(0, picture === undefined ? names.length : names.indexOf(picture))
  return (
    picture === undefined || (picture.startsWith('V+') && beforeIt.includes('VH') && beforeIt.includes('AH'))
  )
}

describe('minutes of bad network', () => {
  it.each([1, 2, 3])(
    'keeps a publisher going, on one timeline and within bounds (seed %i)',
    async (seed) => {
      const random = new SeededRandom(seed)
      const network = new MemoryNetwork()
      const server = network.serve('server:1935')
      const publisher = new RtmpPublisher(network, 'rtmp://server/live/key', {
        reconnect: { maximumMs: 4000 },
        deadlines: { dial: 2000, stall: 5000 },
        liveness: { interval: 2000, timeout: 3000 },
        queue: { overflow: 'drop', maxMs: 6000, maxBytes: 200_000 },
      })
      await network.until(publisher.started)
      const camera = new Camera(0xffff_ffff - 180_000) // The clock wraps after three minutes.
      for (const tag of camera.headers()) await publisher.write(tag)
      let faults = 0
      for (let second = 0; second < 1800; second++) {
        for (let picture = 0; picture < 5; picture++) {
          for (const tag of camera.next()) await publisher.write(tag)
        }
        await network.pass(200)
        const { queuedBytes, queuedMs } = publisher.stats
        expect(queuedBytes).toBeLessThan(250_000)
        expect(queuedMs).toBeLessThan(13_000)
        if (!random.chance(0.03)) continue
        faults += 1
        const fault = random.below(5)
        if (fault === 0) network.line.cut()
        else if (fault === 1) network.line.silence()
        else if (fault === 2) network.refusal = network.refusal === undefined ? 'never' : undefined
        else if (fault === 3) network.latency = random.pick([5, 50, 200, 400])
        else network.rate = random.pick([Number.POSITIVE_INFINITY, 100, 8, 3])
      }
      network.refusal = undefined
      network.rate = Number.POSITIVE_INFINITY
      network.latency = 5
      await network.pass(30_000)
      for (let picture = 0; picture < 50; picture++) {
        for (const tag of camera.next()) await publisher.write(tag)
        await network.pass(40)
      }
      expect(publisher.state).toBe('live')
      await network.until(publisher.end())
      expect(faults).toBeGreaterThan(30)
      expect(publisher.stats.reconnects).toBeGreaterThan(5)
      for (const peer of server.peers) {
        expect(beginsWell(peer)).toBe(true)
        for (const kind of [8, 9]) {
          expect(monotonic(frames(peer.published, kind).map(({ timestamp }) => timestamp))).toBe(true)
        }
      }
      const pictures = server.peers
        .flatMap(({ published }) => frames(published, 9))
        .map(({ timestamp }) => timestamp)
      expect(monotonic(pictures)).toBe(true)
      expect(pictures.at(-1)).toBe((0xffff_ffff - 180_000 + (9050 - 1) * 40) >>> 0)
      await network.pass(30_000)
      expect(network.lines.every(({ isOver }) => isOver)).toBe(true)
      expect(network.clock.nextAt()).toBeUndefined()
    },
    30_000,
  )

  it('keeps a player going, on one timeline', async () => {
    const random = new SeededRandom(5)
    const network = new MemoryNetwork()
    const server = network.serve('server:1935')
    const player = new RtmpPlayer(network, 'rtmp://server/live/key', {
      reconnect: { maximumMs: 2000 },
      liveness: { interval: 2000, timeout: 2000 },
      deadlines: { dial: 2000 },
      whenUnpublished: 'wait',
    })
    const times: Record<number, number[]> = { 8: [], 9: [] }
    const starts: string[] = []
    let before: number | undefined
    const reading = (async () => {
      for await (const packet of player) {
        if (packet.typeId === 18 || packet.payload[1] === 0) continue
        times[packet.typeId]?.push(packet.timestamp)
        if (packet.typeId !== 9) continue
        if (before !== undefined && ((packet.timestamp - before) | 0) > 1000) starts.push(shortly(packet))
        before = packet.timestamp
      }
    })()
    await network.until(player.started)
    let camera = new Camera(0xffff_ffff - 300_000)
    for (const tag of camera.headers()) server.relay(tag)
    for (let at = 0; at < 15_000; at++) {
      for (const tag of camera.next()) server.relay(tag)
      await network.pass(40)
      if (!random.chance(0.005)) continue
      const fault = random.below(4)
      if (fault === 0) network.line.cut()
      else if (fault === 1) network.line.silence()
      else if (fault === 2) network.latency = random.pick([5, 100, 400])
      else {
        // The server starts anew, and the publisher's clock with it.
        server.restart()
        camera = new Camera(random.below(1_000_000))
        network.line.cut()
        for (const tag of camera.headers()) server.relay(tag)
      }
    }
    expect(player.stats.reconnects).toBeGreaterThan(20)
    for (const kind of [8, 9]) expect(monotonic(times[kind] ?? [])).toBe(true)
    expect(times[9]?.length).toBeGreaterThan(10_000)
    expect(starts.every((name) => name.startsWith('V+'))).toBe(true)
    await network.until(player.close())
    await reading
  }, 30_000)

  it('of one of many targets is not noticed by another', async () => {
    const random = new SeededRandom(9)
    const network = new MemoryNetwork()
    const good = network.serve('good:1935')
    const bad = network.serve('bad:1935')
    const many = new MultiPublisher(network, ['rtmp://good/live/a', 'rtmp://bad/live/b'], {
      deadlines: { dial: 1000 },
    })
    const camera = new Camera()
    for (const tag of camera.headers()) await many.write(tag)
    for (let at = 0; at < 5000; at++) {
      for (const tag of camera.next()) await many.write(tag)
      await network.pass(40)
      const line = network.lines.findLast(({ peer }) => bad.peers.includes(peer))
      if (!random.chance(0.01)) continue
      if (random.chance(0.5)) line?.cut()
      else line?.silence()
    }
    expect(frames(good.published, 9)).toHaveLength(5000)
    expect(many.targets[1]?.stats.reconnects).toBeGreaterThan(3)
    expect(bad.peers.every(beginsWell)).toBe(true)
    for (const target of many.targets) target.abort()
    await network.pass(5000)
  }, 30_000)
})
