import { expect, test } from 'vitest'
import { rtmpFormat } from '../src/batch-format.ts'
import { framesFormat } from '../src/frames-format.ts'
import { Gop } from '../src/gop.ts'
import { LateJoinCache } from '../src/late-join-cache.ts'
import { DEFAULT_CACHE_LIMITS } from '../src/limits.ts'
import { MemoryLedger } from '../src/memory-ledger.ts'
import { Tally } from '../src/tally.ts'
import {
  audioFrame,
  interFrame,
  keyFrame,
  trackFrame,
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
