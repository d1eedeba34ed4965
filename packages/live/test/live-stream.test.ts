import { VirtualClock } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import { STREAM_BYTES } from '../src/costs.ts'
import { framesFormat } from '../src/frames-format.ts'
import type { LiveStream } from '../src/live-stream.ts'
import type { PublisherOwner } from '../src/handles/publication.ts'
import { Outbox } from '../src/outbox.ts'
import type { Publication } from '../src/publication.ts'
import type { StreamRegistryOptions } from '../src/stream-registry.ts'
import { Subscriber } from '../src/subscriber.ts'
import { SubscriptionQueue } from '../src/subscription-queue.ts'
import type { Frames } from '../src/frames.ts'
import {
  audioFrame,
  interFrame,
  keyFrame,
  makeRegistry,
  metadata,
  TestSubscriber,
  videoHeader,
} from './arrange.ts'

/** A registry that notes everything it tells of. */
const begin = (options: StreamRegistryOptions = { latency: 'low' }, owner: Partial<PublisherOwner> = {}) => {
  const clock = new VirtualClock(1000)
  const log: string[] = []
  const note = (what: string) => (): void => void log.push(what)
  const told: number[] = []
  const { registry, advance } = makeRegistry(clock, options, {
    streamStarted: note('started'),
    publisherLost: (_stream, graceMs) => log.push(`lost ${graceMs}`),
    publisherReturned: note('returned'),
    streamEnded: note('ended'),
    firstSubscriber: note('first'),
    lastSubscriber: note('last'),
    keyFrameMissing: (_stream, track, waitedMs) => log.push(`missing ${track} ${waitedMs}`),
    memoryChanged: (_stream, bytes) => told.push(bytes),
  })
  const publish = (): Publication | undefined =>
    registry.publish('live', 'a', { publisherReplaced: note('replaced'), ...owner }, clock.now())
  const join = (limits?: ConstructorParameters<typeof TestSubscriber>[0]): TestSubscriber => {
    const player = new TestSubscriber(limits)
    registry.subscribe('live', 'a', player.subscriber, clock.now())
    return player
  }
  const stream = (): LiveStream => registry.find('live', 'a') as LiveStream
  const send = (
    publication: Publication | undefined,
    type: 8 | 9,
    time: number,
    payload: Uint8Array,
  ): void => {
    publication?.media(type, time, payload, clock.now())
    publication?.settle(clock.now())
  }
  return { clock, log, told, registry, advance, publish, join, stream, send }
}

test('its life is told of in order, each step once', () => {
  const { log, publish, join, stream, clock, advance } = begin({ latency: 'low', graceMs: 500 })
  const first = publish()
  expect([log, stream().state]).toEqual([['started'], 'live'])
  const player = join()
  join()
  expect(log.slice(1)).toEqual(['first'])
  first?.end(true, clock.now())
  first?.end(true, clock.now())
  expect([log.slice(2), stream().state, stream().publication]).toEqual([['lost 500'], 'grace', undefined])
  const second = publish()
  expect([log.slice(3), stream().state]).toEqual([['returned'], 'live'])
  // The time that was begun for the one before is no more.
  advance(1000)
  expect(stream().state).toBe('live')
  const old = stream()
  second?.end(false, clock.now())
  expect(log.slice(4)).toEqual(['last', 'ended'])
  expect([old.state, player.stopped]).toEqual(['ended', ['streamEnded']])
  old.close(clock.now())
  expect(log).toHaveLength(6)
})

test('a publisher that is replaced is told, and its stream neither ends nor begins', () => {
  const { log, publish, join, stream, clock, send } = begin({ latency: 'low', secondPublisher: 'replace' })
  const first = publish()
  const player = join()
  const second = publish()
  expect([log, first?.ended, second?.ended]).toEqual([['started', 'first', 'replaced'], true, false])
  send(second, 9, 0, keyFrame(1))
  first?.end(false, clock.now())
  expect([stream().publication, player.stopped]).toEqual([second, []])
  stream().replacePublisher(clock.now())
  stream().replacePublisher(clock.now())
  expect([log.slice(3), stream().publication]).toEqual([['replaced'], undefined])
})

