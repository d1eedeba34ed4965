import { concat } from '@rtmp/bytes'
import { codeOf, fromHex } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import { DamageLog } from '../src/damage-log.ts'
import { decodeAvcSps } from '../src/codec.ts'
import { encodeFlvTag } from '../src/index.ts'
import { refuseTag } from '../src/strict.ts'
import { isConfirmed, isFollowed } from '../src/tag-evidence.ts'
import { TrackEnds } from '../src/track-ends.ts'
import { fileOf, readSlices } from './tags.ts'

const tagOf = (size: number, timestamp = 0) => ({
  typeId: 9,
  timestamp,
  payload: new Uint8Array(size).fill(0x27),
})
const oneByOne = (bytes: Uint8Array): Uint8Array[] => Array.from(bytes, (byte) => Uint8Array.of(byte))

/** Each limit at the limit, and one beyond. */
describe('the longest tag that is believed', () => {
  // The first tag behind a file's header is read with more care than those behind it.
  const file = fileOf([tagOf(500), tagOf(20)])
  const behind = fileOf([tagOf(20), tagOf(500), tagOf(20)])

  test.each([
    ['at once', [file]],
    ['byte by byte', oneByOne(file)],
  ])('%s', (_, slices) => {
    for (const damaged of ['strict', 'repair'] as const) {
      const { tags, error, reader } = readSlices(slices, { damaged, maxTagSize: 500 } as object)
      expect([tags.length, error, reader.damages.length]).toEqual([2, undefined, 0])
    }
    expect(readSlices(slices, { damaged: 'strict', maxTagSize: 499 })).toMatchObject({
      error: 'FLV_TAG_TOO_LONG',
      tags: [],
    })
    expect(readSlices(slices, { maxTagSize: 499 }).tags.map(({ payload }) => payload.length)).toEqual([20])
  })

  test('behind others', () => {
    const sizes = (maxTagSize: number): readonly number[] =>
      readSlices([behind], { maxTagSize }).tags.map(({ payload }) => payload.length)
    expect([sizes(500), sizes(499)]).toEqual([
      [20, 500, 20],
      [20, 20],
    ])
  })

  test('where its size is told by the back pointer', () => {
    const wrong = Uint8Array.from(file)
    // DataSize is one too large, and the back pointer right.
    wrong[13 + 3] = (wrong[13 + 3] as number) + 1
    const sizes = (maxTagSize: number): readonly number[] =>
      readSlices([wrong], { maxTagSize }).tags.map(({ payload }) => payload.length)
    expect([sizes(500), sizes(499)]).toEqual([[500, 20], [20]])
  })

  test('where a part of its back pointer is lost', () => {
    const [start, size] = [13 + 11 + 500, 4]
    const cut = concat([file.subarray(0, start + size - 2), file.subarray(start + size)])
    const sizes = (maxTagSize: number): readonly number[] =>
      readSlices([cut], { maxTagSize }).tags.map(({ payload }) => payload.length)
    expect([sizes(500), sizes(499)]).toEqual([[500, 20], [20]])
  })

  test('and what is refused for its header, not for its length', () => {
    expect(codeOf(() => refuseTag(500, 500, 0))).toBe('FLV_TAG_IMPLAUSIBLE')
    expect(codeOf(() => refuseTag(501, 500, 0))).toBe('FLV_TAG_TOO_LONG')
  })

  test('as what follows a tag, and as what a search comes to', () => {
    const bytes = concat([fromHex('00000000'), encodeFlvTag(tagOf(50)), encodeFlvTag(tagOf(50))])
    const exhibit = { bytes, end: bytes.length, isFinal: true }
    expect([isFollowed(exhibit, 4, 50, false), isFollowed(exhibit, 4, 49, false)]).toEqual([true, false])
    expect([isConfirmed(exhibit, 4, Number.NaN, 50), isConfirmed(exhibit, 4, Number.NaN, 49)]).toEqual([
      true,
      false,
    ])
  })

  test('that can be written', () => {
    expect(codeOf(() => encodeFlvTag(tagOf(0xffffff)))).toBe('none')
    expect(codeOf(() => encodeFlvTag(tagOf(0x1000000)))).toBe('FLV_FIELD_RANGE')
    expect(codeOf(() => encodeFlvTag({ ...tagOf(1), typeId: 31 }))).toBe('none')
    expect(codeOf(() => encodeFlvTag({ ...tagOf(1), typeId: 32 }))).toBe('FLV_FIELD_RANGE')
    expect(codeOf(() => encodeFlvTag(tagOf(1, 0xffffffff)))).toBe('none')
    expect(codeOf(() => encodeFlvTag(tagOf(1, 0x100000000)))).toBe('FLV_FIELD_RANGE')
  })
})

test('how far a search goes behind a damage', () => {
  // 15 bytes are a tag's header and back pointer.
  const hole = new Uint8Array(300).fill(0xee)
  const bytes = concat([fileOf([tagOf(20)]), hole, encodeFlvTag(tagOf(20)), encodeFlvTag(tagOf(20))])
  const read = (resyncWindow: number): unknown => {
    const { tags, error } = readSlices([bytes], { resyncWindow })
    return error ?? tags.length
  }
  expect([read(300), read(299)]).toEqual([3, 'FLV_RESYNC_FAILED'])
})

test('damages that are told of: the first hundred', () => {
  const log = new DamageLog()
  for (let i = 0; i < 100; i++) log.add('repaired', i * 10, 1)
  expect(log.damages).toHaveLength(100)
  log.add('skipped', 5000, 7)
  expect([log.damages.length, log.skippedBytes]).toEqual([100, 7])
})

test('a pause is longer than ten seconds, and no step', () => {
  const endOf = (step: number): number => {
    const ends = new TrackEnds()
    for (const time of [0, 40, 40 + step]) ends.add(1, time)
    return ends.latest
  }
  expect([endOf(10_000), endOf(10_001)]).toEqual([20_040, 10_081])
})

describe('the size of a picture', () => {
  const ue = (value: number): string => {
    const digits = (value + 1).toString(2)
    return '0'.repeat(digits.length - 1) + digits
  }
  /** A sequence parameter set of the baseline profile. */
  const sps = (width: number, height: number): Uint8Array => {
    const bits = `1 1 1 1 ${ue(1)} 0 ${ue(width - 1)} ${ue(height - 1)} 1 1 0 0 1`.replaceAll(' ', '')
    const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0')
    const body = (padded.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2))
    return Uint8Array.of(0x67, 66, 0, 30, ...body)
  }

  test('is at most 4096 macroblocks either way', () => {
    expect(decodeAvcSps(sps(4096, 4096))).toMatchObject({ width: 65_536, height: 65_536 })
    expect(codeOf(() => decodeAvcSps(sps(4097, 1)))).toBe('AVC_SPS')
    expect(codeOf(() => decodeAvcSps(sps(1, 4097)))).toBe('AVC_SPS')
  })
})
