import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concat } from '@rtmp/bytes'
import { flvRules } from '@rtmp/e-rtmp'
import { decodeFlv, encodeFlvHeader, type FlvTagInit, FlvWriter, TagType } from '@rtmp/flv'
import { indexFlv, readFlvFile } from '@rtmp/flv/file'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { MediaFacts } from '../src/command/media-facts.ts'
import { MediaMessage, publishFlvTo, saveFlv, toFlv } from '../src/index.ts'
import { MemoryNetwork } from './support/memory-network.ts'

// Files whose time does not run forward, as recorders, editors and encoders leave them.

const video = (timestamp: number, key: boolean): FlvTagInit => ({
  typeId: TagType.video,
  timestamp: timestamp >>> 0,
  payload: Uint8Array.of(key ? 0x17 : 0x27, 1, 0, 0, 0, 0, 0, 0, 2, key ? 0x65 : 0x41, 0x80),
})
const audio = (timestamp: number): FlvTagInit => ({
  typeId: TagType.audio,
  timestamp: timestamp >>> 0,
  payload: Uint8Array.of(0xaf, 1, 0x21, 0x10),
})
const videoHeader: FlvTagInit = {
  typeId: TagType.video,
  timestamp: 0,
  payload: Uint8Array.of(0x17, 0, 0, 0, 0, 1, 100, 0, 31, 255, 225, 0, 0, 1, 0, 0),
}
const audioHeader: FlvTagInit = {
  typeId: TagType.audio,
  timestamp: 0,
  payload: Uint8Array.of(0xaf, 0, 0x12, 0x10),
}

/** Pictures every 40 ms, a key frame each second, sound every 20 ms. */
const stretch = (from: number, ms: number, { pictures = 0, sound = 0 } = {}): FlvTagInit[] => {
  const tags: FlvTagInit[] = []
  for (let t = 0; t < ms; t += 20) {
    if (t % 40 === 0) tags.push(video(from + pictures + t, t % 1000 === 0))
    tags.push(audio(from + sound + t))
  }
  return tags
}

const fileOf = (...tags: readonly FlvTagInit[]): Uint8Array => {
  const writer = new FlvWriter()
  return concat([
    ...writer.start(),
    ...[videoHeader, audioHeader, ...tags].flatMap((tag) => writer.write(tag)),
  ])
}

interface Case {
  readonly name: string
  readonly bytes: Uint8Array
  /** Milliseconds of media in it. */
  readonly ms: number
  readonly found: number
  readonly apart?: number
}

const wild = stretch(0, 3000)
wild[80] = video(wild[80]?.timestamp ?? 0, false)
wild.splice(81, 0, video(3_000_000_000, false))

const cases: Case[] = [
  {
    name: 'two recordings, the second with its own header',
    bytes: concat([fileOf(...stretch(0, 6000)), fileOf(...stretch(0, 6000))]),
    ms: 12_000,
    found: 0,
  },
  {
    name: 'two recordings without a header between',
    bytes: fileOf(...stretch(0, 6000), ...stretch(0, 6000)),
    ms: 12_000,
    found: 1,
  },
  {
    name: 'thirty minutes ahead',
    bytes: fileOf(...stretch(0, 2000), ...stretch(1_807_466, 2000)),
    ms: 4000,
    found: 1,
  },
  {
    name: 'fifty seconds back, pictures only',
    bytes: fileOf(...stretch(48_000, 2000), ...stretch(50_000, 2000, { pictures: -49_000 })),
    ms: 4000,
    found: 1,
  },
  {
    name: 'a wrap of 24 bits',
    bytes: fileOf(...stretch(0xff_ffff - 1999, 2000), ...stretch(0, 2000)),
    ms: 4000,
    found: 1,
  },
  {
    name: 'thirty minutes ahead, with headers of that time before it',
    bytes: fileOf(
      ...stretch(0, 2000),
      { ...videoHeader, timestamp: 1_807_466 },
      { ...audioHeader, timestamp: 1_807_466 },
      ...stretch(1_807_466, 2000),
    ),
    ms: 4000,
    found: 1,
  },
  {
    name: 'headers of time 0 in the middle',
    bytes: fileOf(...stretch(48_000, 2000), videoHeader, audioHeader, ...stretch(50_000, 2000)),
    ms: 4000,
    found: 0,
  },
  { name: 'a wrap of 32 bits', bytes: fileOf(...stretch(0xffff_ffff - 1999, 4000)), ms: 4000, found: 0 },
  { name: 'one wild timestamp', bytes: fileOf(...wild), ms: 3000, found: 1 },
  {
    name: 'sound a minute behind',
    bytes: fileOf(...stretch(60_000, 3000, { sound: -60_000 })),
    ms: 3000,
    found: 0,
    apart: -60_000,
  },
  {
    name: 'pictures a minute behind',
    bytes: fileOf(...stretch(60_000, 3000, { pictures: -60_000 })),
    ms: 3000,
    found: 0,
    apart: 60_000,
  },
]

