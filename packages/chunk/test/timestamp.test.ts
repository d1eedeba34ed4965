import { VirtualClock } from '@rtmp/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addTimestamp,
  ChunkReader,
  ChunkWriter,
  isLater,
  TimestampUnwrapper,
  timestampDifference,
} from '../src/index.ts'
import { timestamps } from '../src/arbitraries.ts'

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
    fc.property(timestamps(), fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }), (timestamp, delta) => {
      const moved = addTimestamp(timestamp, delta)
      expect(moved >>> 0).toBe(moved)
      expect(timestampDifference(moved, timestamp)).toBe(delta)
      expect(isLater(moved, timestamp)).toBe(delta > 0)
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

// 0xffffff ms is 4 h 39 min, 2³¹ ms 24.8 days, 2³² ms 49.7 days.
test.each([0xffffff, 0x8000_0000, 0x1_0000_0000, 0x1_00ff_ffff])(
  'a stream that runs over %d ms keeps its time',
  (threshold) => {
    const clock = new VirtualClock(threshold - 2000)
    const writer = new ChunkWriter()
    const reader = new ChunkReader()
    const unwrapper = new TimestampUnwrapper()
    const first = clock.now() % 0x1_0000_0000
    for (let frame = 0; frame < 200; frame++) {
      const timestamp = clock.now() % 0x1_0000_0000
      const payload = new Uint8Array(frame % 2 === 0 ? 300 : 20).fill(frame)
      const sent = { csid: frame % 3 === 0 ? 4 : 6, typeId: 9, messageStreamId: 1, timestamp, payload }
      reader.push(writer.encode(sent, { fullHeader: frame % 5 === 0 }))
      const message = reader.read()
      expect(message).toEqual(sent)
      expect(unwrapper.unwrap(message?.timestamp ?? 0)).toBe(first + clock.now() - (threshold - 2000))
      clock.advance(frame % 2 === 0 ? 33 : 7)
    }
  },
)

test.each([0x7fff_ff00, 0xffff_ff00, Number.MAX_SAFE_INTEGER - 100_000])(
  'byte counts go on from %d without loss',
  (position) => {
    const reader = new ChunkReader({ position })
    const writer = new ChunkWriter()
    let sent = position
    for (let i = 0; i < 50; i++) {
      const bytes = writer.encode({
        csid: 4,
        typeId: 8,
        messageStreamId: 1,
        timestamp: i,
        payload: new Uint8Array(99),
      })
      sent += bytes.length
      reader.push(bytes)
      expect(reader.read()?.timestamp).toBe(i)
      expect(reader.bytesRead).toBe(sent)
    }
    reader.push(Uint8Array.of(0x85))
    expect(() => reader.read()).toThrow(`at byte ${sent}`)
  },
)
