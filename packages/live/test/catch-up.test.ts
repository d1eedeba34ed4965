import { VirtualClock } from '@rtmp/testkit'
import fc from 'fast-check'
import { describe as group, expect, test } from 'vitest'
import type { BatchFormat } from '../src/batch-format.ts'
import type { Latency } from '../src/latency.ts'
import type { LiveStream } from '../src/live-stream.ts'
import { Outbox } from '../src/outbox.ts'
import type { Publication } from '../src/publication.ts'
import { Subscriber } from '../src/subscriber.ts'
import {
  audioFrame,
  audioHeader,
  FakeTransport,
  interFrame,
  keyFrame,
  makeRegistry,
  metadata,
  TestSubscriber,
  trackFrame,
  videoHeader,
} from './arrange.ts'

const nobody = { publisherReplaced: (): void => {} }

const begin = (latency: Latency = 'low') => {
  const clock = new VirtualClock(0)
  const { registry, advance } = makeRegistry(clock, { latency })
  const publication = registry.publish('live', 'a', nobody, 0) as Publication
  const stream = registry.find('live', 'a') as LiveStream
  let id = 0
  const send = (kind: 'K' | 'P' | 'a' | 'H' | 'h', size = 20): string => {
    id += 1
    const make = {
      K: keyFrame,
      P: interFrame,
      a: audioFrame,
      H: (n: number) => videoHeader(n),
      h: audioHeader,
    }[kind]
    publication.media(kind === 'a' || kind === 'h' ? 8 : 9, id * 10, make(id, size), clock.now())
    publication.settle(clock.now())
    advance(5)
    return `${kind}${id}@${id * 10}`
  }
  const join = (player = new TestSubscriber()): TestSubscriber => {
    registry.subscribe('live', 'a', player.subscriber, clock.now())
    return player
  }
  return { clock, registry, advance, publication, stream, send, join }
}

group('a subscriber whose last catch-up has not left gets no second one', () => {
  const SIZE = 100_000

  test.each([
    [
      'pauses and goes on',
      (stream: LiveStream, { subscriber }: TestSubscriber) => {
        stream.pause(subscriber)
        stream.unpause(subscriber, 0)
      },
    ],
    [
      'switches video off and on',
      (stream: LiveStream, { subscriber }: TestSubscriber) => {
        stream.select(subscriber, true, false, 0)
        stream.select(subscriber, true, true, 0)
      },
    ],
    [
      'switches sound off and on',
      (stream: LiveStream, { subscriber }: TestSubscriber) => {
        stream.select(subscriber, false, true, 0)
        stream.select(subscriber, true, true, 0)
      },
    ],
  ])('however often it %s', (_, act) => {
    const { stream, publication, send, join } = begin()
    publication.media(
      9,
      0,
      Uint8Array.from({ length: SIZE }, (__, i) => (i < 2 ? [0x17, 0][i] : 1) as number),
      0,
    )
    publication.media(
      8,
      0,
      Uint8Array.from({ length: SIZE }, (__, i) => (i < 2 ? [0xaf, 0][i] : 1) as number),
      0,
    )
    const player = join()
    player.transport.open = false
    for (let i = 0; i < 2000; i++) act(stream, player)
    // Once what the first catch-up left free, never once more.
    expect(player.outbox.queuedBytes).toBeLessThan(3 * SIZE)
    player.transport.open = true
    player.transport.release()
    send('P')
    const key = send('K')
    const sound = send('a')
    expect(player.texts.slice(-2)).toEqual([key, sound])
  })

  test('nor do the next plays of its connection: they get theirs when it has left, and then all behind it', () => {
    const { publication, clock, send, join, registry, stream } = begin()
    publication.data(
      'set',
      'onMetaData',
      0,
      Uint8Array.from({ length: SIZE }, () => 2),
      clock.now(),
    )
    send('K')
    const first = join()
    first.transport.open = false
    const more: Subscriber<Uint8Array>[] = []
    let last = first.subscriber as Subscriber<Uint8Array>
    stream.leave(last, 0)
    first.outbox.discard()
    for (let i = 0; i < 1000; i++) {
      last = new Subscriber({
        format: first.subscriber.format as BatchFormat<Uint8Array>,
        outbox: first.outbox,
        owner: { subscriberEnded: () => {} },
      })
      registry.subscribe('live', 'a', last, clock.now())
      if (i < 999) stream.leave(last, clock.now())
      more.push(last)
    }
    expect(first.outbox.queuedBytes).toBeLessThan(2 * SIZE)
    send('P')
    first.transport.open = true
    first.transport.release()
    const before = first.texts.length
    const at = first.transport.sent.length
    send('P')
    expect(first.texts.slice(before)).toEqual(['D2@10', 'K1@10', 'P2@20', 'P3@30'])
    expect(first.transport.sent.length - at).toBe(2)
    const next = send('P')
    expect(first.texts.at(-1)).toBe(next)
  })
})

