import { byteByByte } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import { ChunkReader, ChunkWriter } from '../src/index.ts'

/** Least time of a few runs, in milliseconds. */
const timeOf = (run: () => void): number => {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 3; i++) {
    const start = performance.now()
    run()
    best = Math.min(best, performance.now() - start)
  }
  return best
}

/** How time grows from a size to eight times it: 1 is linear, 2 quadratic. The best of three tries, as others use the machine. */
const exponent = (run: (size: number) => () => void, size: number): number => {
  const [small, large] = [run(size), run(size * 8)]
  large()
  const tries = [1, 2, 3].map(() => Math.log(timeOf(large) / timeOf(small)) / Math.log(8))
  return Math.min(...tries)
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

test('chunk size 1, in one slice', () => {
  expect(
    exponent((size) => {
      const bytes = wire(size, 1)
      return () => read([bytes])
    }, 50_000),
  ).toBeLessThan(1.6)
})

test('a million tiny slices', () => {
  expect(
    exponent((size) => {
      const slices = byteByByte(wire(size, 128))
      return () => read(slices)
    }, 125_000),
  ).toBeLessThan(1.6)
})

test('chunk size 1 in tiny slices', () => {
  expect(
    exponent((size) => {
      const slices = byteByByte(wire(size, 1))
      return () => read(slices)
    }, 20_000),
  ).toBeLessThan(1.6)
})

test('slices pushed ahead of reading', () => {
  expect(
    exponent((size) => {
      const slices = byteByByte(wire(size, 128))
      return () => {
        const reader = new ChunkReader()
        for (const slice of slices) reader.push(slice)
        while (reader.read() !== undefined);
        reader.end()
      }
    }, 20_000),
  ).toBeLessThan(1.6)
})

test('two chunk streams that take turns', () => {
  expect(
    exponent((size) => {
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
    }, 100_000),
  ).toBeLessThan(1.6)
})
