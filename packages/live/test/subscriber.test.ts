import type { MediaMessage } from '@rtmp/e-rtmp'
import { expect, test } from 'vitest'
import { Batch } from '../src/batch.ts'
import { rtmpFormat } from '../src/batch-format.ts'
import { Delivery } from '../src/delivery.ts'
import { Outbox } from '../src/outbox.ts'
import { Subscriber } from '../src/subscriber.ts'
import {
  audioFrame,
  audioMessage,
  CHUNK_SIZE,
  FakeTransport,
  interFrame,
  keyFrame,
  TestSubscriber,
  videoMessage,
} from './arrange.ts'

const limits = { soft: { bytes: 1000, ms: 3000 }, hard: { bytes: 5000, ms: 30_000 } }

const key = (id: number): MediaMessage => videoMessage(id, keyFrame(id))
const inter = (id: number): MediaMessage => videoMessage(id, interFrame(id))
const sound = (id: number, size?: number): MediaMessage => audioMessage(id, audioFrame(id, size))

test('one that has just come gets all, owes nothing and wants nothing more', () => {
  const { subscriber, texts, transport } = new TestSubscriber()
  const { index, owesCatchUp, owesSwitch, holds, audio, video, paused, throttled, isInGap, wantsMore } =
    subscriber
  expect({ index, owesCatchUp, owesSwitch, holds, paused, throttled, isInGap, wantsMore }).toEqual({
    index: -1,
    owesCatchUp: false,
    owesSwitch: false,
    holds: false,
    paused: false,
    throttled: false,
    isInGap: false,
    wantsMore: false,
  })
  expect([audio, video, texts, transport.sent]).toEqual([true, true, [], []])
  expect(subscriber.counters).toEqual({ batches: 0, videoWithheld: 0, throttles: 0, recoveries: 0 })
})

test('it gets a batch as it is, also one that begins with no key frame', () => {
  const player = new TestSubscriber()
  expect(player.subscriber.deliver(new Batch([inter(1), sound(2)]), 0)).toBe(Delivery.done)
  expect(player.texts).toEqual(['P1@1', 'a2@2'])
  expect(player.subscriber.counters).toEqual({ batches: 1, videoWithheld: 0, throttles: 0, recoveries: 0 })
})

test('what it has switched off it does not get, and need not be attended to for it', () => {
  for (const [audio, video, expected] of [
    [true, false, ['a2@2']],
    [false, true, ['K1@1', 'P3@3']],
    [false, false, []],
  ] as const) {
    const player = new TestSubscriber()
    player.subscriber.select(audio, video)
    expect(player.subscriber.wantsMore).toBe(false)
    expect(player.subscriber.deliver(new Batch([key(1), sound(2), inter(3)]), 0)).toBe(Delivery.done)
    expect(player.texts).toEqual(expected)
    expect(player.subscriber.counters.videoWithheld).toBe(0)
  }
})

test('what it takes up is what it had not before', () => {
  const { subscriber } = new TestSubscriber()
  expect(subscriber.takeUp()).toEqual({ audio: false, video: false })
  subscriber.select(false, false)
  subscriber.select(true, false)
  expect([subscriber.wantsMore, subscriber.takeUp()]).toEqual([true, { audio: true, video: false }])
  subscriber.select(true, true)
  subscriber.oweSwitch()
  expect([subscriber.wantsMore, subscriber.owesSwitch]).toEqual([true, true])
  expect([subscriber.takeUp(), subscriber.owesSwitch]).toEqual([{ audio: false, video: true }, false])
  for (const [audio, video] of [
    [true, true],
    [false, true],
    [true, false],
  ] as const) {
    const paused = new TestSubscriber().subscriber
    paused.select(audio, video)
    paused.pause()
    paused.unpause()
    expect([paused.wantsMore, paused.takeUp()]).toEqual([true, { audio, video }])
  }
})

test('without new video it goes on with any frame; with new video it waits for a key frame', () => {
  const going = new TestSubscriber()
  going.subscriber.select(false, true)
  going.subscriber.select(true, true)
  going.subscriber.takeUp()
  going.subscriber.deliver(new Batch([inter(1), sound(2)]), 0)
  expect(going.texts).toEqual(['P1@1', 'a2@2'])
  const waiting = new TestSubscriber()
  waiting.subscriber.pause()
  waiting.subscriber.unpause()
  waiting.subscriber.takeUp()
  waiting.subscriber.deliver(new Batch([inter(1), sound(2)]), 0)
  waiting.subscriber.deliver(new Batch([key(3), inter(4)]), 0)
  expect(waiting.texts).toEqual(['a2@2', 'K3@3', 'P4@4'])
  expect(waiting.subscriber.counters).toMatchObject({ batches: 2, videoWithheld: 1 })
})

test('frames that it does not want are not withheld from it', () => {
  const { subscriber } = new TestSubscriber()
  subscriber.select(true, false)
  subscriber.awaitKeyFrame()
  subscriber.deliver(new Batch([inter(1), sound(2)]), 0)
  expect(subscriber.counters.videoWithheld).toBe(0)
})

