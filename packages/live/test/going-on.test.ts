import { VirtualClock } from '@rtmp/testkit'
import { describe as group, expect, test } from 'vitest'
import type { LiveStream } from '../src/live-stream.ts'
import type { Publication } from '../src/publication.ts'
import type { StreamRegistryOptions } from '../src/stream-registry.ts'
import {
  interFrame,
  keyFrame,
  makeRegistry,
  TestSubscriber,
  trackFrame,
  trackHeader,
  videoHeader,
} from './arrange.ts'

const nobody = { publisherReplaced: (): void => {} }

const begin = (options: StreamRegistryOptions = {}) => {
  const clock = new VirtualClock(1000)
  const { registry, advance } = makeRegistry(clock, options)
  const publication = registry.publish('live', 'a', nobody, clock.now()) as Publication
  const join = (): TestSubscriber => {
    const player = new TestSubscriber()
    registry.subscribe('live', 'a', player.subscriber, clock.now())
    return player
  }
  const send = (timestamp: number, payload: Uint8Array): void => {
    publication.media(9, timestamp, payload, clock.now())
    publication.settle(clock.now())
  }
  const stream = registry.find('live', 'a') as LiveStream
  return { clock, advance, stream, join, send }
}

group('each track of a player begins with its own key frame (found by the simulation)', () => {
  test('when video goes on at the key frame of another track', () => {
    const { clock, stream, join, send } = begin({ latency: 'low' })
    send(0, trackHeader(0, 1))
    send(0, trackHeader(1, 2))
    send(0, trackFrame(0, true, 3))
    const late = join()
    stream.select(late.subscriber, true, false, clock.now())
    stream.select(late.subscriber, true, true, clock.now())
    const before = late.texts.length
    send(0, trackFrame(1, true, 4))
    send(40, trackFrame(0, false, 5))
    send(40, trackFrame(1, false, 6))
    send(80, trackFrame(0, true, 7))
    send(80, trackFrame(1, true, 8))
    send(120, trackFrame(0, false, 9))
    expect(late.texts.slice(before)).toEqual(['K4t1@0', 'P6t1@40', 'K7t0@80', 'K8t1@80', 'P9t0@120'])
  })

  test('when a track was given up because its group became too large', () => {
    const cache = { bytes: 1000, messages: 4, ms: 30_000, headerBytes: 1000, headers: 10 }
    const { join, send } = begin({ latency: 'low', cache })
    send(0, trackFrame(0, true, 1))
    send(40, trackFrame(0, false, 2))
    send(40, trackFrame(1, true, 3))
    send(80, trackFrame(0, false, 4))
    send(80, trackFrame(1, false, 5))
    const late = join()
    expect(late.texts).toEqual(['K3t1@40', 'P5t1@80'])
    send(120, trackFrame(0, false, 6))
    send(120, trackFrame(1, false, 7))
    send(160, trackFrame(0, true, 8))
    send(200, trackFrame(0, false, 9))
    expect(late.texts.slice(2)).toEqual(['P7t1@120', 'K8t0@160', 'P9t0@200'])
  })

  test('also when that key frame waits in the open batch while it joins', () => {
    const { advance, join, send } = begin({ latency: 100 })
    const early = join()
    send(0, trackFrame(0, true, 1))
    const late = join()
    send(0, trackFrame(1, true, 2))
    advance(200)
    send(40, trackFrame(0, false, 3))
    send(40, trackFrame(1, false, 4))
    advance(200)
    expect(late.texts).toEqual(['K1t0@0', 'K2t1@0', 'P3t0@40', 'P4t1@40'])
    expect(late.texts).toEqual(early.texts)
  })
})

test('whoever goes on is not sent new headers before frames that need the old ones (found by the simulation)', () => {
  const { clock, stream, advance, join, send } = begin({ latency: 100 })
  join()
  const player = join()
  send(0, videoHeader(1))
  send(0, keyFrame(2))
  advance(200)
  stream.pause(player.subscriber)
  send(40, keyFrame(3))
  send(80, videoHeader(4))
  const before = player.texts.length
  stream.unpause(player.subscriber, clock.now())
  send(80, keyFrame(5))
  send(120, interFrame(6))
  advance(200)
  expect(player.texts.slice(before)).toEqual(['H4@40', 'K5@80', 'P6@120'])
})
