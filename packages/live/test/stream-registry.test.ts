import { VirtualClock } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import type { Publication } from '../src/publication.ts'
import { DEFAULT_CACHE_LIMITS, DEFAULT_SUBSCRIBER_LIMITS, subscriberLimits } from '../src/limits.ts'
import { StreamRegistry, type StreamRegistryOptions } from '../src/stream-registry.ts'
import { TimerWheel } from '../src/timer-wheel.ts'
import { audioFrame, interFrame, keyFrame, makeRegistry, TestSubscriber, videoHeader } from './arrange.ts'

const begin = (options: StreamRegistryOptions = {}) => {
  const clock = new VirtualClock(0)
  const log: string[] = []
  const { registry, advance } = makeRegistry(clock, options, {
    publisherLost: () => log.push('lost'),
    publisherReturned: () => log.push('returned'),
    streamEnded: () => log.push('ended'),
  })
  const publish = (name = 'first'): Publication | undefined =>
    registry.publish('live', 'a', { publisherReplaced: () => log.push(`${name} replaced`) }, clock.now())
  const play = (): TestSubscriber => {
    const player = new TestSubscriber()
    registry.subscribe('live', 'a', player.subscriber, clock.now())
    return player
  }
  const send = (
    publication: Publication | undefined,
    typeId: 8 | 9,
    timestamp: number,
    payload: Uint8Array,
  ): void => {
    publication?.media(typeId, timestamp, payload, clock.now())
    publication?.settle(clock.now())
  }
  return { clock, registry, advance, log, publish, play, send }
}

test('bounds that are given in part have the defaults beside them', () => {
  const { options } = new StreamRegistry(new TimerWheel(0), {
    cache: { bytes: 1000 },
    player: { soft: { ms: 5 } },
  })
  expect(options.cache).toEqual({ ...DEFAULT_CACHE_LIMITS, bytes: 1000 })
  const { soft, hard } = DEFAULT_SUBSCRIBER_LIMITS
  expect(options.player).toEqual({ soft: { ...soft, ms: 5 }, hard })
  expect(subscriberLimits({ hard: { bytes: 7 } }, options.player)).toEqual({
    soft: { ...soft, ms: 5 },
    hard: { ...hard, bytes: 7 },
  })
})

test('a player may come first and gets everything from the start', () => {
  const { advance, registry, publish, play, send } = begin()
  const viewer = play()
  advance(59_000)
  const publication = publish()
  send(publication, 9, 0, videoHeader(1))
  send(publication, 8, 0, audioFrame(1))
  send(publication, 9, 0, keyFrame(2))
  advance(5000)
  expect(viewer.texts).toEqual(['H1@0', 'a1@0', 'K2@0'])
  expect(viewer.stopped).toEqual([])
  expect(registry.wheel.size).toBe(0)
})

test('a player that waits in vain is told, and nothing of the name is left', () => {
  const { advance, registry, play, log } = begin()
  const viewer = play()
  expect(registry.size).toBe(1)
  advance(60_010)
  expect(viewer.stopped).toEqual(['notFound'])
  expect([registry.size, registry.wheel.size, log]).toEqual([0, 0, []])
})

test('a player that leaves an absent stream leaves nothing behind', () => {
  const { clock, registry, play } = begin()
  const viewer = play()
  registry.find('live', 'a')?.leave(viewer.subscriber, clock.now())
  expect([registry.size, registry.wheel.size, viewer.stopped]).toEqual([0, 0, []])
})

test('a policy may refuse players of absent streams', () => {
  const { registry } = begin({ absentStream: 'reject' })
  expect(registry.subscribe('live', 'a', new TestSubscriber().subscriber, 0)).toBeUndefined()
  expect(registry.size).toBe(0)
})

test('an unpublish ends the stream at once and frees the name', () => {
  const { clock, registry, publish, play, log } = begin()
  const publication = publish()
  const viewer = play()
  publication?.end(false, clock.now())
  publication?.end(true, clock.now())
  expect([viewer.stopped, log, registry.size]).toEqual([['streamEnded'], ['ended'], 0])
  expect(publish()).toBeDefined()
})

test('held messages still reach the players of a stream that ends', () => {
  const { clock, publish, play, send } = begin({ latency: 350 })
  const publication = publish()
  const viewer = play()
  send(publication, 9, 0, keyFrame(1))
  publication?.end(false, clock.now())
  expect(viewer.texts).toEqual(['K1@0'])
})

test('a publisher that was lost may come back within the grace period; players see one timeline', () => {
  const { clock, advance, registry, publish, play, send, log } = begin()
  const first = publish()
  const viewer = play()
  send(first, 9, 5000, videoHeader(1))
  send(first, 9, 5000, keyFrame(1))
  first?.end(true, clock.now())
  expect(registry.find('live', 'a')?.state).toBe('grace')
  advance(9000)
  const second = publish()
  send(second, 9, 0, videoHeader(2))
  send(second, 9, 0, interFrame(2))
  send(second, 9, 40, keyFrame(3))
  expect(viewer.texts).toEqual(['H1@5000', 'K1@5000', 'H2@5000', 'K3@14040'])
  expect(log).toEqual(['lost', 'returned'])
  expect(play().texts).toEqual(['H2@14040', 'K3@14040'])
  advance(30_000)
  expect(viewer.stopped).toEqual([])
})

test('after the grace period the stream is over', () => {
  const { clock, advance, registry, publish, play, log } = begin()
  publish()?.end(true, clock.now())
  expect(registry.size).toBe(0) // nobody was watching
  const publication = publish()
  const viewer = play()
  publication?.end(true, clock.now())
  advance(9990)
  expect(viewer.stopped).toEqual([])
  advance(20)
  expect(viewer.stopped).toEqual(['streamEnded'])
  expect([registry.size, registry.wheel.size]).toEqual([0, 0])
  expect(log).toEqual(['ended', 'lost', 'ended'])
})

test('a second publisher is refused unless a policy says otherwise', () => {
  const { publish, log } = begin()
  expect(publish('first')).toBeDefined()
  expect(publish('second')).toBeUndefined()
  expect(log).toEqual([])
})

test('with replace, the second publisher takes over and the players stay', () => {
  const { publish, play, send, log } = begin({ secondPublisher: 'replace' })
  const first = publish('first')
  const viewer = play()
  send(first, 9, 1000, keyFrame(1))
  const second = publish('second')
  expect(log).toEqual(['first replaced'])
  expect(first?.ended).toBe(true)
  send(first, 9, 1040, interFrame(2))
  send(second, 9, 0, keyFrame(3))
  expect(viewer.texts).toEqual(['K1@1000', 'K3@1040'])
})

test('with replaceIfIdle, only a publisher that has been silent is replaced', () => {
  const { advance, publish, send, log } = begin({ secondPublisher: 'replaceIfIdle' })
  const first = publish('first')
  advance(4000)
  send(first, 9, 0, keyFrame(1))
  advance(4900)
  expect(publish('second')).toBeUndefined()
  advance(100)
  expect(publish('third')).toBeDefined()
  expect(log).toEqual(['first replaced'])
})
