import { expect, test } from 'vitest'
import { EarlyBytes } from '../../src/core/early-bytes.ts'

test('keeps copies, in their order, of 16 KiB at the most: at the limit, and one beyond', () => {
  const early = new EarlyBytes()
  const all = Uint8Array.from({ length: 16_384 }, (_, i) => i % 251)
  const slice = new Uint8Array(1)
  for (let i = 0; i < 3000; i++) {
    slice.set(all.subarray(i, i + 1))
    expect(early.add(slice)).toBe(true)
  }
  expect(early.add(all.subarray(3000))).toBe(true)
  expect([early.length, early.bytes]).toEqual([16_384, all])
  expect(early.add(slice)).toBe(false)
})

test('what comes byte by byte costs no more than what comes at once', () => {
  const early = new EarlyBytes()
  for (let i = 0; i < 2048; i++) early.add(Uint8Array.of(i))
  expect(early.bytes.buffer.byteLength).toBe(2048)
})
