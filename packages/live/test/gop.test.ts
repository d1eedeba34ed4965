import type { MediaMessage } from '@rtmp/e-rtmp'
import { expect, test } from 'vitest'
import { rtmpFormat } from '../src/batch-format.ts'
import { MESSAGE_BYTES, TRACK_BYTES } from '../src/costs.ts'
import { framesFormat } from '../src/frames-format.ts'
import { Gop } from '../src/gop.ts'
import { LateJoinCache } from '../src/late-join-cache.ts'
import { DEFAULT_CACHE_LIMITS } from '../src/limits.ts'
import { BUFFER_BYTES, MemoryLedger } from '../src/memory-ledger.ts'
import { Tally } from '../src/tally.ts'
import { ALL_TRACKS } from '../src/track-set.ts'
import {
  audioFrame,
  interFrame,
  keyFrame,
  trackFrame,
  trackHeader,
  videoHeader,
  audioMessage,
  videoMessage,
} from './arrange.ts'

const ignore = (): void => {}

const tally = (): Tally => new Tally(new MemoryLedger())

test('a bound that is broken empties the group until the next key frame', () => {
  for (const limits of [{ bytes: 100 }, { messages: 5 }, { ms: 100 }]) {
    const gop = new Gop({ ...DEFAULT_CACHE_LIMITS, ...limits }, tally())
    gop.add(videoMessage(0, keyFrame(0)), 0, ignore)
    for (let i = 1; i <= 4; i++) gop.add(videoMessage(i, interFrame(i)), i, ignore)
    expect(gop.messages.length).toBe(5)
    gop.add(audioMessage(5, audioFrame(5)), 200, ignore)
    expect([gop.messages.length, gop.bytes, gop.overflows]).toEqual([0, 0, 1])
    gop.add(videoMessage(6, interFrame(6)), 201, ignore)
    expect(gop.messages.length).toBe(0)
    gop.add(videoMessage(7, keyFrame(7)), 202, ignore)
    expect(gop.messages.length).toBe(1)
  }
})

test('a track that sends no more key frames is given up before the others', () => {
  const gop = new Gop({ ...DEFAULT_CACHE_LIMITS, messages: 6 }, tally())
  gop.add(videoMessage(0, trackFrame(1, true, 1)), 0, ignore)
  for (let i = 0; i < 8; i++) gop.add(videoMessage(i, trackFrame(0, i % 3 === 0, i + 2)), i, ignore)
  expect(gop.overflows).toBe(1)
  const messages = gop.encode(framesFormat, true).flatMap((frames) => frames.messages)
  expect(messages.map(({ track, keyFrame }) => `${keyFrame ? 'K' : 'P'}${track}`)).toEqual(['K0', 'P0'])
})

test('a slow stream does not keep the memory of a fast one alive', () => {
  const gop = new Gop(DEFAULT_CACHE_LIMITS, tally())
  for (let i = 0; i < 40; i++) {
    const slab = new Uint8Array(1024 * 1024)
    slab.set(i === 0 ? keyFrame(i) : interFrame(i), 512)
    gop.add(videoMessage(i, slab.subarray(512, 532)), i, ignore)
  }
  const memory = new Set(gop.messages.map(({ payload }) => payload.buffer))
  const bytes = [...memory].reduce((sum, buffer) => sum + buffer.byteLength, 0)
  expect(bytes).toBeLessThan(4 * 1024 * 1024)
  expect(gop.messages.map(({ payload }) => payload[6])).toEqual(Array.from({ length: 40 }, (_, i) => i))
})

const MIB = 1024 * 1024

/** A message whose payload of 20 bytes is cut from a slab of its own. */
const inSlab = (i: number, payload: Uint8Array, size = MIB): MediaMessage => {
  const slab = new Uint8Array(size)
  slab.set(payload, 512)
  return videoMessage(i, slab.subarray(512, 512 + payload.length))
}

test('payloads move together when they keep alive twice what they are and two MiB, and not before', () => {
  for (const [size, kept] of [
    [2 * MIB + 40, 2 * MIB + 40],
    [2 * MIB + 41, 20],
  ] as const) {
    const gop = new Gop(DEFAULT_CACHE_LIMITS, tally())
    gop.add(inSlab(0, keyFrame(0), size), 0, ignore)
    expect(gop.messages.map(({ payload }) => payload.buffer.byteLength)).toEqual([kept])
  }
})

