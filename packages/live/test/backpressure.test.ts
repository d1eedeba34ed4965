import { VirtualClock } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import type { Publication } from '../src/publication.ts'
import type { SubscriberLimits } from '../src/limits.ts'
import { audioFrame, interFrame, keyFrame, makeRegistry, TestSubscriber, videoHeader } from './arrange.ts'

const limits: SubscriberLimits = { soft: { bytes: 50_000, ms: 3000 }, hard: { bytes: 200_000, ms: 30_000 } }

const begin = () => {
  const clock = new VirtualClock(0)
  const { registry, advance } = makeRegistry(clock, { latency: 'low' })
  const publication = registry.publish('live', 'a', { publisherReplaced: () => {} }, 0) as Publication
  let id = 0
  const send = (kind: 'K' | 'P' | 'a' | 'H', size = 10_000): string => {
    id += 1
    const payload = { K: keyFrame, P: interFrame, a: audioFrame, H: videoHeader }[kind](id, size)
    publication.media(kind === 'a' ? 8 : 9, id * 10, payload, clock.now())
    publication.settle(clock.now())
    advance(10)
    return `${kind}${id}@${id * 10}`
  }
  const join = (): TestSubscriber => {
    const player = new TestSubscriber(limits)
    registry.subscribe('live', 'a', player.subscriber, clock.now())
    return player
  }
  return { clock, registry, advance, send, join }
}

test('over the soft bound a player gets sound and headers only, until it has drained and a key frame comes', () => {
  const { send, join } = begin()
  const slow = join()
  const healthy = join()
  slow.transport.open = false
  const all: string[] = []
  const expected: string[] = []
  const note = (text: string, reachesSlow: boolean): void => {
    all.push(text)
    if (reachesSlow) expected.push(text)
  }
  note(send('K'), true)
  for (let i = 0; i < 4; i++) note(send('P'), true)
  expect(slow.subscriber.throttled).toBe(false)
  note(send('P'), false)
  expect(slow.subscriber.throttled).toBe(true)
  note(send('a', 100), true)
  note(send('K'), false) // not drained
  note(send('H'), true)
  slow.transport.release()
  slow.transport.open = true
  note(send('P'), false) // drained, no key frame
  note(send('a', 100), true)
  expect(slow.subscriber.throttled).toBe(true)
  note(send('K'), true)
  expect(slow.subscriber.throttled).toBe(false)
  note(send('P'), true)
  expect(slow.texts).toEqual(expected)
  expect(healthy.texts).toEqual(all)
  expect(slow.throttles).toEqual([true, false])
  expect(slow.subscriber.counters).toMatchObject({ throttles: 1, recoveries: 1, videoWithheld: 3 })
  expect(slow.stopped).toEqual([])
})

test('video that is too old is as bad as too much of it', () => {
  const { advance, send, join } = begin()
  const slow = join()
  slow.transport.open = false
  send('K', 1000)
  send('P', 1000)
  send('P', 1000)
  advance(2900)
  send('P', 1000)
  expect(slow.subscriber.throttled).toBe(false)
  advance(200)
  send('P', 1000)
  expect(slow.subscriber.throttled).toBe(true)
})

test('over the hard bound a player is stopped, and nobody else notices', () => {
  const { registry, send, join } = begin()
  const players = [join(), join(), join()] as [TestSubscriber, TestSubscriber, TestSubscriber]
  players[0].transport.open = false
  players[1].transport.open = false
  send('K')
  for (let i = 0; i < 60; i++) send('a')
  expect(players.map(({ stopped }) => stopped)).toEqual([['stalled'], ['stalled'], []])
  expect(players[2].texts.length).toBe(61)
  const stream = registry.find('live', 'a')
  expect(stream?.subscribers.length).toBe(1)
  expect(stream?.counters.stalled).toBe(2)
})

test('a catch-up larger than the bounds does not count against who gets it', () => {
  const { send, join } = begin()
  send('K', 150_000)
  send('P', 150_000)
  const late = join()
  late.transport.open = false
  send('P')
  send('P')
  expect([late.subscriber.throttled, late.stopped.length]).toEqual([false, 0])
  late.transport.release()
  expect(late.texts).toEqual(['K1@10', 'P2@20', 'P3@30', 'P4@40'])
})

test('a pause holds everything back; after it come headers and a key frame', () => {
  const { clock, registry, send, join } = begin()
  send('H')
  send('K')
  const viewer = join()
  const stream = registry.find('live', 'a')
  stream?.pause(viewer.subscriber)
  send('P')
  send('K')
  send('a')
  stream?.unpause(viewer.subscriber, clock.now())
  send('P')
  const sound = send('a')
  const key = send('K')
  const texts = viewer.texts
  expect(texts.slice(-3)).toEqual([expect.stringMatching(/^H1@/), sound, key])
  expect(texts.length).toBe(5)
})

test('receiveVideo(false) leaves the sound, receiveVideo(true) brings headers and waits for a key frame', () => {
  const { clock, registry, send, join } = begin()
  send('H')
  send('K')
  const viewer = join()
  const stream = registry.find('live', 'a')
  stream?.select(viewer.subscriber, true, false, clock.now())
  send('P')
  const first = send('a')
  stream?.select(viewer.subscriber, true, true, clock.now())
  send('P')
  const key = send('K')
  stream?.select(viewer.subscriber, false, true, clock.now())
  send('a')
  const last = send('P')
  expect(viewer.texts.slice(2)).toEqual([first, expect.stringMatching(/^H1@/), key, last])
})
