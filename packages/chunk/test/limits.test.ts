import { expect, test } from 'vitest'
import { ChunkReader, ChunkWriter, DEFAULT_CHUNK_LIMITS, type Message, SlabPool } from '../src/index.ts'
import { expand, failureOf, readAll } from './helpers.ts'

/** A pool that counts what it hands out. */
const countingPool = (): { pool: SlabPool; allocated: () => number } => {
  let allocated = 0
  const pool = new SlabPool({
    slabSize: 65_536,
    allocate: (size) => {
      allocated += size
      return new Uint8Array(size)
    },
  })
  return { pool, allocated: () => allocated }
}

const drain = (reader: ChunkReader): Message[] => {
  const read: Message[] = []
  for (let message = reader.read(); message !== undefined; message = reader.read()) read.push(message)
  return read
}

test('nothing is allocated by an announced length, nor by a chunk size', () => {
  const { pool, allocated } = countingPool()
  const header = expand('06 000000 ffffff 09 01000000')
  for (const chunkSize of ['00000080', '7fffffff']) {
    const reader = new ChunkReader({ pool })
    reader.push(expand(`02 000000 000004 01 00000000 ${chunkSize}`))
    expect(drain(reader)).toHaveLength(1)
    const before = allocated()
    reader.push(header)
    expect(drain(reader)).toHaveLength(0)
    expect(allocated()).toBe(before)
    reader.push(new Uint8Array(100))
    expect(drain(reader)).toHaveLength(0)
    expect(allocated() - before).toBeLessThanOrEqual(4096)
    expect(reader.bufferedBytes).toBe(100)
  }
})

test('memory for a message stays within four times what has arrived', () => {
  const { pool, allocated } = countingPool()
  const reader = new ChunkReader({ pool })
  reader.push(expand('02 000000 000004 01 00000000 7fffffff 06 000000 ffffff 09 01000000'))
  expect(drain(reader)).toHaveLength(1)
  let sent = 0
  let held = 0
  let before = allocated()
  while (sent < 0xffffff) {
    const size = Math.min(1000, 0xffffff - sent)
    reader.push(new Uint8Array(size))
    sent += size
    const done = drain(reader)
    if (allocated() > before) held = allocated() - before
    before = allocated()
    expect(held).toBeLessThanOrEqual(Math.max(4096, 4 * sent))
    if (sent > 1_000_000) expect(held).toBeLessThanOrEqual(2 * sent + 65_536)
    expect(done).toHaveLength(sent === 0xffffff ? 1 : 0)
  }
  // All growth together is less than one more copy.
  expect(allocated()).toBeLessThan(3 * 0xffffff)
})

test('many chunk streams, each with an unfinished message, end at the limits', () => {
  const chunk = (csid: number): Uint8Array =>
    expand(
      `01 ${(csid - 64)
        .toString(16)
        .padStart(4, '0')
        .replace(/(..)(..)/, '$2$1')} 000000 002710 09 01000000 (00+128)`,
    )
  for (const [limits, code, fed] of [
    [{}, 'CHUNK_TOO_MANY_PARTIAL_MESSAGES', 65],
    [{ maxPartialMessages: 1000 }, 'CHUNK_TOO_MANY_STREAMS', 257],
    [{ maxPartialMessages: 1000, maxBufferedBytes: 10_000 }, 'CHUNK_TOO_MANY_BUFFERED_BYTES', 79],
  ] as const) {
    const { pool, allocated } = countingPool()
    const reader = new ChunkReader({ pool, limits })
    let csid = 100
    const failure = failureOf(() => {
      for (; csid < 5100; csid++) {
        reader.push(chunk(csid))
        drain(reader)
      }
    })
    expect(failure).toMatchObject({ name: 'ProtocolError', code })
    expect(csid - 100 + 1).toBe(fed)
    expect(allocated()).toBeLessThan(1_000_000)
  }
})

