import { concat } from '@rtmp/bytes'
import { byteByByte, deliveries, mutate, readRepoFile, SeededRandom } from '@rtmp/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { flvHeader, flvTag } from '../src/arbitraries.ts'
import { encodeFlvHeader, encodeFlvTag, FlvReader, FlvWriter } from '../src/index.ts'
import { fileOf, print, readSlices } from './tags.ts'

describe('FlvReader and FlvWriter', () => {
  test('what is written is read, however it arrives', () => {
    const file = fc.tuple(flvHeader(), fc.array(flvTag(), { maxLength: 12 })).chain(([header, tags]) => {
      const bytes = concat([encodeFlvHeader(header), ...tags.map(encodeFlvTag)])
      return fc.tuple(fc.constant(header), fc.constant(tags), deliveries(bytes))
    })
    fc.assert(
      fc.property(file, ([header, tags, slices]) => {
        const { tags: read, error, truncated, reader } = readSlices(slices, { damaged: 'strict' })
        expect(error).toBeUndefined()
        expect(truncated).toBe(false)
        expect(reader.header).toEqual(header)
        expect(read.length).toBe(tags.length)
        read.forEach((tag, i) => expect(tag).toMatchObject(tags[i] as object))
      }),
    )
  })

  test('the writer gives the same bytes as the plain encoders, and positions that are true', () => {
    fc.assert(
      fc.property(fc.array(flvTag(), { maxLength: 8 }), (tags) => {
        const bytes = fileOf(tags)
        expect(bytes).toEqual(concat([encodeFlvHeader(), ...tags.map(encodeFlvTag)]))
        for (const tag of readSlices([bytes]).tags) {
          expect(encodeFlvTag(tag)).toEqual(bytes.subarray(tag.offset, tag.offset + tag.payload.length + 15))
        }
      }),
    )
  })

  test('damaged input gives the same tags, notices and damages however it arrives', () => {
    const seed = fc.integer()
    fc.assert(
      fc.property(
        fc.array(flvTag(60), { minLength: 1, maxLength: 8 }),
        seed,
        fc.boolean(),
        (tags, n, optional) => {
          const random = new SeededRandom(n)
          const bytes = mutate(fileOf(tags), random)
          const options = { resyncWindow: 200, header: optional ? 'optional' : 'required' } as const
          const cut = random.below(bytes.length + 1)
          const whole = readSlices([bytes], options)
          const said = (outcome: typeof whole): unknown => [
            outcome.tags.map((tag) => `${print(tag)} @${tag.offset} ${tag.notices}`),
            outcome.error,
            outcome.truncated,
            outcome.reader.damages,
            outcome.reader.skippedBytes,
          ]
          expect(said(readSlices(byteByByte(bytes), options))).toEqual(said(whole))
          expect(said(readSlices([bytes.subarray(0, cut), bytes.subarray(cut)], options))).toEqual(
            said(whole),
          )
        },
      ),
      { numRuns: 500 },
    )
  })

  test('bytes are all accounted for: in tags, around them, or skipped', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.array(flvTag(40), { maxLength: 3 }), (junk, tags) => {
        const bytes = concat([fileOf(tags), junk, ...tags.map(encodeFlvTag)])
        const { reader, error } = readSlices([bytes], { resyncWindow: 1000 })
        if (error === undefined) expect(reader.position).toBeLessThanOrEqual(bytes.length)
        expect(reader.skippedBytes).toBeLessThanOrEqual(bytes.length)
      }),
    )
  })

  test('payloads are views where they lie in one slice, and copies on request', async () => {
    const bytes = await readRepoFile('media/h264-aac.flv')
    const view = readSlices([bytes]).tags[5]
    expect(view?.payload.buffer).toBe(bytes.buffer)
    const copy = readSlices([bytes], { copyPayloads: true }).tags[5]
    expect(copy?.payload.buffer).not.toBe(bytes.buffer)
    expect(copy?.payload).toEqual(view?.payload)
  })

  test('payloads that cross slices stay good while reading goes on', async () => {
    const bytes = await readRepoFile('media/h264-aac.flv')
    const whole = readSlices([bytes]).tags.map(print)
    for (const size of [1, 7, 100, 1000, 4096, 65536]) {
      const slices: Uint8Array[] = []
      for (let at = 0; at < bytes.length; at += size) slices.push(bytes.slice(at, at + size))
      expect(readSlices(slices).tags.map(print)).toEqual(whole)
    }
  })

  test('a writer that appends goes on at its position without a header', () => {
    const writer = new FlvWriter({ header: false, position: 1000 })
    expect(writer.start()).toEqual([])
    const slices = writer.write({ typeId: 9, timestamp: 5, payload: Uint8Array.of(0x17, 1, 0, 0, 0) })
    expect(concat(slices).length).toBe(20)
    expect(writer.position).toBe(1020)
    expect(writer.facts().keyframes).toEqual({ times: [0.005], filePositions: [1000] })
  })

  test('a fresh reader works after another one failed', () => {
    const reader = new FlvReader()
    reader.push(Uint8Array.from({ length: 20 }, () => 7))
    expect(() => reader.read()).toThrow('FLV_SIGNATURE')
    expect(() => reader.read()).toThrow('FLV_SIGNATURE')
    expect(readSlices([encodeFlvHeader()]).error).toBeUndefined()
  })
})