test('without a time to wait in, without players, and when it was done, there is no grace', () => {
  for (const [graceMs, players, lost] of [
    [0, 1, true],
    [500, 0, true],
    [500, 1, false],
  ] as const) {
    const { publish, join, clock, registry, log } = begin({ latency: 'low', graceMs })
    const publication = publish()
    for (let i = 0; i < players; i++) join()
    publication?.end(lost, clock.now())
    expect([registry.size, log.at(-1), log.some((line) => line.startsWith('lost'))]).toEqual([
      0,
      'ended',
      false,
    ])
  }
})

test('a stream that somebody waited for in vain has not ended, since it never began', () => {
  const { log, join, stream, clock, registry } = begin()
  const player = join()
  stream().close(clock.now())
  expect([registry.size, player.stopped, log]).toEqual([0, ['streamEnded'], ['first', 'last']])
})

test('one that is published is not closed so', () => {
  const { publish, stream, clock } = begin()
  publish()
  stream().close(clock.now())
  expect(stream().state).toBe('live')
})

test('it counts batches, messages, and the most who had it at once', () => {
  const { publish, join, stream, send, clock } = begin()
  const publication = publish()
  send(publication, 9, 0, keyFrame(1))
  expect(stream().counters).toEqual({ batches: 0, messages: 0, stalled: 0, peakSubscribers: 0 })
  const [one, two] = [join(), join()]
  send(publication, 9, 40, interFrame(2))
  publication?.media(9, 80, interFrame(3), clock.now())
  publication?.data('send', 'onCue', 80, metadata(1), clock.now())
  stream().flush(clock.now())
  stream().flush(clock.now())
  expect(stream().counters).toEqual({ batches: 2, messages: 3, stalled: 0, peakSubscribers: 2 })
  stream().leave(one.subscriber, clock.now())
  stream().leave(one.subscriber, clock.now())
  expect([stream().subscribers.length, one.subscriber.index, one.stopped]).toEqual([1, -1, []])
  join()
  expect(stream().counters.peakSubscribers).toBe(2)
  expect(two.stopped).toEqual([])
  expect(two.subscriber.counters).toMatchObject({ batches: 2, videoWithheld: 0 })
})

test('of several who leave, each goes itself, whatever its place', () => {
  for (const order of [
    [0, 1, 2],
    [2, 0, 1],
    [1, 2, 0],
  ]) {
    const { publish, join, stream, clock } = begin()
    publish()
    const players = [join(), join(), join()]
    const there = new Set(players)
    for (const i of order) {
      const player = players[i] as TestSubscriber
      stream().stop(player.subscriber, 'stalled', clock.now())
      stream().stop(player.subscriber, 'stalled', clock.now())
      there.delete(player)
      expect(player.stopped).toEqual(['stalled'])
      expect(new Set(stream().subscribers)).toEqual(new Set([...there].map(({ subscriber }) => subscriber)))
      for (const [place, subscriber] of stream().subscribers.entries()) expect(subscriber.index).toBe(place)
    }
  }
})

test('those who can have no more are stopped together, and the others get all', () => {
  const limits = { soft: { bytes: 100, ms: 3000 }, hard: { bytes: 1000, ms: 30_000 } }
  const { publish, join, stream, send } = begin()
  const publication = publish()
  send(publication, 9, 0, keyFrame(1))
  const slow = [join(limits), join(limits)]
  const healthy = join()
  for (const one of slow) one.transport.open = false
  for (let i = 2; i < 20; i++) send(publication, 8, i * 10, audioFrame(i, 200))
  expect(slow.map(({ stopped }) => stopped)).toEqual([['stalled'], ['stalled']])
  expect([stream().counters.stalled, stream().subscribers.length]).toEqual([2, 1])
  expect(healthy.texts).toHaveLength(19)
})