test('messages that are given up cost nothing further, and are counted', () => {
  const reader = new ChunkReader({
    leniency: { interruptedMessage: 'drop' },
    limits: { maxPartialMessages: 1 },
  })
  const begun = expand('06 000000 000bb8 09 01000000 (00+128)')
  for (let i = 1; i <= 300; i++) {
    reader.push(begun)
    expect(drain(reader)).toEqual([])
    expect(reader.bufferedBytes).toBe(128)
    expect(reader.droppedMessages).toBe(i - 1)
  }
  const aborting = new ChunkReader()
  aborting.push(begun)
  aborting.push(expand('02 000000 000004 02 00000000 00000006'))
  expect(drain(aborting)).toHaveLength(1)
  expect([aborting.bufferedBytes, aborting.droppedMessages]).toEqual([0, 1])
  aborting.end()
})

test('unfinished messages do not stay in slabs that others share', () => {
  const { pool } = countingPool()
  const reader = new ChunkReader({ pool })
  // Both messages lie whole in the slice but for the last chunk of the second.
  reader.push(
    expand('04 000000 000082 08 01000000 (00+128) 06 000000 000082 09 01000000 (00+128) c6 8081 c4'),
  )
  expect(drain(reader).map(({ csid }) => csid)).toEqual([6])
  const slab = pool.memory
  const copy = Uint8Array.from(slab)
  reader.push(expand('8081'))
  const [message] = drain(reader)
  expect(message?.payload).toEqual(expand('(00+130)'))
  expect(message?.payload.buffer).not.toBe(slab.buffer)
  expect(Uint8Array.from(slab)).toEqual(copy)
})

test('small payloads are cut from slabs, large ones get memory of exact size', () => {
  const { pool } = countingPool()
  const writer = new ChunkWriter()
  const messages = [10, 16_000, 16_385, 100].map((size, i) => ({
    csid: 4,
    typeId: 8,
    messageStreamId: 1,
    timestamp: i,
    payload: new Uint8Array(size).fill(i + 1),
  }))
  const slices = [...writer.setChunkSize(65_536), ...messages.flatMap((message) => writer.write(message))]
  const whole = new Uint8Array(slices.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const slice of slices) {
    whole.set(slice, at)
    at += slice.length
  }
  const read = readAll([whole], { pool }).slice(1)
  expect(read).toEqual(messages)
  expect(read.map(({ payload }) => payload.buffer === pool.memory.buffer)).toEqual([true, true, false, true])
  expect(read[2]?.payload.buffer.byteLength).toBe(16_385)
})

test('chunk size 1 with every extension is within the header budget, floods of empty messages are not', () => {
  const reader = new ChunkReader({ limits: { headerAllowance: 100 } })
  reader.push(expand('02 000000 000004 01 00000000 00000001 01 0010 ffffff 000fff 09 01000000 01000000 00'))
  for (let i = 1; i < 4095; i++) {
    reader.push(expand('c1 0010 01000000 aa'))
    drain(reader)
  }
  expect(reader.bufferedBytes).toBe(0)
  const zero = new ChunkReader()
  zero.push(expand('04 000000 000000 08 01000000'))
  drain(zero)
  const flood = new Uint8Array(65_536).fill(0xc4)
  let messages = 0
  const failure = failureOf(() => {
    for (let i = 0; i < 1000; i++) {
      zero.push(flood)
      for (; zero.read() !== undefined; messages++);
    }
  })
  expect(failure).toMatchObject({ code: 'CHUNK_TOO_MANY_HEADERS' })
  expect(messages).toBe(DEFAULT_CHUNK_LIMITS.headerAllowance - 12)
})

/** How many chunk headers of one byte, without payload, are taken now; more than that end the reader. */
const emptyChunksTaken = (reader: ChunkReader): number => {
  let taken = 0
  const failure = failureOf(() => {
    for (; taken < 1000; taken++) {
      reader.push(Uint8Array.of(0xc4))
      expect(drain(reader)).toHaveLength(1)
    }
  })
  expect(failure).toMatchObject({ name: 'ProtocolError', code: 'CHUNK_TOO_MANY_HEADERS' })
  return taken
}

