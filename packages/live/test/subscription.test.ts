import { VirtualClock } from '@rtmp/testkit'
import fc from 'fast-check'
import { describe as group, expect, test } from 'vitest'
import type { SubscriberLimits } from '../src/limits.ts'
import type { LiveStream } from '../src/live-stream.ts'
import type { Publication } from '../src/publication.ts'
import type { StreamRegistryOptions } from '../src/stream-registry.ts'
import { subscribe, type SubscribeOptions, type Subscription } from '../src/subscription.ts'
import {
  audioFrame,
  audioHeader,
  describe,
  interFrame,
  keyFrame,
  makeRegistry,
  videoHeader,
} from './arrange.ts'

/** What a message of so many payload bytes counts. */
const cost = (payload: number): number => payload + 128

const begin = (options: StreamRegistryOptions = {}) => {
  const clock = new VirtualClock(0)
  const { registry, advance } = makeRegistry(clock, { latency: 'low', graceMs: 0, ...options })
  const held: boolean[] = []
  const publish = (): Publication =>
    registry.publish(
      'live',
      'a',
      { publisherReplaced: () => {}, publisherHeld: (publication) => held.push(publication.held) },
      clock.now(),
    ) as Publication
  let publication = publish()
  let id = 0
  const send = (kind: 'K' | 'P' | 'a' | 'H' | 'h', size = 20): string => {
    id += 1
    const payload =
      kind === 'H'
        ? videoHeader(id)
        : kind === 'h'
          ? audioHeader(id)
          : { K: keyFrame, P: interFrame, a: audioFrame }[kind](id, size)
    publication.media(kind === 'a' || kind === 'h' ? 8 : 9, id * 10, payload, clock.now())
    publication.settle(clock.now())
    return `${kind}${id}@${id * 10}`
  }
  const join = (more: SubscribeOptions = {}): Subscription =>
    subscribe(registry, 'live', 'a', () => clock.now(), more)
  return {
    clock,
    registry,
    advance,
    held,
    send,
    join,
    stream: () => registry.find('live', 'a') as LiveStream,
    end: () => publication.end(false, clock.now()),
    publishAgain: () => {
      publication = publish()
    },
  }
}

/** The items that are there, as texts, up to so many. */
const take = async (subscription: Subscription, most = Number.POSITIVE_INFINITY): Promise<string[]> => {
  const texts: string[] = []
  while (texts.length < most && (subscription.queuedBytes > 0 || subscription.endReason !== undefined)) {
    const item = await subscription.next()
    if (item.done === true) break
    const { value } = item
    if (value.kind === 'gap') texts.push(`gap ${value.from}-${value.to}`)
    else if (value.kind === 'end') texts.push(`end ${value.reason}`)
    else texts.push(describe(value))
  }
  return texts
}

const limitsOf = (soft: number, hard: number, softMs = 1e9, hardMs = 1e9): SubscriberLimits => ({
  soft: { bytes: soft, ms: softMs },
  hard: { bytes: hard, ms: hardMs },
})

test('headers and the group of pictures come first, then all that comes, then the end', async () => {
  const { send, join, end } = begin()
  const texts = [send('H'), send('h'), send('K'), send('a'), send('P')]
  const subscription = join()
  const items: string[] = []
  const loop = (async () => {
    for await (const item of subscription) {
      if (item.kind === 'end') items.push(item.reason)
      else if (item.kind !== 'gap') items.push(`${item.kind} ${describe(item)}`)
    }
  })()
  await Promise.resolve()
  texts.push(send('a'))
  end()
  await loop
  expect(items.map((item) => item.replace(/@.*/, ''))).toEqual([
    'video H1',
    'audio h2',
    'video K3',
    'audio a4',
    'video P5',
    'audio a6',
    'streamEnded',
  ])
  expect(subscription.endReason).toBe('streamEnded')
  expect(await subscription.next()).toEqual({ done: true, value: undefined })
})