test('the first who sees it makes its publisher known of it, once until nobody does', () => {
  let first = 0
  const { publish, join, stream, clock, log } = begin(
    { latency: 'low' },
    { firstSubscriber: () => (first += 1) },
  )
  publish()
  const [one, two] = [join(), join()]
  expect([first, log]).toEqual([1, ['started', 'first']])
  for (const { subscriber } of [one, two]) stream().leave(subscriber, clock.now())
  expect(log.slice(2)).toEqual(['last'])
  join()
  expect([first, log.slice(3)]).toEqual([2, ['first']])
})

test('what it costs is told of, with its path, and nothing of it at its end', () => {
  const { publish, join, told, stream, send, clock } = begin()
  const publication = publish()
  expect(stream().memoryBytes).toBe(STREAM_BYTES + 'live/a'.length * 4)
  join()
  expect(told).toEqual([stream().memoryBytes])
  send(publication, 9, 0, keyFrame(1, 50_000))
  expect(told.at(-1)).toBeGreaterThan(50_000)
  publication?.end(false, clock.now())
  expect(told.at(-1)).toBe(0)
})

test('that nobody who joins can start is told with the track and the time', () => {
  const { publish, log, send, advance } = begin()
  const publication = publish()
  send(publication, 9, 0, interFrame(1))
  advance(10_000)
  send(publication, 9, 10_000, interFrame(2))
  expect(log).toEqual(['started', 'missing 0 10000'])
})

test('any frame is a start where the rules say so', () => {
  const { publish, join, send, advance } = begin({ latency: 'low', startWithoutKeyFrameMs: 4000 })
  const publication = publish()
  const player = join()
  send(publication, 9, 0, interFrame(1))
  advance(4000)
  send(publication, 9, 4000, interFrame(2))
  expect(player.texts).toEqual(['P2@4000'])
})

test('nothing gathers for nobody', () => {
  const { publish, join, stream, clock } = begin({ latency: 'balanced' })
  const publication = publish()
  publication?.media(9, 0, keyFrame(1), clock.now())
  publication?.data('send', 'onCue', 0, metadata(1), clock.now())
  expect(stream().open.messages).toHaveLength(0)
  const player = join()
  publication?.media(8, 10, audioFrame(2), clock.now())
  expect(stream().open.messages).toHaveLength(1)
  stream().leave(player.subscriber, clock.now())
  expect(stream().open.messages).toHaveLength(0)
})

test('who taps it hears every message and its end; nothing more when it has stopped', () => {
  const { publish, registry, stream, send, clock } = begin()
  const heard: string[] = []
  const tap = {
    message: ({ typeId, timestamp }: { typeId: number; timestamp: number }) =>
      void heard.push(`${typeId}@${timestamp}`),
    ended: () => void heard.push('ended'),
  }
  const publication = publish()
  expect([stream().isTapped, publication?.unwatched]).toEqual([false, true])
  const stop = registry.tap('live', 'a', tap, clock.now())
  const stopOther = registry.tap('live', 'a', { message: () => {} }, clock.now())
  expect([stream().isTapped, publication?.unwatched]).toEqual([true, false])
  send(publication, 9, 0, keyFrame(1))
  publication?.data('set', 'onMetaData', 5, metadata(1), clock.now())
  publication?.end(false, clock.now())
  expect(heard).toEqual(['9@0', '18@5', 'ended'])
  const again = publish()
  stop()
  send(again, 9, 0, keyFrame(1))
  expect([heard.length, stream().isTapped]).toEqual([3, true])
  stopOther()
  expect(stream().isTapped).toBe(false)
})

test('payloads may be used again when nobody can have kept them', () => {
  const { publish, registry, stream, send, clock } = begin()
  const publication = publish()
  send(publication, 9, 0, keyFrame(1))
  expect(stream().takeShown()).toBe(false)
  void stream().cache.gop
  expect([stream().takeShown(), stream().takeShown()]).toEqual([true, false])
  const stop = registry.tap('live', 'a', { message: () => {} }, clock.now())
  // It was shown the group, and goes on to be shown all that comes.
  expect([stream().takeShown(), stream().takeShown()]).toEqual([true, true])
  stop()
  expect([stream().takeShown(), stream().takeShown()]).toEqual([true, false])
})