test('a pause ends what was owed; whoever is owed a catch-up goes on with that', () => {
  const { subscriber } = new TestSubscriber()
  subscriber.oweSwitch()
  subscriber.pause()
  expect([subscriber.owesSwitch, subscriber.paused, subscriber.wantsMore]).toEqual([false, true, true])
  subscriber.oweCatchUp()
  subscriber.unpause()
  expect([subscriber.owesCatchUp, subscriber.paused, subscriber.wantsMore]).toEqual([true, false, false])
  subscriber.oweSwitch()
  subscriber.catchUp([], 1, 0, 0)
  expect([subscriber.owesCatchUp, subscriber.owesSwitch]).toEqual([false, false])
})

test('it is attended to when the way is clear for what it is owed, and not before', () => {
  const player = new TestSubscriber()
  const { subscriber, outbox, transport } = player
  transport.open = false
  subscriber.writeAhead([new Uint8Array(500)], 0)
  transport.open = true
  outbox.write(new Uint8Array(10), 0)
  subscriber.oweCatchUp()
  subscriber.pause()
  expect(subscriber.deliver(new Batch([inter(1)]), 0)).toBe(Delivery.done)
  transport.release()
  expect(subscriber.deliver(new Batch([inter(2)]), 0)).toBe(Delivery.done)
  subscriber.unpause()
  expect(subscriber.deliver(new Batch([inter(3)]), 0)).toBe(Delivery.attend)
})

test('nothing that comes before live messages is no catch-up', () => {
  const { subscriber, outbox, transport } = new TestSubscriber()
  transport.open = false
  outbox.write(new Uint8Array(10), 0)
  outbox.write(new Uint8Array(10), 0)
  subscriber.writeAhead([], 0)
  expect([outbox.queuedBytes > 0, outbox.catchUpBytes]).toEqual([true, 0])
  subscriber.writeAhead([new Uint8Array(10)], 0)
  expect(outbox.catchUpBytes).toBeGreaterThan(0)
})

test('sound alone is not held back at the soft bound; at the hard bound it is over', () => {
  const { subscriber, transport, throttles } = new TestSubscriber(limits)
  subscriber.select(true, false)
  transport.open = false
  const deliver = (id: number): number => subscriber.deliver(new Batch([sound(id, 400)]), 0)
  for (let id = 1; id <= 10; id++) expect(deliver(id)).toBe(Delivery.done)
  expect([subscriber.throttled, throttles, subscriber.counters.throttles]).toEqual([false, [], 0])
  const endings = Array.from({ length: 5 }, (_, i) => deliver(20 + i))
  expect(endings.at(-1)).toBe(Delivery.over)
})

test('by the rule of gaps sound alone has gaps as well', () => {
  const transport = new FakeTransport()
  const subscriber = new Subscriber({
    format: rtmpFormat(CHUNK_SIZE, 1),
    outbox: new Outbox(transport),
    owner: { subscriberEnded: () => {} },
    limits,
    overflow: 'gap',
  })
  subscriber.select(true, false)
  transport.open = false
  for (let id = 1; id <= 5; id++) subscriber.deliver(new Batch([sound(id, 400)]), 0)
  expect([subscriber.isInGap, subscriber.counters.throttles]).toEqual([true, 1])
  expect(subscriber.deliver(new Batch([key(9), sound(9), inter(10)]), 0)).toBe(Delivery.attend)
  expect(subscriber.counters.videoWithheld).toBe(2)
  subscriber.pause()
  subscriber.unpause()
  expect(subscriber.wantsMore).toBe(false)
  // Neither the format nor the owner wants to know of it.
  subscriber.endGap(500, 0)
  expect([subscriber.isInGap, subscriber.throttled, subscriber.counters.recoveries]).toEqual([
    false,
    false,
    1,
  ])
})

test('who falls behind is told of, and that it has caught up, to who wants to know', () => {
  for (const tells of [true, false]) {
    const throttles: boolean[] = []
    const transport = new FakeTransport()
    const subscriber = new Subscriber({
      format: rtmpFormat(CHUNK_SIZE, 1),
      outbox: new Outbox(transport),
      owner: {
        subscriberEnded: () => {},
        ...(tells && { subscriberThrottled: (_one, throttled) => void throttles.push(throttled) }),
      },
      limits,
    })
    transport.open = false
    for (let id = 1; id <= 60; id++) subscriber.deliver(new Batch([inter(id)]), 0)
    expect([subscriber.throttled, subscriber.counters.throttles]).toEqual([true, 1])
    transport.release()
    transport.open = true
    subscriber.deliver(new Batch([key(70)]), 0)
    expect([subscriber.throttled, subscriber.counters.recoveries]).toEqual([false, 1])
    expect(throttles).toEqual(tells ? [true, false] : [])
  }
})

test('the end of a gap is told of to its owner', () => {
  const { subscriber, throttles, texts } = new TestSubscriber()
  subscriber.endGap(5, 0)
  expect([throttles, texts, subscriber.counters.recoveries]).toEqual([[false], [], 1])
})
