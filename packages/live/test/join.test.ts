import { VirtualClock } from '@rtmp/testkit'
import fc from 'fast-check'
import { describe as group, expect, test } from 'vitest'
import type { Latency } from '../src/latency.ts'
import type { Publication } from '../src/publication.ts'
import {
  audioFrame,
  audioHeader,
  interFrame,
  keyFrame,
  makeRegistry,
  metadata,
  TestSubscriber,
  trackFrame,
  trackHeader,
  videoHeader,
} from './arrange.ts'

const nobody = { publisherReplaced: (): void => {} }

const begin = (latency: Latency = 'balanced') => {
  const clock = new VirtualClock(1000)
  const { registry, advance } = makeRegistry(clock, { latency })
  const publication = registry.publish('live', 'a', nobody, clock.now()) as Publication
  const join = (): TestSubscriber => {
    const player = new TestSubscriber()
    registry.subscribe('live', 'a', player.subscriber, clock.now())
    return player
  }
  const send = (typeId: 8 | 9, timestamp: number, payload: Uint8Array): void => {
    publication.media(typeId, timestamp, payload, clock.now())
    publication.settle(clock.now())
  }
  return { clock, registry, advance, publication, join, send }
}

group('joining a stream', () => {
  test('a late joiner gets metadata, headers, the group of pictures with its sound, and then what is live', () => {
    const { publication, clock, join, send } = begin()
    publication.data('set', 'onMetaData', 0, metadata(1), clock.now())
    send(9, 0, videoHeader(1))
    send(8, 0, audioHeader(1))
    send(9, 0, keyFrame(1))
    send(8, 10, audioFrame(2))
    send(9, 40, interFrame(3))
    send(9, 80, keyFrame(4))
    send(8, 90, audioFrame(5))
    send(9, 120, interFrame(6))
    const late = join()
    expect(late.texts).toEqual(['D1@80', 'H1@80', 'h1@80', 'K4@80', 'a5@90', 'P6@120'])
    send(9, 160, interFrame(7))
    expect(late.texts.slice(6)).toEqual(['P7@160'])
  })

  test('frames of a track that waits for its key frame are left out, and counted', () => {
    const { join, send } = begin('low')
    send(9, 0, trackFrame(0, true, 1))
    const late = join()
    const sent = late.texts.length
    send(9, 40, trackFrame(1, false, 2))
    send(9, 40, trackFrame(0, false, 3))
    send(9, 80, trackFrame(1, false, 4))
    send(9, 120, trackFrame(1, true, 5))
    send(9, 160, trackFrame(1, false, 6))
    expect(late.texts.slice(sent)).toHaveLength(3)
    expect(late.subscriber.counters.videoWithheld).toBe(2)
  })

  test('messages that wait in the open batch reach somebody who joins once, at once', () => {
    const { advance, join, send } = begin(100)
    const early = join()
    send(9, 0, videoHeader(1))
    send(9, 0, keyFrame(1))
    send(9, 40, interFrame(2))
    expect(early.texts).toEqual([])
    const late = join()
    expect(late.texts).toEqual(['H1@0', 'K1@0', 'P2@40'])
    send(9, 80, interFrame(3))
    advance(100)
    expect(early.texts).toEqual(['H1@0', 'K1@0', 'P2@40', 'P3@80'])
    expect(late.texts).toEqual(['H1@0', 'K1@0', 'P2@40', 'P3@80'])
  })

  test('before the first key frame there is sound only', () => {
    const { join, send } = begin()
    send(9, 0, videoHeader(1))
    send(9, 0, interFrame(1))
    const late = join()
    send(8, 20, audioFrame(2))
    send(9, 40, interFrame(3))
    send(9, 80, keyFrame(4))
    expect(late.texts).toEqual(['H1@0', 'a2@20', 'K4@80'])
  })

  test('a stream without video starts with its header and goes on from now', () => {
    const { advance, join, send } = begin()
    send(8, 0, audioHeader(1))
    send(8, 0, audioFrame(1))
    send(8, 20, audioFrame(2))
    const late = join()
    send(8, 40, audioFrame(3))
    advance(45)
    expect(late.texts).toEqual(['h1@20', 'a3@40'])
  })

  test('a header that changes inside a group stands where it changed', () => {
    const { join, send } = begin()
    send(9, 0, videoHeader(1))
    send(8, 0, audioHeader(1))
    send(9, 0, keyFrame(1))
    send(8, 10, audioHeader(2))
    send(8, 20, audioFrame(2))
    send(9, 40, interFrame(3))
    expect(join().texts).toEqual(['H1@0', 'h1@0', 'K1@0', 'h2@10', 'a2@20', 'P3@40'])
    send(8, 50, audioHeader(2))
    send(9, 80, keyFrame(4))
    expect(join().texts).toEqual(['H1@80', 'h2@80', 'K4@80'])
  })

  test('every track starts at its own key frame', () => {
    const { join, send } = begin()
    send(9, 0, trackHeader(0, 1))
    send(9, 0, trackHeader(1, 2))
    send(9, 0, trackFrame(1, false, 3))
    send(9, 0, trackFrame(0, true, 4))
    send(9, 10, trackFrame(1, false, 5))
    expect(join().texts).toEqual(['H1t0@0', 'H2t1@0', 'K4t0@0'])
    send(9, 20, trackFrame(1, true, 6))
    send(9, 30, trackFrame(0, false, 7))
    send(9, 40, trackFrame(0, true, 8))
    send(9, 50, trackFrame(1, false, 9))
    expect(join().texts).toEqual(['H1t0@20', 'H2t1@20', 'K6t1@20', 'K8t0@40', 'P9t1@50'])
  })

  test('metadata replaces older metadata, and is forgotten when cleared', () => {
    const { publication, clock, join } = begin()
    publication.data('set', 'onMetaData', 0, metadata(1), clock.now())
    publication.data('set', 'onMetaData', 0, metadata(2), clock.now())
    expect(join().texts).toEqual(['D2@0'])
    publication.data('clear', 'onMetaData', 0, new Uint8Array(0), clock.now())
    expect(join().texts).toEqual([])
  })

  const step = fc.oneof(
    { weight: 6, arbitrary: fc.constant('audio' as const) },
    { weight: 6, arbitrary: fc.constant('inter' as const) },
    { weight: 1, arbitrary: fc.constant('key' as const) },
    { weight: 2, arbitrary: fc.constant('join' as const) },
    { weight: 2, arbitrary: fc.integer({ min: 5, max: 120 }) },
  )
  const latency = fc.constantFrom<Latency>('low', 'balanced', 'throughput', 30, 350)

  test('whenever somebody joins: no gap, no duplicate, the first picture is the newest key frame', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), latency, fc.nat(), (steps, rule, offset) => {
        const { advance, join, send } = begin(rule)
        const start = (0x1_0000_0000 - 500 + (offset % 1000)) >>> 0 // crosses 2^32 in half of the runs
        const published: string[] = []
        const joined: { player: TestSubscriber; from: number; key: number }[] = []
        let id = 0
        let time = start
        let key = -1
        for (const what of steps) {
          if (typeof what === 'number') {
            advance(what)
            time = (time + what) >>> 0
          } else if (what === 'join') joined.push({ player: join(), from: published.length, key })
          else {
            id += 1
            if (what === 'key') key = published.length
            published.push(`${what === 'audio' ? 'a' : what === 'key' ? 'K' : 'P'}${id}@${time}`)
            send(
              what === 'audio' ? 8 : 9,
              time,
              what === 'audio' ? audioFrame(id) : what === 'key' ? keyFrame(id) : interFrame(id),
            )
          }
        }
        advance(400)
        for (const { player, from, key: keyAtJoin } of joined) {
          const expected =
            keyAtJoin >= 0
              ? published.slice(keyAtJoin)
              : published.filter((text, i) => {
                  if (i < from) return false
                  const firstKey = published.findIndex((other, at) => at >= from && other.startsWith('K'))
                  return text.startsWith('a') || (firstKey >= 0 && i >= firstKey)
                })
          expect(player.texts).toEqual(expected)
        }
      }),
      { numRuns: 300 },
    )
  })
})