describe.each(cases)('$name', ({ bytes, ms, found, apart = 0 }) => {
  it('is published without a burst and without a silence', async () => {
    const network = new MemoryNetwork()
    const began = network.now()
    const arrivals: { at: number; typeId: number; timestamp: number }[] = []
    const told: number[] = []
    const told2: number[] = []
    const write = async ({ typeId, timestamp }: FlvTagInit): Promise<void> => {
      arrivals.push({ at: network.now() - began, typeId, timestamp })
    }
    const result = await network.until(
      publishFlvTo(network, { write }, () => [bytes], {
        onDiscontinuity: ({ leap }) => told.push(leap),
        onTracksApart: (by) => told2.push(by),
        onWait: () => expect.fail('a wait'),
      }),
    )
    expect(Math.abs(result.durationMs - ms)).toBeLessThan(150)
    expect(Math.abs(network.now() - began - ms)).toBeLessThan(150)
    // Never more than two frames of each kind at a time, never a hole.
    for (const [i, { at }] of arrivals.entries()) {
      expect(at - (arrivals[i - 1]?.at ?? 0)).toBeLessThan(200)
      if (i >= 12) expect(at).toBeGreaterThan(arrivals[i - 12]?.at ?? 0)
    }
    for (const typeId of [8, 9]) {
      const times = arrivals.filter((tag) => tag.typeId === typeId).slice(1)
      for (const [i, { timestamp }] of times.entries()) {
        const step = (timestamp - (times[i - 1]?.timestamp ?? timestamp)) | 0
        expect(step).toBeGreaterThanOrEqual(0)
        expect(step).toBeLessThan(200)
      }
    }
    expect(result.discontinuities > 0).toBe(found > 0)
    expect(told.length).toBe(result.discontinuities)
    expect(told2).toEqual(apart === 0 ? [] : [apart])
  })

  it('has true figures, and what was found is said', () => {
    const { facts } = readFlvFile(bytes, flvRules)
    expect(Math.abs(facts.duration - ms)).toBeLessThan(150)
    expect(facts.tracksApart).toBe(apart)
    // A second file header is told of by a notice; time behind it starts again for facts, too.
    expect(facts.discontinuities).toBeGreaterThanOrEqual(found)
    const report = new MediaFacts()
    for (const tag of decodeFlv(bytes)) report.add(tag)
    const { durationMs, problems, tracks, bitsPerSecond } = report.report()
    expect(Math.abs(durationMs - ms)).toBeLessThan(150)
    expect(bitsPerSecond).toBeGreaterThan(0)
    for (const track of tracks) expect(Math.abs(track.durationMs - ms)).toBeLessThan(150)
    expect(problems.some((text) => /steps back|jumps ahead/.test(text))).toBe(facts.discontinuities > 0)
    expect(problems.some((text) => text.includes('apart'))).toBe(apart !== 0)
  })

  it('is indexed and saved with a time that runs forward', async () => {
    const indexed = readFlvFile(indexFlv(bytes, flvRules), flvRules)
    expect(indexed.facts.discontinuities).toBe(0)
    expect(indexed.metadata?.duration).toBeCloseTo(ms / 1000, 0)
    const { times } = indexed.facts.keyframes
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(times.length).toBe(Math.ceil(ms / 1000))
    const path = join(folder, 'saved.flv')
    const facts = await saveFlv(packetsOf(bytes), path)
    expect(Math.abs(facts.duration - ms)).toBeLessThan(150)
    const saved = readFlvFile(new Uint8Array(await readFile(path)), flvRules)
    expect(saved.facts.discontinuities).toBe(0)
    expect(facts.discontinuities > 0).toBe(readFlvFile(bytes, flvRules).facts.discontinuities > 0)
  })
})

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtmp-time-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function* packetsOf(bytes: Uint8Array): AsyncGenerator<MediaMessage> {
  for (const { typeId, timestamp, payload } of decodeFlv(bytes))
    yield new MediaMessage(typeId, timestamp, payload)
}

