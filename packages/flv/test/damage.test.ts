import { concat, isDecodeError } from '@rtmp/bytes'
import { readRepoFile } from '@rtmp/testkit'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  decodeFlv,
  encodeFlvHeader,
  encodeFlvTag,
  FlvNotice,
  type FlvTag,
  FlvWriter,
  TAG_OVERHEAD,
} from '../src/index.ts'
import { fileOf, print, readSlices } from './tags.ts'

// Two dozen real tags, cut short: metadata, both sequence headers, key frames, small and large payloads.
let tags: FlvTag[] = []
let file: Uint8Array = new Uint8Array(0)

beforeAll(async () => {
  const all = decodeFlv(await readRepoFile('media/h264-aac.flv'))
  const short = all.map((tag) => ({ ...tag, payload: tag.payload.subarray(0, 80) }))
  file = fileOf(short.slice(0, 24))
  tags = decodeFlv(file)
})

/** The tags whose eleven header bytes and data, and `behind` bytes more, lie outside [start, end) of the file. */
const outside = (start: number, end: number, behind = 0): string[] =>
  tags.filter((tag) => tag.offset >= end || tag.offset + 11 + tag.payload.length + behind <= start).map(print)

/**
 * The run of equal bytes around a position: removing or doubling any of them gives the same file, so all of them
 * count as damaged.
 */
const runAround = (at: number): [number, number] => {
  let start = at
  let end = at + 1
  while (file[start - 1] === file[at]) start -= 1
  while (file[end] === file[at]) end += 1
  return [start, end]
}

/** The expected tags that were not read, in order. */
const missing = (expected: readonly string[], read: readonly FlvTag[]): string[] => {
  const found = new Map<string, number>()
  for (const tag of read) found.set(print(tag), (found.get(print(tag)) ?? 0) + 1)
  return expected.filter((text) => {
    const left = found.get(text) ?? 0
    found.set(text, left - 1)
    return left <= 0
  })
}

const replaced = (at: number, ...bytes: number[]): Uint8Array => {
  const damaged = file.slice()
  damaged.set(bytes, at)
  return damaged
}

