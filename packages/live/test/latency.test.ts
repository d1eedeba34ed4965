import { VirtualClock } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import { batchRule, type Latency } from '../src/latency.ts'
import { LoadWidening } from '../src/load-widening.ts'
import type { Publication } from '../src/publication.ts'
import { audioFrame, interFrame, keyFrame, makeRegistry, TestSubscriber } from './arrange.ts'

/** Sends 10 s of frames, 25 a second, and of 50 audio messages a second; returns writes to a player and the longest wait. */
const run = (
  latency: Latency,
  { busy = 0, frameMs = 40 } = {},
): { writes: number; audioWait: number; videoWait: number } => {
  const clock = new VirtualClock(0)
  const { registry, advance } = makeRegistry(clock, { latency })
  for (let i = 0; i < 4; i++) registry.load.observe(busy)
  const publication = registry.publish('live', 'a', { publisherReplaced: () => {} }, 0) as Publication
  const viewer = new TestSubscriber()
  registry.subscribe('live', 'a', viewer.subscriber, 0)
  const wait = { 8: 0, 9: 0 }
  let seen = 0
  const look = (): void => {
    if (viewer.transport.sent.length === seen) return
    for (const { typeId, timestamp } of new TestPlayerView(viewer, seen).messages) {
      const kind = typeId as 8 | 9
      wait[kind] = Math.max(wait[kind], clock.now() - timestamp)
    }
    seen = viewer.transport.sent.length
  }
  for (let ms = 0; ms < 10_000; ms += 5) {
    if (ms % frameMs === 15) publication.media(9, ms, ms === 15 ? keyFrame(ms) : interFrame(ms), clock.now())
    if (ms % 20 === 0) publication.media(8, ms, audioFrame(ms), clock.now())
    publication.settle(clock.now())
    look()
    advance(5)
    look()
  }
  return { writes: seen, audioWait: wait[8], videoWait: wait[9] }
}

/** The messages of the writes from `from` on; batches need nothing that came before. */
class TestPlayerView {
  readonly messages
  constructor(player: TestSubscriber, from: number) {
    const transport = new (player.transport.constructor as new () => typeof player.transport)()
    transport.sent.push(...player.transport.sent.slice(from))
    this.messages = transport.messages(60_000)
  }
}

test('by default a video frame leaves at once and audio rides along', () => {
  const { writes, audioWait, videoWait } = run('balanced')
  expect(videoWait).toBe(0)
  expect(audioWait).toBeLessThanOrEqual(45)
  expect(writes).toBeLessThanOrEqual(251)
})

test('low sends every message as it comes', () => {
  expect(run('low')).toEqual({ writes: 750, audioWait: 0, videoWait: 0 })
})

test('a window is one write for all that comes in it', () => {
  const { writes, videoWait } = run(350)
  expect(writes).toBeLessThanOrEqual(30)
  expect(videoWait).toBeLessThanOrEqual(355)
  expect(run('throughput').writes).toBeLessThanOrEqual(101)
})

test('a window ends with the last frame it has room for, and waits a little for one more', () => {
  const { writes, audioWait, videoWait } = run(50, { frameMs: 35 })
  expect(writes).toBeLessThanOrEqual(10_000 / 70 + 2)
  expect(videoWait).toBeLessThanOrEqual(70)
  expect(audioWait).toBeLessThanOrEqual(70)
  // One frame fits, and a second one would come too late even so.
  expect(run(50, { frameMs: 80 }).writes).toBeLessThanOrEqual(10_000 / 50)
})

test('a window does not wait for frames that have stopped coming', () => {
  const clock = new VirtualClock(0)
  const { registry, advance } = makeRegistry(clock, { latency: 50 })
  const publication = registry.publish('live', 'a', { publisherReplaced: () => {} }, 0) as Publication
  const viewer = new TestSubscriber()
  registry.subscribe('live', 'a', viewer.subscriber, 0)
  for (const ms of [0, 60, 120, 180]) {
    advance(ms - clock.now())
    publication.media(9, ms, ms === 0 ? keyFrame(ms) : interFrame(ms), clock.now())
    publication.settle(clock.now())
  }
  advance(75)
  expect(viewer.texts.at(-1)).toBe('P180@180')
})

test('a busy process makes batches longer by itself', () => {
  const { writes, videoWait } = run('balanced', { busy: 0.95 })
  expect(writes).toBeLessThanOrEqual(52)
  expect(videoWait).toBeLessThanOrEqual(205)
})

test('the window widens step by step to its bound, and narrows when it has been calm for a while', () => {
  const load = new LoadWidening(80)
  const gaps = [0.9, 0.9, 0.9, 0.9, 0.7, 0.3, 0.3, 0.7, 0.3, 0.3, 0.3].map((busy) => {
    load.observe(busy)
    return load.gapMs
  })
  expect(gaps).toEqual([20, 50, 80, 80, 80, 80, 80, 80, 80, 80, 50])
  expect(load.widenings).toBe(3)
  load.observe(0.1)
  load.observe(0.1)
  expect(load.gapMs).toBe(0)
  const off = new LoadWidening(0)
  off.observe(1)
  expect(off.gapMs).toBe(0)
})

test('a latency that is none is refused by name', () => {
  for (const wrong of ['fast', -1, 1e9, Number.NaN]) {
    expect(() => batchRule(wrong as Latency)).toThrow(
      expect.objectContaining({ code: 'LATENCY_INVALID', path: 'latency' }),
    )
  }
})