test('what has moved stays where it is; what leaves at the front is not moved any more', () => {
  const ledger = new MemoryLedger()
  const gop = new Gop(DEFAULT_CACHE_LIMITS, new Tally(ledger))
  const sizes = (): number[] => gop.messages.map(({ payload }) => payload.buffer.byteLength)
  const ids = (): unknown[] => gop.messages.map(({ payload }) => payload.at(-1))
  gop.add(inSlab(0, trackFrame(1, true, 0)), 0, ignore)
  gop.add(inSlab(1, trackFrame(0, true, 1)), 1, ignore)
  expect(sizes()).toEqual([MIB, MIB])
  gop.add(inSlab(2, trackFrame(0, false, 2)), 2, ignore)
  expect(sizes()).toEqual([27, 27, 27])
  const moved = gop.messages[1]
  expect(ledger.bytes).toBe(27 + BUFFER_BYTES + 3 * MESSAGE_BYTES + 2 * TRACK_BYTES)
  for (const i of [3, 4]) gop.add(inSlab(i, trackFrame(0, false, i)), i, ignore)
  // Track 1 begins anew: the first message leaves.
  gop.add(inSlab(5, trackFrame(1, true, 5)), 5, ignore)
  expect([sizes(), ids()]).toEqual([
    [27, 27, 27, 27, 27],
    [1, 2, 3, 4, 5],
  ])
  expect(gop.messages[0]).toBe(moved)
  expect(gop.bytes).toBe(45)
  expect(ledger.bytes).toBe(54 + 2 * BUFFER_BYTES + 5 * MESSAGE_BYTES + 2 * TRACK_BYTES)
  gop.clear()
  expect([ledger.bytes, ledger.size]).toEqual([0, 0])
  gop.add(inSlab(6, keyFrame(6)), 6, ignore)
  gop.add(inSlab(7, interFrame(7)), 7, ignore)
  expect(sizes()).toEqual([MIB, MIB])
})

test('of several tracks the oldest key frame begins it; what leaves takes its headers along', () => {
  const removed: number[] = []
  const ledger = new MemoryLedger()
  const gop = new Gop(DEFAULT_CACHE_LIMITS, new Tally(ledger))
  const add = (timestamp: number, payload: Uint8Array): void =>
    gop.add(videoMessage(timestamp, payload), timestamp, (message) => removed.push(message.timestamp))
  add(0, trackFrame(1, true, 0))
  add(1, trackHeader(1, 1))
  add(2, trackFrame(0, true, 2))
  add(3, trackHeader(0, 3))
  add(4, trackFrame(1, true, 4))
  expect(gop.messages.map(({ timestamp }) => timestamp)).toEqual([2, 3, 4])
  expect([removed, gop.bytes, gop.tracks, gop.start, gop.end]).toEqual([[1], 27, 0b11, 2, 5])
  add(5, trackFrame(0, true, 5))
  expect([removed, gop.bytes, gop.messages.length]).toEqual([[1, 3], 18, 2])
  expect(ledger.bytes).toBe(2 * (9 + BUFFER_BYTES + MESSAGE_BYTES) + 2 * TRACK_BYTES)
  gop.clear()
  expect([gop.tracks, ledger.bytes]).toEqual([0, 0])
  gop.add(videoMessage(6, keyFrame(6)), 6, ignore)
  expect(gop.tracks).toBe(ALL_TRACKS)
})

test('frames of a track before its new key frame are left out, for who joined before and for who joins then', () => {
  const gop = new Gop(DEFAULT_CACHE_LIMITS, tally())
  const add = (timestamp: number, payload: Uint8Array): void =>
    gop.add(videoMessage(timestamp, payload), timestamp, ignore)
  const encoded = (): number[] =>
    gop.encode(framesFormat, true).flatMap(({ messages }) => messages.map(({ timestamp }) => timestamp))
  add(0, trackFrame(1, true, 0))
  add(1, trackFrame(0, true, 1))
  add(2, trackFrame(0, false, 2))
  expect(encoded()).toEqual([0, 1, 2])
  add(3, trackFrame(0, true, 3))
  expect(encoded()).toEqual([0, 3])
  add(4, trackFrame(0, false, 4))
  expect(encoded()).toEqual([0, 3, 4])
  add(5, trackFrame(1, true, 5))
  expect(encoded()).toEqual([3, 4, 5])
})