const packets = (...tags: readonly FlvTagInit[]): MediaMessage[] =>
  tags.map(({ typeId, timestamp, payload }) => new MediaMessage(typeId, timestamp, payload))

const flagsOf = (header: Uint8Array): string =>
  ((header[4] ?? 0) & 4 ? 'audio' : '') + ((header[4] ?? 0) & 1 ? 'video' : '')

describe('flags in the header of FLV', () => {
  const pictures = stretch(0, 3000).filter(({ typeId }) => typeId === TagType.video)
  const sound = stretch(0, 3000).filter(({ typeId }) => typeId === TagType.audio)
  const late = [...pictures.slice(0, 60), ...stretch(2400, 600)]

  test.each([
    ['pictures only', [videoHeader, ...pictures], 'video', 'video'],
    ['sound only', [audioHeader, ...sound], 'audio', 'audio'],
    ['both', [videoHeader, audioHeader, ...stretch(0, 3000)], 'audiovideo', 'audiovideo'],
    ['nothing', [], '', ''],
    ['a few pictures', [videoHeader, ...pictures.slice(0, 5)], 'video', 'video'],
    ['sound that comes later than anybody waits', [videoHeader, ...late], 'video', 'audiovideo'],
  ] as const)('%s', async (_, tags, inStream, inFile) => {
    const slices: Uint8Array[] = []
    for await (const bytes of toFlv(packets(...tags))) slices.push(bytes)
    expect(flagsOf(slices[0] ?? new Uint8Array(0))).toBe(inStream)
    expect(decodeFlv(concat(slices)).map(({ payload }) => payload)).toEqual(
      tags.map(({ payload }) => payload),
    )
    const path = join(folder, 'flags.flv')
    await saveFlv(toAsync(packets(...tags)), path)
    const saved = new Uint8Array(await readFile(path))
    expect(flagsOf(saved)).toBe(inFile)
    // Its numbers and its index stand in front.
    expect(decodeFlv(saved).length).toBe(1 + tags.length)
  })

  test('metadata that say what there is spare the wait', async () => {
    const metadata = new MediaMessage(18, 0, METADATA, 'onMetaData')
    const given: number[] = []
    let taken = 0
    async function* source(): AsyncGenerator<MediaMessage> {
      for (const packet of [metadata, ...packets(videoHeader, ...pictures)]) {
        taken += 1
        yield packet
      }
    }
    for await (const _ of toFlv(source())) {
      given.push(taken)
      if (given.length === 3) break
    }
    // Header, metadata and sequence header are out with the first picture.
    expect(given).toEqual([3, 3, 3])
  })

  test('the header is the first thing out', async () => {
    const [first] = await collect(toFlv([]))
    expect(first).toEqual(encodeFlvHeader({ hasAudio: false, hasVideo: false }))
  })
})

/** onMetaData with `videocodecid: 7`. */
const METADATA = Uint8Array.from([
  2,
  0,
  10,
  ...new TextEncoder().encode('onMetaData'),
  8,
  0,
  0,
  0,
  1,
  0,
  12,
  ...new TextEncoder().encode('videocodecid'),
  0,
  0x40,
  0x1c,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  9,
])

async function* toAsync<T>(values: readonly T[]): AsyncGenerator<T> {
  yield* values
}

const collect = async <T>(source: AsyncIterable<T>): Promise<T[]> => {
  const values: T[] = []
  for await (const value of source) values.push(value)
  return values
}