group('those who join share what is sent to them', () => {
  /** Counts what it encodes. */
  const counting = (): { format: BatchFormat<Uint8Array>; bytes: () => number; calls: () => number } => {
    let bytes = 0
    let calls = 0
    const format: BatchFormat<Uint8Array> = {
      name: 'counting',
      encode: (messages) => {
        calls += 1
        for (const { payload } of messages) bytes += payload.length
        return new Uint8Array(messages.reduce((sum, { payload }) => sum + payload.length, 0))
      },
    }
    return { format, bytes: () => bytes, calls: () => calls }
  }
  const owner = { subscriberEnded: (): void => {} }
  const subscriberOf = (format: BatchFormat<Uint8Array>): Subscriber<Uint8Array> =>
    new Subscriber({ format, outbox: new Outbox(new FakeTransport()), owner })

  test('headers, sealed pieces and the open tail are encoded once for 1000 at one moment', () => {
    const { publication, stream, send, clock } = begin()
    publication.data('set', 'onMetaData', 0, metadata(1), clock.now())
    send('H')
    send('K', 50_000)
    for (let i = 0; i < 40; i++) send('P', 10_000)
    const { format, calls } = counting()
    for (let i = 0; i < 1000; i++) stream.join(subscriberOf(format), clock.now())
    expect(calls()).toBe(5) // headers, three sealed pieces of 128 KiB, the tail
  })

  test.each(['without sound', 'with several tracks'] as const)('%s too', (which) => {
    const { publication, stream, clock } = begin()
    const push = (payload: Uint8Array, typeId = 9): void => publication.media(typeId, 0, payload, clock.now())
    push(trackFrame(0, true, 1))
    push(trackFrame(1, false, 2))
    push(trackFrame(1, true, 3))
    for (let i = 0; i < 600; i++) push(audioFrame(i), 8)
    const { format, calls } = counting()
    const one = (): void => {
      const subscriber = subscriberOf(format)
      if (which === 'without sound') subscriber.select(false, true)
      stream.join(subscriber, clock.now())
    }
    one()
    const first = calls()
    for (let i = 0; i < 500; i++) one()
    expect(calls()).toBe(first)
    push(audioFrame(7), 8)
    one()
    expect(calls() - first).toBe(1) // the tail
  })

  test('and what they have asked for anew', () => {
    const { stream, send, clock } = begin()
    send('H')
    send('h')
    send('K')
    const { format, calls } = counting()
    const all = Array.from({ length: 200 }, () => subscriberOf(format))
    for (const subscriber of all) stream.join(subscriber, clock.now())
    const before = calls()
    for (const subscriber of all) {
      stream.pause(subscriber)
      stream.unpause(subscriber, clock.now())
    }
    expect(calls() - before).toBe(1)
  })
})

const step = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a' as const, 'P' as const) },
  { weight: 2, arbitrary: fc.constantFrom('K' as const, 'H' as const, 'h' as const) },
  { weight: 1, arbitrary: fc.constant('join' as const) },
  {
    weight: 4,
    arbitrary: fc.record(
      {
        who: fc.nat(5),
        what: fc.constantFrom('pause', 'unpause', 'noVideo', 'noAudio', 'all', 'slow', 'fast'),
      },
      { noNullPrototype: true },
    ),
  },
)

const latency = fc.constantFrom<Latency>('low', 'balanced', 30, 350)

test('whatever joiners pause, choose and delay: nothing twice, no frame without those before it, and in the end all', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), latency, (steps, rule) => {
      const { stream, clock, advance, send, join } = begin(rule)
      const published: string[] = []
      const players: TestSubscriber[] = []
      const note = (text: string): void => void published.push(text)
      for (const what of steps) {
        if (what === 'join') players.push(join())
        else if (typeof what === 'string') note(send(what))
        else {
          const player = players[what.who]
          if (player === undefined) continue
          const { subscriber, transport } = player
          if (what.what === 'pause') stream.pause(subscriber)
          else if (what.what === 'unpause') stream.unpause(subscriber, clock.now())
          else if (what.what === 'slow') transport.open = false
          else if (what.what === 'fast') {
            transport.open = true
            transport.release()
          } else stream.select(subscriber, what.what !== 'noAudio', what.what !== 'noVideo', clock.now())
        }
      }
      for (const { subscriber, transport } of players) {
        transport.open = true
        transport.release()
        stream.select(subscriber, true, true, clock.now())
        stream.unpause(subscriber, clock.now())
      }
      // One batch to pay what is owed, and then what must reach all.
      note(send('a'))
      advance(400)
      const last = [send('K'), send('a'), send('P'), send('a')]
      published.push(...last)
      advance(400)
      const frames = published.filter((text) => /^[KP]/.test(text))
      for (const { texts } of players) {
        const media = texts.filter((text) => /^[KPa]/.test(text))
        const order = media.map((text) => published.indexOf(text))
        expect(order).toEqual([...order].toSorted((a, b) => a - b))
        expect(new Set(order).size).toBe(order.length)
        expect(media.slice(-4)).toEqual(last)
        const pictures = media.filter((text) => /^[KP]/.test(text))
        for (const [i, picture] of pictures.entries()) {
          if (picture.startsWith('P')) expect(pictures[i - 1]).toBe(frames[frames.indexOf(picture) - 1])
        }
      }
    }),
    { numRuns: 300 },
  )
})