test('the memory of payloads is that of its group, its open batch, and of those who hold payloads', () => {
  const { publish, join, stream, registry, clock } = begin({ latency: 'balanced' })
  const publication = publish()
  const [key, inter] = [keyFrame(1), interFrame(2)]
  publication?.media(9, 0, key, clock.now())
  const memory = (): Set<ArrayBufferLike> => {
    const all = new Set<ArrayBufferLike>()
    stream().addMemoryTo(all)
    return all
  }
  expect(memory()).toEqual(new Set([key.buffer]))
  join()
  publication?.media(9, 40, inter, clock.now())
  stream().cache.forgetGroup()
  expect(memory()).toEqual(new Set([inter.buffer]))
  const held = new Uint8Array(10)
  const queue = new SubscriptionQueue(() => {})
  const frames = new Subscriber<Frames>({
    format: framesFormat,
    outbox: Object.assign(new Outbox<Frames>(queue), {
      addMemoryTo: (all: Set<ArrayBufferLike>) => void all.add(held.buffer),
    }),
    owner: { subscriberEnded: () => {} },
  })
  registry.subscribe('live', 'a', frames, clock.now())
  expect(memory().has(held.buffer)).toBe(true)
})

test('what is switched on or off while it is paused waits for it to go on', () => {
  const { publish, join, stream, send, clock } = begin()
  const publication = publish()
  send(publication, 9, 0, videoHeader(1))
  send(publication, 9, 0, keyFrame(1))
  const player = join()
  const sent = player.texts.length
  stream().unpause(player.subscriber, clock.now())
  expect(player.texts).toHaveLength(sent)
  stream().pause(player.subscriber)
  stream().select(player.subscriber, true, false, clock.now())
  stream().select(player.subscriber, true, true, clock.now())
  send(publication, 9, 40, keyFrame(2))
  expect([player.texts.length, player.subscriber.paused, player.subscriber.wantsMore]).toEqual([
    sent,
    true,
    true,
  ])
  stream().unpause(player.subscriber, clock.now())
  send(publication, 9, 80, interFrame(3))
  send(publication, 9, 120, keyFrame(4))
  expect(player.texts.slice(sent)).toEqual(['H1@40', 'K4@120'])
  expect([player.subscriber.paused, player.subscriber.wantsMore]).toEqual([false, false])
})

test('video messages are counted as the present publisher sends them', () => {
  const { publish, join, stream, send, clock } = begin()
  join()
  expect(stream().videoMessages).toBe(0)
  const publication = publish()
  send(publication, 9, 0, keyFrame(1))
  send(publication, 8, 0, audioFrame(1))
  expect(stream().videoMessages).toBe(1)
  publication?.end(true, clock.now())
  expect(stream().videoMessages).toBe(0)
})

test('who leaves takes nothing along of what waits for others', () => {
  const { publish, join, stream, clock, advance } = begin({ latency: 50 })
  const publication = publish()
  const [gone, stays] = [join(), join()]
  publication?.media(9, 0, keyFrame(1), clock.now())
  publication?.settle(clock.now())
  stream().stop(gone.subscriber, 'stalled', clock.now())
  advance(200)
  expect([gone.texts, stays.texts]).toEqual([[], ['K1@0']])
})

test('nobody need hear of a publisher that comes back', () => {
  const clock = new VirtualClock(0)
  const { registry } = makeRegistry(clock, { graceMs: 1000 })
  const begins = () => registry.publish('live', 'a', { publisherReplaced: () => {} }, 0)
  const first = begins()
  registry.subscribe('live', 'a', new TestSubscriber().subscriber, 0)
  first?.end(true, 0)
  expect(begins()).toBeDefined()
  expect(registry.find('live', 'a')?.state).toBe('live')
})
