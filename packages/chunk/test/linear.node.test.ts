import { byteByByte } from '@rtmp/testkit'
import { growthOf } from '@rtmp/testkit/work'
import { describe, expect, it } from 'vitest'
import { ChunkReader, ChunkWriter } from '../src/index.ts'

const read = (slices: readonly Uint8Array[]): void => {
  const reader = new ChunkReader()
  for (const slice of slices) {
    reader.push(slice)
    while (reader.read() !== undefined);
  }
}

const wire = (length: number, chunkSize: number): Uint8Array => {
  const writer = new ChunkWriter()
  const announced = writer.setChunkSize(chunkSize)
  const message = { csid: 6, typeId: 9, messageStreamId: 1, timestamp: 0, payload: new Uint8Array(length) }
  const bytes = writer.encode(message)
  const whole = new Uint8Array(16 + bytes.length)
  whole.set(announced[0] as Uint8Array)
  whole.set(announced[1] as Uint8Array, 12)
  whole.set(bytes, 16)
  return whole
}

describe('work is linear', () => {
  const kinds: [name: string, size: number, run: (size: number) => () => void][] = [
    [
      'chunk size 1, in one slice',
      64_000,
      (size) => {
        const bytes = wire(size, 1)
        return () => read([bytes])
      },
    ],
    [
      'a hundred thousand tiny slices',
      100_000,
      (size) => {
        const slices = byteByByte(wire(size, 128))
        return () => read(slices)
      },
    ],
    [
      'chunk size 1 in tiny slices',
      32_000,
      (size) => {
        const slices = byteByByte(wire(size, 1))
        return () => read(slices)
      },
    ],
    [
      'slices pushed ahead of reading',
      64_000,
      (size) => {
        const slices = byteByByte(wire(size, 128))
        return () => {
          const reader = new ChunkReader()
          for (const slice of slices) reader.push(slice)
          while (reader.read() !== undefined);
          reader.end()
        }
      },
    ],
    [
      'two chunk streams that take turns',
      160_000,
      (size) => {
        const [a, b] = [wire(size, 128).subarray(16), wire(size, 128).subarray(16)]
        const chunks: Uint8Array[] = []
        for (let at = 0; at < a.length; ) {
          const end = at === 0 ? 12 + 128 : at + 129
          const other = Uint8Array.from(b.subarray(at, end))
          other[0] = ((other[0] as number) & 0xc0) | 7
          chunks.push(a.subarray(at, end), other)
          at = end
        }
        return () => read(chunks)
      },
    ],
  ]
  it.each(kinds)('%s', (_name, size, run) => {
    expect(growthOf(run, size)).toBeLessThan(1.5)
  })
})