describe('damaged files', () => {
  test('cut at every byte: all complete tags come, and the end is called truncated', () => {
    const ends = new Set([13, ...tags.map((tag) => tag.offset + tag.payload.length + TAG_OVERHEAD)])
    for (let length = 0; length < file.length; length++) {
      const { tags: read, error, truncated } = readSlices([file.subarray(0, length)])
      if (length > 0 && length < 3) expect(error, `${length} bytes`).toBe('FLV_SIGNATURE')
      else expect(error, `${length} bytes`).toBeUndefined()
      const complete = tags.filter((tag) => tag.offset + 11 + tag.payload.length <= length)
      expect(read.map(print), `${length} bytes`).toEqual(complete.map(print))
      if (length >= 13) expect(truncated, `${length} bytes`).toBe(!ends.has(length))
    }
  })

  test('every byte removed: all tags that do not hold it come', () => {
    for (let at = 0; at < file.length; at++) {
      const damaged = concat([file.subarray(0, at), file.subarray(at + 1)])
      const { tags: read, error } = readSlices([damaged], { header: 'optional' })
      expect(error, `byte ${at}`).toBeUndefined()
      expect(missing(outside(...runAround(at)), read), `byte ${at}`).toEqual([])
      expect(read.length).toBeLessThanOrEqual(tags.length)
    }
  })

  test('every byte doubled: all tags come that do not hold it, and have it not in their back pointer', () => {
    for (let at = 0; at < file.length; at++) {
      const damaged = concat([file.subarray(0, at + 1), file.subarray(at)])
      const { tags: read, error } = readSlices([damaged], { header: 'optional' })
      expect(error, `byte ${at}`).toBeUndefined()
      expect(missing(outside(...runAround(at), 4), read), `byte ${at}`).toEqual([])
    }
  })

  test.each([0x00, 0x01, 0x80, 0xff])(
    'every byte changed by %i: all tags that do not hold it come',
    (mask) => {
      for (let at = 0; at < file.length; at++) {
        const old = file[at] as number
        const damaged = replaced(at, mask === 0 ? (old + 13) & 0xff : old ^ mask)
        const { tags: read, error } = readSlices([damaged], { header: 'optional' })
        expect(error, `byte ${at}`).toBeUndefined()
        expect(missing(outside(at, at + 1), read), `byte ${at}`).toEqual([])
      }
    },
  )

  const wrong = (size: number): number[] =>
    [0, 1, size - 1, size + 1, size - 15, size + 15, size + 100, 0x7fff, 0xffffff].filter(
      (value) => value >= 0 && value !== size,
    )

  test('every DataSize wrong: every tag comes, that one with its size repaired', () => {
    for (const tag of tags) {
      for (const value of wrong(tag.payload.length)) {
        const damaged = replaced(tag.offset + 1, value >> 16, (value >> 8) & 0xff, value & 0xff)
        const { tags: read, error } = readSlices([damaged])
        expect(error).toBeUndefined()
        expect(missing(tags.map(print), read), `${tag.offset}: ${value}`).toEqual([])
        const repaired = read.filter((found) => (found.notices & FlvNotice.repairedSize) !== 0)
        expect(
          repaired.map((found) => found.offset),
          `${tag.offset}: ${value}`,
        ).toEqual([tag.offset])
      }
    }
  })

  test('a DataSize that swallows exactly the next tag is found out', () => {
    tags.slice(0, -2).forEach((tag, i) => {
      const next = tags[i + 1] as FlvTag
      const value = tag.payload.length + TAG_OVERHEAD + next.payload.length
      const damaged = replaced(tag.offset + 1, value >> 16, (value >> 8) & 0xff, value & 0xff)
      expect(readSlices([damaged]).tags.map(print)).toEqual(tags.map(print))
    })
  })

  test('every PreviousTagSize wrong: every tag comes', () => {
    for (const tag of tags) {
      const at = tag.offset + 11 + tag.payload.length
      for (const value of [0, 1, 0xffffffff, tag.payload.length + 12, 0x12345678]) {
        const damaged = replaced(at, value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff)
        const { tags: read, error } = readSlices([damaged])
        expect(error).toBeUndefined()
        expect(read.map(print), `${tag.offset}: ${value}`).toEqual(tags.map(print))
      }
    }
  })

  test('DataOffset wrong: every tag comes', () => {
    for (const value of [0, 8, 10, 13, 100, 1000, 0x7fffffff, 0xffffffff]) {
      const damaged = replaced(5, value >>> 24, (value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff)
      const { tags: read, error } = readSlices([damaged], { header: 'optional' })
      expect(error).toBeUndefined()
      expect(missing(tags.map(print), read), String(value)).toEqual([])
    }
  })
})

describe('what FFmpeg loses and we do not', () => {
  test('every back pointer 0, or garbage', () => {
    for (const value of [0, 0xdeadbeef]) {
      const damaged = file.slice()
      for (const tag of tags) {
        new DataView(damaged.buffer).setUint32(tag.offset + 11 + tag.payload.length, value)
      }
      const { tags: read } = readSlices([damaged])
      expect(read.map(print)).toEqual(tags.map(print))
      expect(read.every((tag) => (tag.notices & FlvNotice.previousTagSize) !== 0)).toBe(true)
    }
  })

  test('every back pointer DataSize, or one too small, as old encoders wrote: taken silently', () => {
    for (const less of [11, 1]) {
      const damaged = file.slice()
      for (const tag of tags) {
        const value = 11 + tag.payload.length - less
        new DataView(damaged.buffer).setUint32(tag.offset + 11 + tag.payload.length, value)
      }
      const { tags: read } = readSlices([damaged])
      expect(read.map(print)).toEqual(tags.map(print))
      expect(read.every((tag) => tag.notices === 0)).toBe(true)
    }
  })

  test('37 bytes of junk between tags', () => {
    const at = (tags[20] as FlvTag).offset
    const junk = Uint8Array.from({ length: 37 }, (_, i) => (i * 89 + 7) & 0xff)
    const { tags: read, reader } = readSlices([concat([file.subarray(0, at), junk, file.subarray(at)])])
    expect(read.map(print)).toEqual(tags.map(print))
    expect(read[20]?.notices).toBe(FlvNotice.damageBefore)
    expect(reader.damages).toEqual([{ kind: 'skipped', offset: at, length: 37 }])
    expect(reader.skippedBytes).toBe(37)
  })

  test('an unknown type and a StreamID are passed on with a notice', () => {
    const at = (tags[10] as FlvTag).offset
    const unknown = readSlices([replaced(at, 19)]).tags
    expect(unknown.length).toBe(tags.length)
    expect(unknown[10]).toMatchObject({ typeId: 19, notices: FlvNotice.unknownType })
    const stream = readSlices([replaced(at + 8, 0, 0, 1)]).tags
    expect(stream[10]).toMatchObject({ streamId: 1, notices: FlvNotice.streamId })
  })

  test('an encrypted tag is reported as such', () => {
    const tag = tags[10] as FlvTag
    const read = readSlices([replaced(tag.offset, tag.typeId | 0x20)]).tags
    expect(read[10]).toMatchObject({ filtered: true, typeId: tag.typeId, notices: 0 })
  })

  test('a file without header, from a tag and from PreviousTagSize0', () => {
    for (const start of [9, 13]) {
      const { tags: read, reader } = readSlices([file.subarray(start)], { header: 'optional' })
      expect(read.map(print)).toEqual(tags.map(print))
      expect(reader.header).toBeUndefined()
    }
    expect(readSlices([file.subarray(13)]).error).toBe('FLV_SIGNATURE')
  })

  test('two files concatenated: the second begins with a notice, and time again', () => {
    const { tags: read } = readSlices([concat([file, file])])
    expect(read.map(print)).toEqual([...tags, ...tags].map(print))
    expect(read.map((tag) => tag.notices).filter((notice) => notice !== 0)).toEqual([FlvNotice.newHeader])
    expect(read[tags.length]?.notices).toBe(FlvNotice.newHeader)
  })

  test('a tag without data is a tag', () => {
    const bytes = fileOf([
      { typeId: 8, timestamp: 0, payload: new Uint8Array(0) },
      { typeId: 9, timestamp: 0, payload: new Uint8Array(0) },
    ])
    expect(readSlices([bytes], { damaged: 'strict' }).tags.length).toBe(2)
  })

  test('a header of 13 bytes', () => {
    const bytes = concat([encodeFlvHeader({ dataOffset: 13 }), file.subarray(13)])
    expect(readSlices([bytes], { damaged: 'strict' }).tags.map(print)).toEqual(tags.map(print))
  })
})

describe('policies', () => {
  const junkAt = (index: number): { bytes: Uint8Array; at: number } => {
    const at = (tags[index] as FlvTag).offset
    return { bytes: concat([file.subarray(0, at), new Uint8Array(30), file.subarray(at)]), at }
  }

  test('stop: what comes before the damage, then nothing, and where it is', () => {
    const { bytes, at } = junkAt(7)
    const { tags: read, error, reader } = readSlices([bytes], { damaged: 'stop' })
    expect(read.map(print)).toEqual(tags.slice(0, 7).map(print))
    expect(error).toBeUndefined()
    expect(reader.damages[0]).toMatchObject({ offset: at })
  })

  test('strict: an error with the place', () => {
    const { bytes, at } = junkAt(7)
    const { tags: read, error } = readSlices([bytes], { damaged: 'strict' })
    expect(read.length).toBe(7)
    expect(error).toMatch(/^FLV_(TAG_IMPLAUSIBLE|PREVIOUS_TAG_SIZE)$/)
    try {
      decodeFlv(bytes, { damaged: 'strict' })
    } catch (thrown) {
      expect(isDecodeError(thrown) && thrown.phase).toBe('flv')
      expect(isDecodeError(thrown) && thrown.offset - at).toBeLessThan(20)
    }
  })

  test.each([
    ['FLV_VERSION', 3, 2],
    ['FLV_RESERVED_BITS', 4, 0x0d],
    ['FLV_PREVIOUS_TAG_SIZE', 12, 1],
    ['FLV_RESERVED_BITS', 13, 0x52],
    ['FLV_STREAM_ID', 23, 1],
  ])('strict: %s at byte %i', (code, at, value) => {
    expect(readSlices([replaced(at, value)], { damaged: 'strict' })).toMatchObject({ error: code, tags: [] })
  })

  test('strict: a wrong back pointer and a truncated end', () => {
    const first = tags[0] as FlvTag
    const at = first.offset + 11 + first.payload.length
    expect(readSlices([replaced(at + 3, 0)], { damaged: 'strict' }).error).toBe('FLV_PREVIOUS_TAG_SIZE')
    for (const cut of [1, 4, 5, 30]) {
      const { error, tags: read } = readSlices([file.subarray(0, -cut)], { damaged: 'strict' })
      expect(error, String(cut)).toBe('FLV_TRUNCATED')
      expect(read.length).toBe(tags.length - 1)
    }
  })

  test('limits: a tag longer than allowed, and a search that finds nothing in its window', () => {
    const long = { typeId: 9, timestamp: 0, payload: new Uint8Array(5000) }
    const bytes = concat([fileOf([long]), ...tags.map(encodeFlvTag)])
    expect(readSlices([bytes], { damaged: 'strict', maxTagSize: 4999 }).error).toBe('FLV_TAG_TOO_LONG')
    expect(readSlices([bytes], { maxTagSize: 4999 }).tags.map(print)).toEqual(tags.map(print))
    expect(readSlices([bytes], { maxTagSize: 4999, resyncWindow: 1000 }).error).toBe('FLV_RESYNC_FAILED')
  })

  const MIB = 1 << 20
  const noise = (size: number): Uint8Array => {
    const bytes = new Uint8Array(size)
    let state = 1
    for (let i = 0; i < size; i++) bytes[i] = state = (state * 16807) % 2147483647
    return bytes
  }

  test.each([
    ['2 MiB of zeros, as after a power cut', new Uint8Array(2 * MIB)],
    ['3 MiB and a bit of zeros', new Uint8Array(3 * MIB + 12_345)],
    ['2 MiB of ones', new Uint8Array(2 * MIB).fill(255)],
    ['2 MiB of noise', noise(2 * MIB)],
  ])('tags behind %s are found, and the damage is one place', (_, hole) => {
    const second = concat(tags.map(encodeFlvTag))
    const bytes = concat([file, hole, second])
    const pieces: Uint8Array[] = []
    for (let at = 0; at < bytes.length; at += 50_000) pieces.push(bytes.subarray(at, at + 50_000))
    for (const slices of [[bytes], pieces]) {
      const { tags: read, error, reader, truncated } = readSlices(slices)
      expect(error).toBeUndefined()
      expect(read.map(print)).toEqual([...tags, ...tags].map(print))
      expect(read[tags.length]?.notices).toBe(FlvNotice.damageBefore)
      expect(reader.damages).toEqual([{ kind: 'skipped', offset: file.length, length: hole.length }])
      expect(reader.skippedBytes).toBe(hole.length)
      expect(truncated).toBe(false)
    }
  })

  test('a large hole at the end is the end', () => {
    const { tags: read, error, truncated, reader } = readSlices([concat([file, new Uint8Array(3 * MIB)])])
    expect(error).toBeUndefined()
    expect(read.map(print)).toEqual(tags.map(print))
    expect(truncated).toBe(true)
    expect(reader.skippedBytes).toBe(3 * MIB)
  })

  test('time that goes back, jumps or is negative is passed on with a notice', () => {
    const at = (timestamp: number, typeId = 9): FlvTag =>
      ({ typeId, timestamp, payload: Uint8Array.of(0x27, 1, 0, 0, 0) }) as unknown as FlvTag
    const times = [
      at(0),
      at(40),
      at(20),
      at(4_000_000),
      at(4_000_000, 8),
      at(0x80000000),
      at(0xffffffff),
      at(10),
    ]
    const read = readSlices([fileOf(times)]).tags
    expect(read.map((tag) => tag.timestamp)).toEqual(times.map((tag) => tag.timestamp))
    const { timeBackwards, timeJump, negativeTime } = FlvNotice
    expect(read.map((tag) => tag.notices)).toEqual([
      0,
      0,
      timeBackwards,
      timeJump,
      0,
      timeJump | negativeTime,
      timeJump | negativeTime,
      0,
    ])
  })

  test('a writer refuses what does not fit its field', () => {
    const writer = new FlvWriter()
    const payload = new Uint8Array(0)
    expect(() => writer.write({ typeId: 32, timestamp: 0, payload })).toThrow('FLV_FIELD_RANGE at typeId')
    expect(() => writer.write({ typeId: 8, timestamp: -1, payload })).toThrow('FLV_FIELD_RANGE at timestamp')
    expect(() => encodeFlvTag({ typeId: 8, timestamp: 0, payload, streamId: 1 << 24 })).toThrow('streamId')
    expect(() => encodeFlvTag({ typeId: 8, timestamp: 0, payload: new Uint8Array(1 << 24) })).toThrow(
      'payload',
    )
  })
})
