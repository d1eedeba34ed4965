import { concat } from '@rtmp/bytes'
import { deliveries, mutate, SeededRandom } from '@rtmp/testkit'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chunkSizes, messages, wires } from '../src/arbitraries.ts'
import { ChunkReader, ChunkWriter, type Message, MessageTypeId, SlabPool } from '../src/index.ts'
import { failureOf, readAll } from './helpers.ts'

test('read(write(messages)) is the identity, whatever the chunk sizes and the delivery', () => {
  fc.assert(
    fc.property(
      messages(),
      fc.array(chunkSizes(), { minLength: 1, maxLength: 5 }),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 7 }),
      fc.infiniteStream(fc.nat()),
      (list, sizes, full, cuts) => {
        const writer = new ChunkWriter()
        const slices: Uint8Array[] = []
        const expected: Message[] = []
        for (const [i, message] of list.entries()) {
          if (i % 4 === 0) {
            const size = sizes[(i / 4) % sizes.length] as number
            slices.push(...writer.setChunkSize(size))
          }
          slices.push(...writer.write(message, { fullHeader: full[i % full.length] === true }))
          expected.push(message)
        }
        const bytes = concat(slices)
        const pieces: Uint8Array[] = []
        for (let at = 0; at < bytes.length; ) {
          const size = ((cuts.next().value ?? 0) % 300) + 1
          pieces.push(bytes.subarray(at, at + size))
          at += size
        }
        for (const delivery of [[bytes], pieces]) {
          const read = readAll(delivery).filter(({ typeId }) => typeId !== MessageTypeId.setChunkSize)
          expect(read).toEqual(expected)
        }
      },
    ),
    { numRuns: 150 },
  )
})

test('any legal layout gives its messages, strict or not, however it arrives', () => {
  fc.assert(
    fc.property(
      wires().chain((wire) => fc.tuple(fc.constant(wire), deliveries(wire.bytes))),
      ([wire, slices]) => {
        const limits = { maxMessageLength: 0xffffff }
        expect(readAll(slices, { limits }, [])).toEqual(wire.messages)
        const leniency = { omittedExtendedTimestamp: false, repeatedHeader: false }
        expect(readAll(slices, { limits, leniency })).toEqual(wire.messages)
      },
    ),
    { numRuns: 300 },
  )
})

test('a peer that omits the extended timestamp is found out by itself', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0xffffff, max: 0xffff_ffff }),
      fc.uint8Array({ minLength: 129, maxLength: 1000 }),
      fc.boolean(),
      fc.array(fc.nat({ max: 1100 }), { maxLength: 5 }),
      (timestamp, payload, repeats, cuts) => {
        const extension = [24, 16, 8, 0].map((shift) => (timestamp >>> shift) & 0xff)
        // Four payload bytes that equal the extension, or zero, cannot be told from it.
        for (let at = 128; at < payload.length; at += 128) payload[at] = extension[0] === 2 ? 3 : 2
        const pieces: Uint8Array[] = []
        for (let at = 0; at < payload.length; at += 128) {
          pieces.push(Uint8Array.of(at === 0 ? 6 : 0xc6))
          if (at === 0)
            pieces.push(Uint8Array.of(255, 255, 255, 0, payload.length >> 8, payload.length, 9, 1, 0, 0, 0))
          if (at === 0 || repeats) pieces.push(Uint8Array.from(extension))
          pieces.push(payload.subarray(at, at + 128))
        }
        const bytes = concat([...pieces, ...pieces])
        const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
        const slices = at.slice(1).map((end, i) => bytes.subarray(at[i] ?? 0, end))
        const message = { csid: 6, typeId: 9, messageStreamId: 1, timestamp, payload }
        expect(readAll(slices)).toEqual([message, message])
      },
    ),
    { numRuns: 200 },
  )
})

test('damaged streams end in messages or in a typed error, the same for every delivery, and leave nothing behind', () => {
  fc.assert(
    fc.property(wires({ maxCount: 8, maxLength: 300 }), fc.nat(), fc.nat(), (wire, seed, cut) => {
      const bytes = mutate(wire.bytes, new SeededRandom(seed))
      const outcomes = [
        [bytes],
        [bytes.subarray(0, cut % (bytes.length + 1)), bytes.subarray(cut % (bytes.length + 1))],
      ].map((slices) => {
        const read: Message[] = []
        const failure = failureOf(() => readAll(slices, {}, read))
        return { read, code: failure.code, offset: failure.offset, name: failure.name }
      })
      expect(outcomes[1]).toEqual(outcomes[0])
      expect(outcomes[0]?.name === undefined || /^(Decode|Protocol)Error$/.test(outcomes[0].name)).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('payloads are the receiver’s to keep: nothing that comes later writes into them', () => {
  fc.assert(
    fc.property(messages({ maxCount: 40, maxLength: 700 }), chunkSizes(), (list, size) => {
      const pool = new SlabPool({ slabSize: 2048 })
      const writer = new ChunkWriter()
      const bytes = concat([
        ...writer.setChunkSize(size),
        ...list.flatMap((message) => writer.write(message)),
      ])
      const read = readAll([bytes], { pool }).slice(1)
      const before = read.map(({ payload }) => Uint8Array.from(payload))
      for (const { payload } of read.slice(0, 1)) payload.fill(0x77)
      expect(read.slice(1).map(({ payload }) => payload)).toEqual(before.slice(1))
    }),
    { numRuns: 60 },
  )
})

test('slices can be pushed ahead of reading', () => {
  fc.assert(
    fc.property(
      wires({ maxCount: 8 }).chain((wire) => fc.tuple(fc.constant(wire), deliveries(wire.bytes))),
      ([wire, slices]) => {
        const reader = new ChunkReader({ limits: { maxMessageLength: 0xffffff } })
        for (const slice of slices) reader.push(slice)
        const read: Message[] = []
        for (let message = reader.read(); message !== undefined; message = reader.read()) read.push(message)
        reader.end()
        expect(read).toEqual(wire.messages)
        expect(reader.bytesRead).toBe(wire.bytes.length)
        expect(reader.bufferedBytes).toBe(0)
      },
    ),
    { numRuns: 100 },
  )
})

test('slices can be pushed at any time between two reads', () => {
  fc.assert(
    fc.property(
      wires({ maxCount: 8 }).chain((wire) => fc.tuple(fc.constant(wire), deliveries(wire.bytes))),
      fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }),
      ([wire, slices], turns) => {
        const reader = new ChunkReader({ limits: { maxMessageLength: 0xffffff } })
        const read: Message[] = []
        const readOne = (): boolean => {
          const message = reader.read()
          if (message !== undefined) read.push(message)
          return message !== undefined
        }
        for (const [i, slice] of slices.entries()) {
          reader.push(slice)
          if (turns[i % turns.length] === true) readOne()
        }
        while (readOne());
        reader.end()
        expect(read).toEqual(wire.messages)
      },
    ),
    { numRuns: 100 },
  )
})
