import { Buffer } from 'node:buffer'
import { concat } from '@rtmp/bytes'
import { SlabPool } from '@rtmp/chunk'
import fc from 'fast-check'
import { describe as group, expect, test } from 'vitest'
import { PublisherPool } from '../../src/core/publisher-pool.ts'
import { begin, crypto, type Peer } from './peer.ts'

/** Bytes that count up, again and again. */
const RISING = Uint8Array.from({ length: 65_536 }, (_, i) => i & 255)

/** A video frame that can be told from all others by any of its bytes. */
const frame = (number: number, size: number, isKey: boolean): Uint8Array => {
  const start = (number * 37) & 255
  const payload = RISING.slice(start, start + size)
  payload.set([isKey ? 0x17 : 0x27, 1, 0, 0, 0, number >> 8, number & 255])
  return payload
}

/** Stands for a frame that is not as it was sent. */
const DAMAGED = -1

/** Numbers of frames. */
const numbersOf = (payloads: readonly Uint8Array[]): number[] =>
  payloads.map((payload) => {
    const number = ((payload[5] as number) << 8) | (payload[6] as number)
    const sent = frame(number, payload.length, payload[0] === 0x17)
    return Buffer.compare(payload, sent) === 0 ? number : DAMAGED
  })

const payloadsOf = (player: Peer): Uint8Array[] =>
  player.events.flatMap((event) => (event.kind === 'media' ? [event.message.payload] : []))

/** Frames that arrive at the server as one slice, or as two, cut somewhere. */
const send = (publisher: Peer, frames: readonly Uint8Array[], now: number, cut = 0): void => {
  for (const payload of frames) {
    publisher.session.sendMessage({ csid: 6, typeId: 9, messageStreamId: 1, timestamp: now, payload })
  }
  const bytes = concat(publisher.session.takeOutput())
  publisher.connection.receive(bytes.subarray(0, cut), now)
  publisher.connection.receive(bytes.subarray(cut), now)
}

group('slabs of a publisher', () => {
  const pool = (): { pool: PublisherPool; made: () => number } => {
    let count = 0
    const made = new PublisherPool((size) => {
      count += 1
      return new Uint8Array(size)
    })
    return { pool: made, made: () => count }
  }

  test('that are full and not held are used again, the others are not', () => {
    const { pool: slabs, made } = pool()
    const seen: ArrayBufferLike[] = []
    for (let i = 0; i < 12; i++) {
      slabs.take(16_384)
      if (seen.at(-1) !== slabs.memory.buffer) seen.push(slabs.memory.buffer)
    }
    expect(made()).toBe(3)
    expect(slabs.isDue).toBe(true)
    slabs.reclaim(new Set([seen[1] as ArrayBufferLike]))
    expect(slabs.isDue).toBe(false)
    for (let i = 0; i < 4; i++) slabs.take(16_384)
    expect(slabs.memory.buffer).toBe(seen[0])
    for (let i = 0; i < 4; i++) slabs.take(16_384)
    expect(seen).not.toContain(slabs.memory.buffer)
    expect(made()).toBe(4)
  })

  test('are kept for what comes: 16, and not one more', () => {
    const { pool: slabs, made } = pool()
    // Four payloads fill a slab: 17 are full, and one is begun.
    for (let i = 0; i < 17 * 4 + 1; i++) slabs.take(16_384)
    expect(made()).toBe(18)
    slabs.reclaim(new Set())
    for (let i = 0; i < 3 + 16 * 4; i++) slabs.take(16_384)
    expect(made()).toBe(18)
    slabs.take(16_384)
    expect(made()).toBe(19)
  })

  test('that have been given away are not used again, nor is what is left of the last one', () => {
    const { pool: slabs } = pool()
    slabs.take(16_384)
    const { buffer } = slabs.memory
    slabs.giveAway()
    for (let i = 0; i < 40; i++) {
      slabs.take(16_384)
      expect(slabs.memory.buffer).not.toBe(buffer)
      slabs.reclaim(new Set())
    }
  })
})

test('a publisher that sends for long is served from little memory', () => {
  let allocated = 0
  const allocate = (size: number): Uint8Array<ArrayBuffer> => {
    allocated += size
    return new Uint8Array(size)
  }
  const { clock, peer } = begin({ session: { crypto, pool: new SlabPool({ allocate }) } })
  const publisher = peer().publish()
  const player = peer().play()
  for (let i = 0; i < 3000; i++) {
    send(publisher, [frame(i, 8000, i % 30 === 0)], clock.now())
    player.pump()
  }
  expect(numbersOf(payloadsOf(player))).toEqual(Array.from({ length: 3000 }, (_, i) => i))
  // 24 MB have come; a group of pictures is 240 kB.
  expect(allocated).toBeLessThan(1_500_000)
})

