import { fromHex } from '@rtmp/testkit'
import { ChunkReader, type ChunkReaderOptions, type Message } from '../src/index.ts'

/** Hex in which `(a0+300)` stands for 300 bytes that count up from a0. */
export const expand = (text: string): Uint8Array =>
  fromHex(
    text.replace(/\(([0-9a-f]{2})\+(\d+)\)/g, (_, start: string, count: string) =>
      Array.from({ length: Number(count) }, (_, i) =>
        ((Number.parseInt(start, 16) + i) & 0xff).toString(16).padStart(2, '0'),
      ).join(''),
    ),
  )

/** Feeds slices through one buffer that is filled anew each time, as a server with a shared read buffer does. */
export const readAll = (
  slices: readonly Uint8Array[],
  options?: ChunkReaderOptions,
  collect: Message[] = [],
): Message[] => {
  const reader = new ChunkReader(options)
  const shared = new Uint8Array(Math.max(1, ...slices.map(({ length }) => length)))
  for (const slice of slices) {
    shared.set(slice)
    reader.push(shared.subarray(0, slice.length))
    for (let message = reader.read(); message !== undefined; message = reader.read()) collect.push(message)
    shared.fill(0xee)
  }
  reader.end()
  return collect
}

/** What read() or end() threw. */
export const failureOf = (run: () => unknown): { code?: string; offset?: number; name?: string } => {
  try {
    run()
  } catch (error) {
    return error as { code?: string; offset?: number; name?: string }
  }
  return {}
}
