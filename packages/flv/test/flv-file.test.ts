import { concat } from '@rtmp/bytes'
import { readRepoFile } from '@rtmp/testkit'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  decodeFlv,
  encodeAvcPacket,
  encodeFlvTag,
  FlvFactsCollector,
  FlvNotice,
  type FlvTag,
  type FlvTagInit,
  isKeyFrame,
  isSequenceHeaderTag,
  TagType,
} from '../src/index.ts'
import {
  appendFlv,
  concatFlv,
  concatTags,
  indexFlv,
  metadataOfTag,
  patchMetadata,
  readFlvFile,
  seekFlv,
  TimeRebaser,
} from '../src/file.ts'
import { encodeMetadata, findKeyframe } from '../src/script.ts'
import { fileOf, print } from './tags.ts'

let movie: Uint8Array
let sound: Uint8Array
let rollover: Uint8Array

beforeAll(async () => {
  movie = await readRepoFile('media/h264-aac.flv')
  sound = await readRepoFile('media/aac-only.flv')
  rollover = await readRepoFile('media/h264-aac-ts-rollover.flv')
})

const isMedia = (tag: FlvTagInit): boolean => tag.typeId === TagType.audio || tag.typeId === TagType.video
const media = (bytes: Uint8Array): FlvTag[] => decodeFlv(bytes, { damaged: 'strict' }).filter(isMedia)

describe('readFlvFile', () => {
  test('tells what a file amounts to', () => {
    const { facts, metadata, header, truncated } = readFlvFile(movie)
    expect(header).toMatchObject({ hasAudio: true, hasVideo: true })
    expect(metadata?.duration).toBeCloseTo(4.08, 3)
    expect(facts).toMatchObject({ hasAudio: true, hasVideo: true, hasScript: true, fileSize: movie.length })
    // Last picture at 4000 + 40 ms; FFmpeg's own duration ends where the last sound does.
    expect(facts.duration).toBe(4090)
    expect(facts.audioSize + facts.videoSize + facts.scriptSize).toBe(movie.length - 13)
    expect(facts.keyframes.times).toEqual([0, 1, 2, 3])
    expect(truncated).toBe(false)
  })

  test('a sequence header far from the media does not count as time', () => {
    const { facts } = readFlvFile(rollover)
    expect(facts.firstTimestamp).toBeGreaterThan(16_774_000)
    expect(facts.duration).toBeLessThan(4200)
  })
})

describe('indexFlv', () => {
  test('positions lead to the key frames, times are theirs, everything else stays', () => {
    for (const bytes of [movie, sound, rollover]) {
      const indexed = indexFlv(bytes)
      const file = readFlvFile(indexed, { damaged: 'strict' })
      expect(file.tags.slice(1).map(print)).toEqual(decodeFlv(bytes).slice(1).map(print))
      expect(file.metadata?.fileSize).toBe(indexed.length)
      expect(file.metadata?.duration).toBe(file.facts.duration / 1000)
      const keyframes = file.tags.filter((tag) => tag.typeId === TagType.video && isKeyFrame(tag.payload))
      expect(file.metadata?.keyframes?.filePositions ?? []).toEqual(keyframes.map((tag) => tag.offset))
      expect(file.metadata?.keyframes?.times ?? []).toEqual(keyframes.map((tag) => tag.timestamp / 1000))
      expect(file.metadata?.hasKeyframes).toBe(keyframes.length > 0)
    }
  })

  test('own properties of the metadata stay, a second run changes nothing', () => {
    const once = indexFlv(movie)
    expect(readFlvFile(once).metadata?.encoder).toMatch(/^Lavf/)
    expect(indexFlv(once)).toEqual(once)
  })

  test('a file without metadata, or with damage', () => {
    const bare = fileOf(media(movie))
    expect(readFlvFile(indexFlv(bare)).metadata?.keyframes?.times).toEqual([0, 1, 2, 3])
    const damaged = concat([movie.subarray(0, 50_000), new Uint8Array(100), movie.subarray(50_000)])
    const indexed = indexFlv(damaged)
    expect(media(indexed).length).toBeGreaterThan(media(movie).length - 2)
    expect(readFlvFile(indexed, { damaged: 'strict' }).metadata?.fileSize).toBe(indexed.length)
  })
})

describe('patchMetadata', () => {
  test('corrects numbers in place', () => {
    const recording = fileOf([
      {
        typeId: TagType.script,
        timestamp: 0,
        payload: encodeMetadata({
          properties: { note: 'duration\0', nested: { duration: 1 } },
          duration: 0,
          fileSize: 0,
        }),
      },
      ...media(movie),
    ])
    const tag = decodeFlv(recording)[0] as FlvTag
    const patches = patchMetadata(tag, { duration: 4.09, filesize: recording.length, absent: 1 })
    expect(patches.length).toBe(2)
    for (const { position, bytes } of patches) recording.set(bytes, position)
    const { metadata } = readFlvFile(recording, { damaged: 'strict' })
    expect(metadata).toMatchObject({ duration: 4.09, fileSize: recording.length })
    expect(metadata?.properties['nested']).toEqual({ duration: 1 })
  })

  test('metadata of FFmpeg', () => {
    const copy = movie.slice()
    const tag = decodeFlv(copy)[0] as FlvTag
    for (const { position, bytes } of patchMetadata(tag, { duration: 99 })) copy.set(bytes, position)
    expect(readFlvFile(copy).metadata?.duration).toBe(99)
    expect(copy.filter((byte, at) => byte !== movie[at]).length).toBeLessThanOrEqual(8)
  })
})