test('a segment is sealed at 256 messages, or 128 KiB, and not before; pieces that are forgotten cost nothing', () => {
  const format = rtmpFormat(60_000, 1)
  const begin = (count: number, size = 20) => {
    const ledger = new MemoryLedger()
    const gop = new Gop({ ...DEFAULT_CACHE_LIMITS, ms: 1_000_000 }, new Tally(ledger))
    gop.add(videoMessage(0, keyFrame(0, size)), 0, ignore)
    for (let i = 1; i < count; i++) gop.add(videoMessage(i, interFrame(i, size)), i, ignore)
    return { gop, ledger }
  }
  /** Of what there is, how many pieces stay as they are when a message comes. */
  const sealed = (gop: Gop): number => {
    const before = gop.encode(format, true)
    gop.add(videoMessage(9999, interFrame(1)), 9999, ignore)
    const after = gop.encode(format, true)
    return before.filter((piece, i) => piece === after[i]).length
  }
  expect([255, 256, 257, 511, 512].map((count) => sealed(begin(count).gop))).toEqual([0, 1, 1, 1, 2])
  const half = 64 * 1024
  expect([sealed(begin(1, 2 * half - 1).gop), sealed(begin(2, half).gop)]).toEqual([0, 1])
  expect(sealed(begin(4, half).gop)).toBe(2)
  expect(begin(256).gop.encode(format, true)).toHaveLength(1)
  const { gop, ledger } = begin(300)
  const { bytes } = ledger
  const pieces = gop.encode(format, true)
  expect(gop.encode(format, true)).toEqual(pieces)
  expect(pieces).toHaveLength(2)
  expect(ledger.bytes).toBeGreaterThan(bytes + 300 * 20)
  gop.forgetPieces()
  expect(ledger.bytes).toBe(bytes)
  gop.encode(format, true)
  gop.clear()
  expect([ledger.bytes, ledger.size]).toEqual([0, 0])
})

test('a group is as old as the oldest of its tracks, and its sound is never old', () => {
  const gop = new Gop({ ...DEFAULT_CACHE_LIMITS, ms: 100 }, tally())
  gop.add(videoMessage(0, trackFrame(1, true, 0)), 0, ignore)
  gop.add(videoMessage(50, trackFrame(0, true, 1)), 50, ignore)
  gop.add(audioMessage(60, audioFrame(2)), 60, ignore)
  gop.add(videoMessage(70, trackHeader(0, 3)), 70, ignore)
  gop.add(videoMessage(100, trackFrame(0, true, 4)), 100, ignore)
  expect(gop.overflows).toBe(0)
  const encoded = gop.encode(framesFormat, true).flatMap(({ messages }) => messages)
  expect(encoded.map(({ timestamp }) => timestamp)).toEqual([0, 60, 70, 100])
  gop.add(audioMessage(101, audioFrame(5)), 101, ignore)
  expect([gop.overflows, gop.tracks, gop.messages.length]).toEqual([1, 0b01, 2])
})

test('what a group kept alive counts no more when it is emptied', () => {
  const gop = new Gop(DEFAULT_CACHE_LIMITS, tally())
  for (let round = 0; round < 3; round++) {
    gop.add(inSlab(0, keyFrame(0)), 0, ignore)
    gop.add(inSlab(1, interFrame(1)), 1, ignore)
    expect(gop.messages.map(({ payload }) => payload.buffer.byteLength)).toEqual([MIB, MIB])
    gop.clear()
  }
})

test('those who join share the bytes of the group', () => {
  const gop = new Gop(DEFAULT_CACHE_LIMITS, tally())
  const format = rtmpFormat(60_000, 1)
  gop.add(videoMessage(0, keyFrame(0, 50_000)), 0, ignore)
  for (let i = 1; i < 40; i++) gop.add(videoMessage(i, interFrame(i, 10_000)), i, ignore)
  const first = gop.encode(format, true)
  gop.add(videoMessage(40, interFrame(40)), 40, ignore)
  const second = gop.encode(format, true)
  expect(first.length).toBeGreaterThan(2)
  for (let i = 0; i < first.length - 1; i++) expect(second[i]).toBe(first[i])
  gop.add(videoMessage(41, keyFrame(41)), 41, ignore)
  expect(gop.encode(format, true).length).toBe(1)
})

test('headers are bounded in number and bytes, and keep nothing else alive', () => {
  const cache = new LateJoinCache({ ...DEFAULT_CACHE_LIMITS, headers: 2, headerBytes: 100 })
  const slab = new Uint8Array(1024)
  slab.set(videoHeader(1), 100)
  cache.add(videoMessage(0, slab.subarray(100, 120)), 0)
  expect(cache.headers[0]?.payload.buffer.byteLength).toBe(20)
  for (let i = 0; i < 10; i++) cache.setDataFrame(`d${i}`, audioMessage(0, audioFrame(i)))
  expect([cache.headers.length, cache.refused, cache.bytes]).toEqual([3, 8, 60])
  cache.setDataFrame('d0', audioMessage(0, audioFrame(0, 90)))
  expect([cache.headers.length, cache.refused, cache.bytes]).toEqual([2, 9, 40])
})
