import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addTimestamp,
  isLater,
  TimestampUnwrapper,
  timestampDelta,
  timestampDifference,
} from '../src/time/index.ts'

const timestamps = fc.oneof(
  fc.constantFrom(0, 0xffffff, 0x100_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff),
  fc.nat({ max: 0xffff_ffff }),
)

test('RFC 1982: later, earlier, across the wrap', () => {
  expect(isLater(10_000, 4_000_000_000)).toBe(true)
  expect(isLater(3_000_000_000, 4_000_000_000)).toBe(false)
  expect(addTimestamp(0xfffffff0, 0x20)).toBe(0x10)
  expect(addTimestamp(0x10, -0x20)).toBe(0xfffffff0)
  expect(timestampDifference(0x10, 0xfffffff0)).toBe(0x20)
  expect(timestampDifference(0xfffffff0, 0x10)).toBe(-0x20)
  expect(isLater(5, 5)).toBe(false)
  expect(timestampDifference(0x8000_0000, 0)).toBe(-0x8000_0000)
})

test('adding and the difference undo one another', () => {
  fc.assert(
    fc.property(timestamps, fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }), (timestamp, delta) => {
      const moved = addTimestamp(timestamp, delta)
      expect(moved >>> 0).toBe(moved)
      expect(timestampDifference(moved, timestamp)).toBe(delta)
      expect(isLater(moved, timestamp)).toBe(delta > 0)
      expect(timestampDelta(moved, timestamp)).toBe(delta >>> 0)
    }),
  )
})

test('unwrapped time goes on over every wrap', () => {
  const unwrapper = new TimestampUnwrapper()
  let expected = 0xffff_0000
  for (let step = 0; step < 20; step++) {
    expect(unwrapper.unwrap(expected % 0x1_0000_0000)).toBe(expected)
    expected += 0x7000_0000
  }
  expect(unwrapper.unwrap((expected - 0x7000_0000 - 500) % 0x1_0000_0000)).toBe(expected - 0x7000_0000 - 500)
})