group('gap', () => {
  test('exactly at the soft bound nothing is missed, one byte beyond a gap begins; two at once have each their own', async () => {
    const { send, join } = begin()
    // What waits counts from the second batch on, when the first one has not been taken.
    const soft = 4 * cost(100)
    const exact = join({ limits: limitsOf(soft, 1e9) })
    const short = join({ limits: limitsOf(soft - 1, 1e9) })
    const sent = [send('K', 100), send('P', 100), send('P', 100), send('P', 100), send('P', 100)]
    expect(await take(exact)).toEqual(sent)
    expect(await take(short)).toEqual(sent.slice(0, 4))
    const after = [send('P'), send('K'), send('a')]
    expect(await take(exact)).toEqual(after)
    expect(await take(short)).toEqual(['gap 50-70', ...after.slice(1)])
  })

  test('behind a gap come the headers in force, and all from a key frame on that came after it began', async () => {
    const { send, join } = begin()
    const slow = join({ limits: limitsOf(3 * cost(1000), 1e9) })
    const early = [send('H'), send('h'), send('K', 1000), send('P', 1000), send('P', 1000), send('P', 1000)]
    const lost = send('P', 1000)
    expect(lost).toBe('P7@70')
    send('a')
    send('H') // 9
    send('K') // 10: the gap may end here
    send('P') // 11
    expect((await take(slow)).length).toBeLessThanOrEqual(early.length)
    expect(await take(slow)).toEqual([])
    const next = send('a')
    const texts = await take(slow)
    expect(texts[0]).toMatch(/^gap \d+-100$/)
    expect(texts.slice(1)).toEqual(
      ['h2@100', 'H9@100', 'K10@100', 'P11@110', next].toSorted((a, b) => order(a) - order(b)),
    )
    expect(await take(slow)).toEqual([])
    const more = send('P')
    expect(await take(slow)).toEqual([more])
  })

  test('what has waited too long is as bad as too much, and beyond the hard bound comes the end', async () => {
    const { advance, send, join, stream } = begin()
    const slow = join({ limits: limitsOf(1e9, 1e9, 1000, 5000) })
    const other = join({ limits: limitsOf(1e9, 1e9, 1e9, 1e9) })
    send('K')
    send('P')
    advance(1000)
    send('P')
    expect(await take(slow, 1)).toEqual(['K1@10'])
    expect(stream().subscribers[0]?.throttled).toBe(false)
    advance(5)
    send('P')
    expect(stream().subscribers[0]?.throttled).toBe(true)
    advance(3995)
    send('P')
    expect(slow.endReason).toBeUndefined()
    advance(5)
    send('P')
    expect(slow.endReason).toBe('stalled')
    expect(slow.queuedBytes).toBe(0)
    expect(await take(slow)).toEqual(['end stalled'])
    expect((await take(other)).length).toBe(6)
  })

  test('at the hard bound in bytes it goes on, one byte beyond it ends', async () => {
    const { send, join } = begin()
    const hard = 4 * cost(100)
    const exact = join({ limits: limitsOf(hard, hard), overflow: 'hold' })
    const short = join({ limits: limitsOf(hard, hard - 1), overflow: 'hold' })
    for (let i = 0; i < 5; i++) send(i === 0 ? 'K' : 'P', 100)
    expect([exact.endReason, short.endReason]).toEqual([undefined, 'stalled'])
    expect((await take(exact)).length).toBe(5)
  })

  test('without video it goes on with what comes, as soon as the loop has caught up', async () => {
    const { send, join } = begin()
    const slow = join({ limits: limitsOf(2 * cost(1000), 1e9) })
    const sent = [
      send('h'),
      send('a', 1000),
      send('a', 1000),
      send('a', 1000),
      send('a', 1000),
      send('a', 1000),
    ]
    const first = await take(slow)
    expect(first).toEqual(sent.slice(0, first.length))
    expect(first.length).toBeLessThan(sent.length)
    send('a')
    const next = send('a')
    const texts = await take(slow)
    expect([texts[0]?.slice(0, 4), texts[1]?.slice(0, 2), texts.at(-1)]).toEqual(['gap ', 'h1', next])
  })

  test('however the loop is delayed: in order, nothing twice, and nothing missed but at a gap', async () => {
    const kind = fc.constantFrom(
      'K' as const,
      'P' as const,
      'P' as const,
      'P' as const,
      'a' as const,
      'H' as const,
    )
    const steps = fc.array(fc.oneof({ weight: 4, arbitrary: kind }, fc.integer({ min: 1, max: 8 })), {
      maxLength: 100,
    })
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom('gap' as const, 'hold' as const), async (all, overflow) => {
        const { send, join, held } = begin()
        const published = [send('H'), send('K')]
        const subscription = join({ limits: limitsOf(1000, 1e9), overflow })
        const got: string[] = []
        for (const what of all) {
          if (typeof what === 'number') got.push(...(await take(subscription, what)))
          else published.push(send(what))
        }
        got.push(...(await take(subscription)))
        published.push(send('a'))
        got.push(...(await take(subscription)))
        published.push(send('K'), send('P'))
        got.push(...(await take(subscription)))
        expect(got.slice(-2)).toEqual(published.slice(-2))
        let at = 0
        for (const [i, text] of got.entries()) {
          if (text.startsWith('gap')) continue
          // Headers come again behind a gap, at the time of what follows.
          if (text.startsWith('H') && published.indexOf(text) < at) continue
          const found = published.indexOf(text)
          expect(found).toBeGreaterThanOrEqual(at)
          const missed = published.slice(at, found).filter((one) => !one.startsWith('H'))
          const isBehindGap = got.slice(Math.max(0, i - 3), i).some((one) => one.startsWith('gap'))
          if (missed.length > 0) expect([overflow, isBehindGap, text[0]]).toEqual(['gap', true, 'K'])
          at = found + 1
        }
        if (overflow === 'hold') expect(held.at(-1) ?? false).toBe(false)
        else expect(held).toEqual([])
      }),
      { numRuns: 200 },
    )
  })
})

