import { toHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chunkSizes, messages } from '../src/arbitraries.ts'
import { ChunkWriter, encodeBatch, type Message, MessageTypeId } from '../src/index.ts'
import { failureOf, readAll } from './helpers.ts'

const length = (slices: readonly Uint8Array[]): number => slices.reduce((sum, slice) => sum + slice.length, 0)
const hex = (slices: readonly Uint8Array[]): string => slices.map(toHex).join('')

/**
 * The least size of a message over the four headers, computed from RTMP 1.0 §5.3.1 alone, with the two things that a
 * cautious sender leaves out: extended deltas, and fmt 3 right after a fmt 0 that readers disagree on.
 */
class BestOfFour {
  readonly #memory = new Map<number, { message: Message; delta: number; afterFmt0: boolean }>()

  next(message: Message, chunkSize: number, size: number): number {
    const { csid, timestamp, payload, typeId, messageStreamId } = message
    const before = this.#memory.get(csid)
    const basic = csid < 64 ? 1 : csid < 320 ? 2 : 3
    const further = payload.length === 0 ? 0 : Math.ceil(payload.length / chunkSize) - 1
    const total = (header: number, extension: number): number =>
      basic + header + extension + payload.length + further * (basic + extension)
    const delta = before === undefined ? 0 : (timestamp - before.message.timestamp) >>> 0
    const sizes = [total(11, timestamp >= 0xffffff ? 4 : 0)]
    const same =
      before !== undefined && before.message.messageStreamId === messageStreamId && delta < 0xffffff
    const alike = same && before.message.typeId === typeId && before.message.payload.length === payload.length
    sizes.push(same ? total(7, 0) : Infinity)
    sizes.push(alike ? total(3, 0) : Infinity)
    const agreed =
      alike &&
      delta === before.delta &&
      (!before.afterFmt0 || (delta === 0 && before.message.timestamp === 0))
    sizes.push(agreed ? total(0, 0) : Infinity)
    const fmt = sizes.indexOf(size)
    this.#memory.set(csid, { message, delta: fmt === 0 ? timestamp : delta, afterFmt0: fmt === 0 })
    return Math.min(...sizes)
  }
}

test('never larger than the best of the four headers', () => {
  fc.assert(
    fc.property(messages(), chunkSizes(), (list, chunkSize) => {
      const writer = new ChunkWriter()
      writer.setChunkSize(chunkSize)
      const best = new BestOfFour()
      for (const message of list) {
        if (message.csid === 2) continue
        const size = length(writer.write(message))
        expect(size).toBe(best.next(message, chunkSize, size))
      }
    }),
    { numRuns: 300 },
  )
})

test('slices and one array have the same bytes, and payloads are not copied into slices', () => {
  fc.assert(
    fc.property(messages(), chunkSizes(), (list, chunkSize) => {
      const [sliced, joined] = [new ChunkWriter(), new ChunkWriter()]
      expect(hex(sliced.setChunkSize(chunkSize))).toBe(hex(joined.setChunkSize(chunkSize)))
      for (const message of list) {
        const slices = sliced.write(message)
        expect(hex(slices)).toBe(toHex(joined.encode(message)))
        const payload = slices.filter(({ buffer }) => buffer === message.payload.buffer)
        expect(length(payload)).toBe(message.payload.length)
      }
    }),
    { numRuns: 100 },
  )
})

test('whichever droppable messages are dropped, the rest reads right', () => {
  fc.assert(
    fc.property(messages(), fc.array(fc.nat({ max: 3 }), { minLength: 1 }), (list, fates) => {
      const writer = new ChunkWriter()
      const sent: Uint8Array[] = []
      const expected: Message[] = []
      for (const [i, message] of list.entries()) {
        const fate = fates[i % fates.length] as number
        const slices = writer.write(message, { droppable: fate > 1 })
        if (fate === 3) continue
        sent.push(...slices)
        expected.push(message)
      }
      expect(readAll(sent)).toEqual(expected)
    }),
    { numRuns: 200 },
  )
})

