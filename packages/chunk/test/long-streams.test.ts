import { TimestampUnwrapper } from '@rtmp/bytes/time'
import { VirtualClock } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import { ChunkReader, ChunkWriter } from '../src/index.ts'

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