group('hold', () => {
  test('stops the publisher beyond the soft bound, misses nothing, and lets it go on when the loop has caught up', async () => {
    const { send, join, held, advance } = begin()
    const slow = join({ overflow: 'hold', limits: limitsOf(3 * cost(100), 1e9, 1000, 2000) })
    const sent = [send('K', 100), send('P', 100), send('P', 100), send('P', 100)]
    expect(held).toEqual([])
    sent.push(send('P', 100))
    expect(held).toEqual([true])
    // What was on its way all the same is not lost, however long it takes.
    sent.push(send('a'), send('P'))
    advance(60_000)
    sent.push(send('P'))
    expect(slow.endReason).toBeUndefined()
    expect(await take(slow, sent.length - 1)).toEqual(sent.slice(0, -1))
    expect(held).toEqual([true])
    expect(await take(slow)).toEqual(sent.slice(-1))
    expect(held).toEqual([true, false])
  })

  test('stops the publisher also when what waits is too old, however small it is', () => {
    const { send, join, held, advance } = begin()
    join({ overflow: 'hold', limits: limitsOf(1e9, 1e9, 1000) })
    send('K')
    send('P')
    advance(1000)
    send('P')
    expect(held).toEqual([])
    advance(5)
    send('P')
    expect(held).toEqual([true])
  })

  test.each(['return', 'abort', 'close'] as const)('the publisher goes on after %s', async (how) => {
    const { send, join, held } = begin()
    const abort = new AbortController()
    const options = { overflow: 'hold', signal: abort.signal, limits: limitsOf(cost(100), 1e9) } as const
    const [one, two] = [join(options), join({ overflow: 'hold', limits: limitsOf(cost(100), 1e9) })]
    for (let i = 0; i < 4; i++) send(i === 0 ? 'K' : 'P', 100)
    expect(held).toEqual([true])
    if (how === 'return') await one.return()
    else if (how === 'abort') abort.abort()
    else one.close()
    expect(held).toEqual([true])
    two.close()
    expect(held).toEqual([true, false])
  })

  test('holds for the next publisher of the stream', async () => {
    const { send, join, held, publishAgain } = begin({ secondPublisher: 'replace' })
    const slow = join({ overflow: 'hold', limits: limitsOf(cost(100), 1e9) })
    for (let i = 0; i < 4; i++) send(i === 0 ? 'K' : 'P', 100)
    publishAgain()
    expect(held).toEqual([true, true])
    await take(slow)
    expect(held).toEqual([true, true, false])
  })
})

group('the end', () => {
  test('of the stream comes behind all that was sent', async () => {
    const { send, join, end } = begin()
    const slow = join({ limits: limitsOf(1e9, 1e9) })
    const sent = Array.from({ length: 50 }, (_, i) => send(i === 0 ? 'K' : 'P', 10_000))
    end()
    expect(await take(slow)).toEqual([...sent, 'end streamEnded'])
  })

  test('when the signal aborts: what waits is dropped, and a loop that waits goes on at once', async () => {
    const { send, join, registry } = begin()
    const abort = new AbortController()
    const subscription = join({ signal: abort.signal })
    send('K')
    abort.abort()
    expect(await take(subscription)).toEqual(['end aborted'])
    expect(registry.find('live', 'a')?.subscribers).toEqual([])
    const again = new AbortController()
    const waiting = join({ signal: again.signal })
    await take(waiting)
    const [first, second] = [waiting.next(), waiting.next()]
    again.abort()
    expect([await first, await second]).toEqual([
      { done: false, value: { kind: 'end', reason: 'aborted' } },
      { done: true, value: undefined },
    ])
    expect(await take(join({ signal: AbortSignal.abort() }))).toEqual(['end aborted'])
  })

  test('when the loop is left: nothing stays', async () => {
    const { send, join, registry } = begin()
    send('K')
    const subscription = join()
    for await (const item of subscription) {
      expect(item.kind).toBe('video')
      break
    }
    expect([subscription.endReason, subscription.queuedBytes]).toEqual(['returned', 0])
    expect([registry.find('live', 'a')?.subscribers.length, registry.formats.size]).toEqual([0, 0])
    expect(await subscription.next()).toEqual({ done: true, value: undefined })
  })

  test('of one that finds no stream: at once, or after the time that players wait', async () => {
    const { registry, clock, advance } = begin({ waitMs: 1000 })
    const waiting = subscribe(registry, 'live', 'none', () => clock.now())
    advance(995)
    expect(await take(waiting)).toEqual([])
    advance(5)
    expect(await take(waiting)).toEqual(['end notFound'])
    const strict = begin({ absentStream: 'reject' })
    const refused = subscribe(strict.registry, 'live', 'none', () => 0)
    expect(await take(refused)).toEqual(['end notFound'])
  })
})

test('sound or video alone', async () => {
  const { send, join } = begin()
  const [sound, pictures] = [join({ video: false }), join({ audio: false })]
  send('H')
  const all = [send('h'), send('K'), send('a'), send('P')]
  expect(await take(sound)).toEqual([all[0], all[2]])
  expect((await take(pictures)).slice(1)).toEqual([all[1], all[3]])
})

/** Headers in the order in which they came, then messages by their time. */
const order = (text: string): number => Number(text.slice(1, text.indexOf('@')))
