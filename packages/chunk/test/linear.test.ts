import { byteByByte } from '@rtmp/testkit'
import { describe, expect, it } from 'vitest'
import { ChunkReader, ChunkWriter } from '../src/index.ts'

const FACTOR = 8

const timeOf = (run: () => void): number => {
  const start = performance.now()
  run()
  return performance.now() - start
}

/**
 * Whether a size takes about as long as its eighths one after the other: 1 when linear, 8 times as long when quadratic.
 * Both see the same load of the machine; should something else come in between, there are more tries.
 */
const isLinear = (run: (size: number) => () => void, size: number): boolean => {
  const [small, large] = [run(size / FACTOR), run(size)]
  const pieces = (): void => {
    for (let i = 0; i < FACTOR; i++) small()
  }
  pieces()
  return [1, 2, 3, 4, 5].some(() => timeOf(large) < 3 * Math.max(1, timeOf(pieces)))
}

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

describe('time is linear', { timeout: 30_000 }, () => {
  it('chunk size 1, in one slice', () => {
    expect(
      isLinear((size) => {
        const bytes = wire(size, 1)
        return () => read([bytes])
      }, 400_000),
    ).toBe(true)
  })

  it('a million tiny slices', () => {
    expect(
      isLinear((size) => {
        const slices = byteByByte(wire(size, 128))
        return () => read(slices)
      }, 1_000_000),
    ).toBe(true)
  })

  it('chunk size 1 in tiny slices', () => {
    expect(
      isLinear((size) => {
        const slices = byteByByte(wire(size, 1))
        return () => read(slices)
      }, 160_000),
    ).toBe(true)
  })

  it('slices pushed ahead of reading', () => {
    expect(
      isLinear((size) => {
        const slices = byteByByte(wire(size, 128))
        return () => {
          const reader = new ChunkReader()
          for (const slice of slices) reader.push(slice)
          while (reader.read() !== undefined);
          reader.end()
        }
      }, 160_000),
    ).toBe(true)
  })

  it('two chunk streams that take turns', () => {
    expect(
      isLinear((size) => {
        const [a, b] = [wire(size, 128).subarray(16), wire(size, 128).subarray(16)]
        const chunks: Uint8Array[] = []
        for (let at = 0; at < a.length; ) {
          const end = at === 0 ? 12 + 128 : at + 129
          const other = Uint8Array.from(b.subarray(at, end))
          other[0] = ((other[0] as number) & 0xc0) | 7
          chunks.push(a.subarray(at, end), other)
          at = end
        }
        const reader = (): void => read(chunks)
        return reader
      }, 800_000),
    ).toBe(true)
  })
})