describe('time', () => {
  const frame = (timestamp: number, typeId: number = TagType.video): FlvTagInit => ({
    typeId,
    timestamp,
    payload:
      typeId === TagType.video ? encodeAvcPacket(1, Uint8Array.of(1), true) : Uint8Array.of(0xaf, 1, 2),
  })

  test('sources follow each other, distances stay', () => {
    const times = fc.array(fc.array(fc.nat({ max: 100 }), { minLength: 2, maxLength: 10 }), {
      minLength: 1,
      maxLength: 4,
    })
    fc.assert(
      fc.property(times, fc.nat({ max: 0xffffffff }), (sources, base) => {
        const rebaser = new TimeRebaser({ start: 7 })
        let last = 7
        for (const steps of sources) {
          rebaser.nextSource()
          let at = base
          const start = rebaser.end
          expect(start).toBeGreaterThanOrEqual(last)
          for (const step of steps) {
            at = (at + step) >>> 0
            const mapped = rebaser.map(frame(at)).timestamp
            expect(mapped).toBeGreaterThanOrEqual(last)
            expect(mapped - start).toBe((at - base - (steps[0] as number)) >>> 0)
            last = mapped
          }
        }
      }),
    )
  })

  test('the gap between sources is a frame, of the kind that ends last', () => {
    const rebaser = new TimeRebaser()
    for (const tag of [frame(0), frame(10, 8), frame(40), frame(33, 8)]) rebaser.map(tag)
    expect(rebaser.end).toBe(80)
    rebaser.nextSource()
    expect(rebaser.map(frame(5000)).timestamp).toBe(80)
    expect(rebaser.map(frame(5040)).timestamp).toBe(120)
  })

  test('recordings pasted into one source go on after each other, a wild time stays alone', () => {
    const rebaser = new TimeRebaser()
    const times = [0, 40, 5000, 0, 40, 3e9, 120].map((at) => rebaser.map(frame(at)).timestamp)
    expect(times).toEqual([0, 40, 5000, 9960, 10_000, 10_040, 10_080])
  })

  test('sources of many days: past the half and the whole of 32 bits', () => {
    const rebaser = new TimeRebaser()
    const collector = new FlvFactsCollector()
    const DAY = 86_400_000
    for (let at = 0; at <= 60 * DAY; at += 50_000) {
      const tag = rebaser.map(frame(at >>> 0))
      if (tag.timestamp !== at >>> 0) expect.fail(`${at} became ${tag.timestamp}`)
      collector.add(tag, 13)
    }
    expect(rebaser.end).toBe(60 * DAY + 50_000)
    expect(collector.facts().lastTime).toBe(60 * DAY)
  })

  test('duration counts the last frame', () => {
    const collector = new FlvFactsCollector()
    expect(collector.facts().duration).toBe(0)
    collector.add(frame(1000), 13)
    collector.add(frame(1040), 40)
    expect(collector.facts()).toMatchObject({ duration: 80, lastTime: 40, firstTimestamp: 1000 })
  })
})