test.each([
  ['nothing', '', 88],
  ['a byte, which pays for eight of its twelve', '06 000000 000001 09 01000000 aa', 84],
  ['two of these', '06 000000 000001 09 01000000 aa 46 000000 000001 09 aa', 84],
  ['what pays for twelve more than its own header', '06 000000 000003 09 01000000 aabbcc', 100],
  ['what pays for thousands', '06 000000 000080 09 01000000 (00+128)', 100],
  ['the same in a run of chunks', `06 000000 000400 09 01000000 (00+128)${' c6 (00+128)'.repeat(7)}`, 100],
  ['that twice', `06 000000 000400 09 01000000 (00+128)${' c6 (00+128)'.repeat(15)}`, 100],
])('payload restores what headers may cost, never above the allowance: after %s', (_what, hex, credit) => {
  for (const portion of [100_000, 1, 7]) {
    const reader = new ChunkReader({ limits: { headerAllowance: 100, headerBytesPerPayloadByte: 8 } })
    const bytes = expand(`04 000000 000000 08 01000000 ${hex}`)
    for (let at = 0; at < bytes.length; at += portion) {
      reader.push(bytes.subarray(at, at + portion))
      drain(reader)
    }
    expect(emptyChunksTaken(reader)).toBe(credit)
  }
})

test('a run of chunks that is taken at once is charged as its chunks are: at the allowance, and one chunk beyond', () => {
  for (const portion of [100_000, 1, 7]) {
    const read = (chunks: number): Message[] => {
      const reader = new ChunkReader({ limits: { headerAllowance: 100, headerBytesPerPayloadByte: 1 } })
      // Set Chunk Size 1 costs 8, the first chunk 15, each further one 4.
      const length = chunks.toString(16).padStart(6, '0')
      const bytes = expand(
        `02 000000 000004 01 00000000 00000001 04 ffffff ${length} 09 01000000 01000000 aa${' c4 01000000 aa'.repeat(chunks - 1)}`,
      )
      const messages: Message[] = []
      for (let at = 0; at < bytes.length; at += portion) {
        reader.push(bytes.subarray(at, at + portion))
        messages.push(...drain(reader))
      }
      return messages
    }
    expect(read(20).at(-1)?.payload).toHaveLength(20)
    expect(failureOf(() => read(21))).toMatchObject({ code: 'CHUNK_TOO_MANY_HEADERS' })
  }
})

test('limits that make no sense are refused', () => {
  expect(failureOf(() => new ChunkReader({ limits: { headerBytesPerPayloadByte: 0.5 } }))).toMatchObject({
    name: 'UsageError',
    path: 'limits.headerBytesPerPayloadByte',
  })
  expect(failureOf(() => new ChunkReader({ limits: { maxBufferedBytes: -1 } }))).toMatchObject({
    path: 'limits.maxBufferedBytes',
  })
  expect(failureOf(() => new ChunkReader({ limits: { maxChunkStreams: Number.NaN } }))).toMatchObject({
    path: 'limits.maxChunkStreams',
  })
})

test('bytes of unfinished messages: at the limit, and one beyond', () => {
  const fed = (maxBufferedBytes: number): unknown => {
    const reader = new ChunkReader({ limits: { maxBufferedBytes } })
    reader.push(expand('06 000000 002710 09 01000000 (00+128) 07 000000 002710 09 01000000 (00+128)'))
    return failureOf(() => drain(reader))
  }
  expect(fed(256)).toEqual({})
  expect(fed(255)).toMatchObject({ code: 'CHUNK_TOO_MANY_BUFFERED_BYTES' })
})

test('the length of a message, of media and of all else: at the limit, and one beyond', () => {
  const fed = (typeId: string, length: string): unknown => {
    const reader = new ChunkReader({ limits: { maxMediaLength: 16, maxMessageLength: 8 } })
    reader.push(expand(`06 000000 ${length} ${typeId} 01000000`))
    return failureOf(() => drain(reader))
  }
  expect([fed('09', '000010'), fed('14', '000008')]).toEqual([{}, {}])
  expect(fed('09', '000011')).toMatchObject({ code: 'CHUNK_MESSAGE_TOO_LONG' })
  expect(fed('14', '000009')).toMatchObject({ code: 'CHUNK_MESSAGE_TOO_LONG' })
})
