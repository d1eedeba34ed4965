import fc from 'fast-check'
import { VirtualClock } from '@rtmp/testkit'
import { describe as group, expect, test } from 'vitest'
import { framesFormat } from '../src/frames-format.ts'
import { HeldPayloads } from '../src/held-payloads.ts'
import { BUFFER_BYTES, MemoryLedger } from '../src/memory-ledger.ts'
import { Outbox } from '../src/outbox.ts'
import type { Publication } from '../src/publication.ts'
import { subscribe } from '../src/subscription.ts'
import { Tally } from '../src/tally.ts'
import {
  audioFrame,
  FakeTransport,
  interFrame,
  keyFrame,
  makeRegistry,
  metadata,
  TestSubscriber,
  trackFrame,
  videoHeader,
} from './arrange.ts'

const memory = (bytes: number): ArrayBuffer => new ArrayBuffer(bytes)

group('the ledger', () => {
  test('counts what several hold once, until the last lets go', () => {
    const ledger = new MemoryLedger()
    const shared = memory(1000)
    ledger.hold(shared)
    ledger.hold(shared)
    expect([ledger.bytes, ledger.size]).toEqual([1000 + BUFFER_BYTES, 1])
    ledger.release(shared)
    expect([ledger.bytes, ledger.size]).toEqual([1000 + BUFFER_BYTES, 1])
    ledger.release(shared)
    ledger.release(shared)
    expect([ledger.bytes, ledger.size]).toEqual([0, 0])
  })

  test('has in it what nobody shares, and a tally of its own beside', () => {
    const ledger = new MemoryLedger()
    const [one, two] = [new Tally(ledger), new Tally(ledger)]
    const shared = memory(500)
    one.hold(shared)
    two.hold(shared)
    one.count(10)
    expect([one.bytes, two.bytes, ledger.bytes]).toEqual([
      510 + BUFFER_BYTES,
      500 + BUFFER_BYTES,
      510 + BUFFER_BYTES,
    ])
    one.release(shared)
    one.count(-10)
    expect([one.bytes, two.bytes, ledger.bytes]).toEqual([0, 500 + BUFFER_BYTES, 500 + BUFFER_BYTES])
  })
})

test('payloads in a row hold their memory from the first to the last of them, and their costs are counted a few together', () => {
  const step = fc.tuple(fc.constantFrom('note', 'note', 'add', 'drop', 'keep'), fc.nat(5))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const slabs = Array.from({ length: 6 }, (_, i) => memory((i + 1) * 100))
      const ledger = new MemoryLedger()
      const held = new HeldPayloads(new Tally(ledger))
      let row: ArrayBuffer[] = []
      let costs = 0
      for (const [step, n] of steps) {
        const slab = slabs[n] as ArrayBuffer
        if (step === 'note') {
          row.push(slab)
          costs += 7
          expect(held.note(slab, 7)).toBe(row.at(-2) !== slab)
        } else if (step === 'add') {
          row.push(slab)
          held.add(slab)
        } else if (step === 'drop') {
          row = row.slice(n)
          held.drop(n)
        } else {
          row = row.slice(0, n)
          held.keepFirst(n)
        }
        const distinct = [...new Set(row)]
        const all = new Set<ArrayBufferLike>()
        held.addMemoryTo(all)
        expect(all).toEqual(new Set(row))
        const truth = distinct.reduce((sum, { byteLength }) => sum + byteLength + BUFFER_BYTES, costs)
        expect(ledger.bytes).toBeLessThanOrEqual(truth)
        expect(ledger.bytes).toBeGreaterThanOrEqual(step === 'note' ? truth - 15 * 7 : truth)
      }
      held.drop(row.length)
      expect([ledger.bytes, ledger.size]).toEqual([costs, 0])
    }),
  )
})

group('an outbox', () => {
  const bytes = (length: number): Uint8Array => new Uint8Array(length)

  test('counts what its transport has not taken, also where the transport does not say when it has', () => {
    const ledger = new MemoryLedger()
    const transport = new FakeTransport()
    const outbox = new Outbox(transport, ledger)
    outbox.write(bytes(1000), 0)
    expect(ledger.bytes).toBe(0)
    transport.open = false
    outbox.write(bytes(1000), 0)
    expect(ledger.bytes).toBeGreaterThanOrEqual(1000 + BUFFER_BYTES)
    expect(outbox.memoryBytes).toBe(ledger.bytes)
    outbox.settleMemory()
    expect(ledger.bytes).toBeGreaterThan(1000)
    transport.release()
    outbox.settleMemory()
    expect([ledger.bytes, outbox.memoryBytes]).toEqual([0, 0])
  })

  test('counts a piece that many wait for once, and lets it go with the last', () => {
    const ledger = new MemoryLedger()
    const transports = Array.from({ length: 10 }, () => new FakeTransport())
    const outboxes = transports.map((transport) => {
      transport.open = false
      return new Outbox(transport, ledger)
    })
    const shared = bytes(100_000)
    for (const outbox of outboxes) for (let i = 0; i < 3; i++) outbox.write(shared, 0)
    expect(ledger.bytes).toBeLessThan(102_500)
    expect(ledger.size).toBe(1)
    outboxes[0]?.discard()
    outboxes[1]?.close()
    expect(ledger.size).toBe(1)
    for (const transport of transports) transport.release()
    for (const outbox of outboxes) outbox.settleMemory()
    expect([ledger.size, ledger.bytes]).toEqual([0, 0])
  })

  test('hands no more than 256 pieces over at a time, however small they are', () => {
    const transport = new FakeTransport()
    const outbox = new Outbox(transport)
    transport.open = false
    for (let i = 0; i < 1000; i++) outbox.write(bytes(1), 0)
    expect(transport.pendingBytes).toBeLessThanOrEqual(257)
    transport.release()
    expect(transport.sent).toHaveLength(1000)
  })
})