describe('append and concatenate', () => {
  test('concatenated: time goes on, headers are not repeated, the result is indexed', () => {
    const joined = concatFlv([movie, movie, rollover])
    const file = readFlvFile(joined, { damaged: 'strict' })
    const frames = file.tags.filter((tag) => isMedia(tag) && !isSequenceHeaderTag(tag))
    expect(frames.length).toBe(3 * media(movie).filter((tag) => !isSequenceHeaderTag(tag)).length)
    expect(file.tags.filter(isSequenceHeaderTag).length).toBe(2)
    expect(file.tags.filter((tag) => metadataOfTag(tag) !== undefined).length).toBe(1)
    const { timeBackwards, timeJump, newHeader } = FlvNotice
    expect(file.tags.every((tag) => (tag.notices & (timeBackwards | timeJump | newHeader)) === 0)).toBe(true)
    expect(file.facts.duration).toBe(3 * 4090)
    expect(file.metadata?.keyframes?.times).toEqual([
      0, 1, 2, 3, 4.09, 5.09, 6.09, 7.09, 8.18, 9.18, 10.18, 11.18,
    ])
  })

  test('other codec facts in the second file bring their own sequence header', () => {
    const tags = [...concatTags([movie, sound])]
    expect(tags.filter((tag) => tag.typeId === TagType.audio && isSequenceHeaderTag(tag)).length).toBe(1)
    const other = fileOf([
      { typeId: 8, timestamp: 0, payload: Uint8Array.of(0xaf, 0, 0x11, 0x90) },
      frameAt(40),
    ])
    const changed = [...concatTags([movie, other, movie])]
    expect(changed.filter((tag) => tag.typeId === TagType.audio && isSequenceHeaderTag(tag)).length).toBe(3)
  })

  test('headers of several tracks, forms and codecs: each track repeats its own only where it changes', () => {
    const fourCc = { hvc1: [0x68, 0x76, 0x63, 0x31], av01: [0x61, 0x76, 0x30, 0x31] } as const
    const header = (...payload: number[]): FlvTagInit => ({
      typeId: TagType.video,
      timestamp: 0,
      payload: Uint8Array.from(payload),
    })
    const avc = header(0x17, 0, 0, 0, 0, 1, 2)
    const hevc = header(0x90, ...fourCc.hvc1, 1, 2)
    const track1 = header(0x96, 0, ...fourCc.hvc1, 1, 7)
    const track2 = header(0x96, 0, ...fourCc.av01, 2, 0x81)
    const known = new Set([avc, hevc, track1, track2].map(({ payload }) => payload.join()))
    const trackOf = new Map([
      [track1, 1],
      [track2, 2],
    ])
    const options = {
      isSequenceHeader: ({ payload }: FlvTagInit) => known.has(payload.join()),
      headerKey: ({ payload }: FlvTagInit) =>
        String([...trackOf].find(([init]) => init.payload.join() === payload.join())?.[1] ?? 0),
    }
    const files = [
      [avc, track1, track2],
      [avc, track1, track2],
      [hevc, track2],
      [avc, track1],
    ]
    const headers = [...concatTags(files.map(fileOf), options)].map(({ payload }) => payload.join())
    expect(headers).toEqual([avc, track1, track2, hevc, avc].map(({ payload }) => payload.join()))
    // Without a rule for what replaces what, an enhanced header is repeated rather than lost.
    const { isSequenceHeader } = options
    const all = [...concatTags(files.map(fileOf), { isSequenceHeader })].map(({ payload }) => payload.join())
    expect(all).toEqual(
      [avc, track1, track2, track1, track2, hevc, track2, track1].map(({ payload }) => payload.join()),
    )
  })

  const frameAt = (timestamp: number): FlvTagInit => ({
    typeId: TagType.audio,
    timestamp,
    payload: Uint8Array.of(0xaf, 1, 0x21),
  })

  test('appended behind a file that ends inside a tag', () => {
    const cut = movie.subarray(0, -30)
    const before = decodeFlv(cut)
    const longer = appendFlv(cut, [frameAt(500), frameAt(523)])
    const { tags, truncated } = readFlvFile(longer, { damaged: 'strict' })
    expect(truncated).toBe(false)
    expect(tags.slice(0, -2).map(print)).toEqual(before.map(print))
    const [first, second] = tags.slice(-2) as [FlvTag, FlvTag]
    expect(second.timestamp - first.timestamp).toBe(23)
    expect(first.timestamp).toBeGreaterThanOrEqual((before.at(-1) as FlvTag).timestamp)
    expect(longer.subarray(-2 * (15 + 3))).toEqual(concat([encodeFlvTag(first), encodeFlvTag(second)]))
  })
})

describe('seek', () => {
  test('to the key frame at or before a time, with what a decoder needs first', () => {
    const tags = decodeFlv(movie)
    for (const [timestamp, expected] of [
      [0, 0],
      [999, 0],
      [1000, 1000],
      [2999, 2000],
      [1e9, 3000],
    ] as const) {
      const point = seekFlv(movie, timestamp)
      expect(point?.timestamp).toBe(expected)
      const target = tags.find((tag) => tag.offset === point?.position)
      expect(target && isKeyFrame(target.payload)).toBe(true)
      expect(point?.preamble.map(print)).toEqual(tags.slice(0, 3).map(print))
      const rest = decodeFlv(movie.subarray(point?.position), {
        header: 'optional',
        position: point?.position ?? 0,
        damaged: 'strict',
      })
      expect(rest.map((tag) => `${tag.offset} ${print(tag)}`)).toEqual(
        tags
          .filter((tag) => tag.offset >= (point?.position ?? 0))
          .map((tag) => `${tag.offset} ${print(tag)}`),
      )
    }
  })

  test('agrees with the index of onMetaData', () => {
    const indexed = indexFlv(movie)
    const index = readFlvFile(indexed).metadata?.keyframes
    for (const seconds of [0, 0.5, 1.2, 2, 3.9]) {
      const point = seekFlv(indexed, seconds * 1000)
      expect(index && findKeyframe(index, seconds)?.filePosition).toBe(point?.position)
    }
  })

  test('sound alone, and nothing at all', () => {
    expect(seekFlv(sound, 1000)?.timestamp).toBe(981)
    expect(seekFlv(sound, 1000)?.preamble.length).toBe(2)
    expect(seekFlv(fileOf([]), 1000)).toBeUndefined()
  })
})