test('batches can be read from any of them on, and each is one array of exact size', () => {
  fc.assert(
    fc.property(
      fc.array(messages({ maxCount: 12 }), { maxLength: 4 }),
      chunkSizes(),
      fc.option(fc.integer({ min: 0, max: 0xffff_ffff }), { nil: undefined }),
      fc.nat(),
      (groups, chunkSize, messageStreamId, pick) => {
        const options = messageStreamId === undefined ? { chunkSize } : { chunkSize, messageStreamId }
        const batches = groups.map((group) => encodeBatch(group, options))
        const announce = new ChunkWriter().setChunkSize(chunkSize)
        const chosen = batches.filter((_, i) => ((pick >> i) & 1) === 0)
        const expected = groups
          .filter((_, i) => ((pick >> i) & 1) === 0)
          .flat()
          .map((message) => ({ ...message, messageStreamId: messageStreamId ?? message.messageStreamId }))
        expect(readAll([...announce, ...chosen]).slice(1)).toEqual(expected)
        for (const batch of batches) expect(batch.byteLength).toBe(batch.buffer.byteLength)
      },
    ),
    { numRuns: 200 },
  )
})

test('a batch is what a fresh writer writes', () => {
  fc.assert(
    fc.property(messages(), chunkSizes(), (list, chunkSize) => {
      // The writer announces on csid 2; a batch that uses it too begins there with a full header all the same.
      const messages = list.filter(({ csid }) => csid !== 2)
      const writer = new ChunkWriter()
      writer.setChunkSize(chunkSize)
      expect(toHex(encodeBatch(messages, { chunkSize }))).toBe(
        messages.map((m) => hex(writer.write(m))).join(''),
      )
    }),
    { numRuns: 100 },
  )
})

test('a batch can be put into memory of the caller', () => {
  const message = {
    csid: 4,
    typeId: 8,
    messageStreamId: 1,
    timestamp: 0,
    payload: new Uint8Array(300).fill(7),
  }
  const memory = new Uint8Array(1000).fill(0xff)
  const batch = encodeBatch([message], { chunkSize: 128, allocate: (size) => memory.subarray(10, 10 + size) })
  expect(toHex(batch)).toBe(toHex(encodeBatch([message], { chunkSize: 128 })))
  expect(memory[9]).toBe(0xff)
  expect(memory[10 + batch.length]).toBe(0xff)
})

test.each([
  ['csid', { csid: 1 }],
  ['csid', { csid: 65_600 }],
  ['csid', { csid: 4.5 }],
  ['typeId', { typeId: 256 }],
  ['typeId', { typeId: -1 }],
  ['messageStreamId', { messageStreamId: -1 }],
  ['messageStreamId', { messageStreamId: 0x1_0000_0000 }],
  ['timestamp', { timestamp: Number.NaN }],
  ['timestamp', { timestamp: 0x1_0000_0000 }],
  ['payload.length', { payload: new Uint8Array(0x100_0000) }],
])('refuses what no header can say: %s', (path, wrong) => {
  const message = {
    csid: 4,
    typeId: MessageTypeId.audio,
    messageStreamId: 1,
    timestamp: 0,
    payload: new Uint8Array(1),
    ...wrong,
  }
  const writer = new ChunkWriter()
  for (const run of [
    () => writer.write(message),
    () => writer.encode(message),
    () => encodeBatch([message], { chunkSize: 128 }),
  ])
    expect(failureOf(run)).toMatchObject({ name: 'UsageError', code: 'CHUNK_FIELD_OUT_OF_RANGE', path })
})

test.each([0, -1, 1.5, 0x8000_0000, Number.NaN])('refuses chunk size %s', (size) => {
  const writer = new ChunkWriter()
  expect(failureOf(() => writer.setChunkSize(size))).toMatchObject({ code: 'CHUNK_FIELD_OUT_OF_RANGE' })
  expect(failureOf(() => encodeBatch([], { chunkSize: size }))).toMatchObject({
    code: 'CHUNK_FIELD_OUT_OF_RANGE',
  })
  expect(writer.chunkSize).toBe(128)
})