type Step = readonly [what: number, which: number, size: number]

/** Everything that can happen to two streams, their publishers and their subscribers. */
test('the account is never below what is held, and nothing is left of it in the end', () => {
  const step: fc.Arbitrary<Step> = fc.tuple(fc.nat(19), fc.nat(1), fc.integer({ min: 10, max: 5000 }))
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 120 }), (steps) => {
      const clock = new VirtualClock(0)
      const told = new Map<string, number>()
      const { registry, advance } = makeRegistry(
        clock,
        { graceMs: 100, cache: { bytes: 20_000, messages: 40, ms: 5000, headerBytes: 10_000, headers: 4 } },
        { memoryChanged: ({ name }, bytes) => told.set(name, bytes) },
      )
      const publications: (Publication | undefined)[] = [undefined, undefined]
      const players: TestSubscriber[] = []
      const iterated = [0, 1].map((i) =>
        subscribe(registry, 'live', `s${i}`, () => clock.now(), { overflow: 'gap' }),
      )
      let id = 0
      for (const [what, which, size] of steps) {
        const name = `s${which}`
        const now = clock.now()
        const publication = publications[which]
        id += 1
        const act: readonly (() => void)[] = [
          () => publication?.media(9, now, keyFrame(id, size), now),
          () => publication?.media(9, now, interFrame(id, size), now),
          () => publication?.media(9, now, interFrame(id, size), now),
          () => publication?.media(8, now, audioFrame(id, size), now),
          () => publication?.media(9, now, videoHeader(id), now),
          () => publication?.media(9, now, trackFrame(id % 3, size % 2 === 0, id), now),
          () => publication?.data('set', `on${size % 6}`, now, metadata(id), now),
          () => publication?.data('clear', `on${size % 6}`, now, metadata(id), now),
          () => publication?.data('send', 'onCue', now, metadata(id), now),
          () => publication?.settle(now),
          () => {
            publication?.end(size % 2 === 0, now)
            publications[which] = undefined
          },
          () => {
            publications[which] ??= registry.publish('live', name, { publisherReplaced: () => {} }, now)
          },
          () => {
            publications[which] ??= registry.publish('live', name, { publisherReplaced: () => {} }, now)
          },
          () => {
            const player = new TestSubscriber()
            players.push(player)
            player.transport.open = size % 2 === 0
            registry.subscribe('live', name, player.subscriber, now)
          },
          () => players.at(size % Math.max(1, players.length))?.transport.release(),
          () => {
            const player = players.at(size % Math.max(1, players.length))
            if (player !== undefined) player.transport.open = !player.transport.open
          },
          () => registry.find('live', name)?.cache.forgetGroup(),
          () => registry.find('live', name)?.cache.forgetPieces(),
          () => void iterated[which]?.next(),
          () => advance(size % 60),
        ]
        act[what]?.()
        let most = 0
        const payloads = new Set<ArrayBufferLike>()
        for (const stream of registry.streams()) {
          most += stream.memoryBytes
          for (const { payload } of [...stream.cache.headers, ...stream.cache.group])
            payloads.add(payload.buffer)
        }
        for (const { outbox } of players) most += outbox.memoryBytes
        const truth = [...payloads].reduce((sum, { byteLength }) => sum + byteLength, 0)
        expect(registry.memory.bytes).toBeGreaterThanOrEqual(truth)
        // What is shared is in the sum of all whole, and in the ledger once.
        expect(registry.memory.bytes).toBeLessThanOrEqual(
          most + iterated.reduce((sum, one) => sum + one.memoryBytes, 0),
        )
      }
      for (const publication of publications) publication?.end(false, clock.now())
      for (const one of iterated) void one.return()
      for (const { subscriber, outbox } of players) {
        for (const stream of registry.streams())
          if (subscriber.index >= 0) stream.stop(subscriber, 'streamEnded', clock.now())
        outbox.close()
      }
      advance(61_000)
      expect(registry.size).toBe(0)
      expect([registry.memory.bytes, registry.memory.size]).toEqual([0, 0])
      expect([...told.values()].every((bytes) => bytes === 0)).toBe(true)
    }),
  )
})

test('frames that wait for an iterator count as messages, their payloads once with the cache', async () => {
  const clock = new VirtualClock(0)
  const { registry } = makeRegistry(clock)
  const publication = registry.publish('live', 'a', { publisherReplaced: () => {} }, 0) as Publication
  const one = subscribe(registry, 'live', 'a', () => 0)
  publication.media(9, 0, keyFrame(0, 10_000), 0)
  publication.settle(0)
  const both = registry.memory.bytes
  expect(one.memoryBytes).toBeGreaterThan(10_000)
  registry.find('live', 'a')?.cache.forgetGroup()
  // Its payload is still there, since the iterator waits for it.
  expect(registry.memory.bytes).toBeGreaterThan(both - 10_000)
  expect((await one.next()).value).toMatchObject({ kind: 'video' })
  expect(registry.memory.bytes).toBeLessThan(both - 10_000)
  expect(framesFormat.holdsPayloads).toBe(true)
})