test('frames that wait in a window are held, though their group of pictures is over', () => {
  const { advance, clock, peer } = begin({ streams: { latency: 350 } })
  const publisher = peer().publish()
  const player = peer().play()
  for (let i = 0; i < 60; i++) send(publisher, [frame(i, 12_000, true)], clock.now())
  advance(400)
  expect(numbersOf(payloadsOf(player.pump()))).toEqual(Array.from({ length: 60 }, (_, i) => i))
})

test('what a hook keeps stays as it was', () => {
  const kept: Uint8Array[] = []
  const { clock, peer } = begin({
    handler: { mediaTag: (_, { payload }) => void (kept.length < 50 && kept.push(payload)) },
  })
  const publisher = peer().publish()
  for (let i = 0; i < 150; i++) send(publisher, [frame(i, 8000, true)], clock.now())
  expect(numbersOf(kept)).toEqual(Array.from({ length: 50 }, (_, i) => i))
})

test('what a listener of events keeps stays as it was', () => {
  const SHARED_OBJECT = 19
  const kept: Uint8Array[] = []
  const { clock, core, peer } = begin()
  core.events.on('message', ({ message }) => kept.push(message.payload))
  const publisher = peer().publish()
  for (let i = 0; i < 150; i++) {
    const payload = frame(i, 500, false)
    const other = { csid: 6, typeId: SHARED_OBJECT, messageStreamId: 1, timestamp: 0, payload }
    if (i % 50 === 0) publisher.session.sendMessage(other)
    send(publisher, [frame(i, 8000, true)], clock.now())
  }
  expect(numbersOf(kept)).toEqual([0, 50, 100])
})

test('what a trace keeps stays as it was', () => {
  const kept: Uint8Array[] = []
  const { clock, peer } = begin({
    session: {
      crypto,
      trace: (line) => {
        if (line.kind === 'received' && line.message.typeId === 9) kept.push(line.message.payload)
      },
    },
  })
  const publisher = peer().publish()
  for (let i = 0; i < 150; i++) send(publisher, [frame(i, 8000, true)], clock.now())
  expect(numbersOf(kept)).toEqual(Array.from({ length: 150 }, (_, i) => i))
})

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      size: fc.integer({ min: 7, max: 16_000 }),
      cut: fc.nat({ max: 48_000 }),
    }),
  },
  fc.record({
    kind: fc.constantFrom('key', 'tap', 'untap', 'join', 'leave', 'data', 'wait'),
    size: fc.constant(20_000),
    cut: fc.constant(0),
  }),
)

test('whoever holds a payload holds it unchanged: players, late joiners, and listeners that keep all they are given', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
      const { advance, clock, core, peer } = begin()
      const publisher = peer().publish()
      const kept: Uint8Array[] = []
      let untap: (() => void) | undefined
      let players: Peer[] = []
      let number = 0
      for (const { kind, size, cut } of steps) {
        if (kind === 'send' || kind === 'key') {
          const frames = [1, 2, 3].map((i) => frame(number++, size, kind === 'key' && i === 1))
          send(publisher, frames, clock.now(), cut)
        } else if (kind === 'tap') {
          untap ??= core.tap('live', 'key', ({ payload, isVideo }) => {
            if (isVideo) kept.push(payload)
          })
        } else if (kind === 'untap') {
          untap?.()
          untap = undefined
        } else if (kind === 'join') players.push(peer().play())
        else if (kind === 'leave') players.shift()?.leave()
        else if (kind === 'data') publisher.session.sendData(1, clock.now(), 'onTextData', { text: 'a' })
        else advance(50)
        for (const player of players) player.pump()
      }
      players = [...players, peer().play()]
      send(publisher, [frame(number++, 100, true)], clock.now())
      advance(400)
      for (const player of players) expect(numbersOf(payloadsOf(player.pump()))).not.toContain(DAMAGED)
      expect(numbersOf(payloadsOf(players.at(-1) as Peer))).toContain(number - 1)
      expect(numbersOf(kept)).not.toContain(DAMAGED)
    }),
    { numRuns: 60 },
  )
})
