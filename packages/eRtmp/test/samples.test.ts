import { decodeFlv } from '@rtmp/flv'
import { readRepoFile, readRepoJson, toHex } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import {
  decodeAudioMessage,
  decodeMultichannelConfig,
  decodeVideoMessage,
  decodeVideoMetadata,
  encodeAudioMessage,
  encodeVideoMessage,
  fromMediaFrame,
  type MediaFrame,
  toMediaFrames,
} from '../src/index.ts'
import { codecFacts, type CodecFacts } from '../src/records.ts'

interface Stream {
  readonly index: number
  readonly type: string
  readonly codec: string
  readonly profile?: string
  readonly level?: number
  readonly pix_fmt?: string
  readonly width?: number
  readonly height?: number
  readonly sample_rate?: number
  readonly channels?: number
  readonly extradata_size?: number
  readonly extradataCrc32?: string
  readonly packets: number
}

type Packet = readonly [stream: number, pts: number, dts: number, bytes: number, key: number, crc: string]

interface Probe {
  readonly files: Readonly<
    Record<string, { readonly streams: readonly Stream[]; readonly packets: readonly Packet[] }>
  >
}

const probe = readRepoJson<Probe>('vectors/flv/ffprobe.json')

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

const crc32 = (bytes: Uint8Array): string => {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ (CRC_TABLE[(crc ^ byte) & 255] as number)
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0')
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])

const sameFrame = (a: MediaFrame, b: MediaFrame): boolean =>
  sameBytes(a.payload, b.payload) && JSON.stringify(fieldsOf(a)) === JSON.stringify(fieldsOf(b))

const fieldsOf = ({ payload: _payload, headerByte: _headerByte, ...fields }: MediaFrame): object => fields

interface Media {
  readonly kind: 'audio' | 'video'
  readonly timestamp: number
  readonly payload: Uint8Array
}

const mediaOf = async (name: string): Promise<Media[]> => {
  const media: Media[] = []
  for (const { typeId, timestamp, payload } of decodeFlv(await readRepoFile(`media/${name}`))) {
    if (typeId === 8 || typeId === 9)
      media.push({ kind: typeId === 8 ? 'audio' : 'video', timestamp, payload })
  }
  return media
}

const framesOf = (media: readonly Media[]): MediaFrame[] =>
  media.flatMap(({ kind, timestamp, payload }) => toMediaFrames(kind, timestamp, payload))

/** Our frames of one of ffprobe's streams: its kinds in order of codec and track. */
const streamFrames = (
  frames: readonly MediaFrame[],
  streams: readonly Stream[],
  stream: Stream,
): MediaFrame[] => {
  const kind = stream.type as 'audio' | 'video'
  const ids = [...new Set(frames.filter((frame) => frame.kind === kind).map(({ trackId }) => trackId))]
  const nth = streams.filter(({ type }) => type === kind).indexOf(stream)
  const trackId = ids.sort((a, b) => a - b)[nth]
  return frames.filter((frame) => frame.kind === kind && frame.trackId === trackId)
}

const names = Object.keys((await probe).files)

test('there are sample files', () => expect(names.length).toBeGreaterThan(20))

test.each(names)('%s: every message decodes to typed values and encodes to the same bytes', async (name) => {
  const media = await mediaOf(name)
  expect(media.length).toBeGreaterThan(10)
  for (const { kind, payload } of media) {
    const faults: string[] = []
    const options = { onFault: ({ code }: { code: string }) => faults.push(code) }
    const written =
      kind === 'video'
        ? encodeVideoMessage(decodeVideoMessage(payload, options))
        : encodeAudioMessage(decodeAudioMessage(payload, options))
    if (!sameBytes(written, payload)) throw new Error(`${kind} ${toHex(payload.subarray(0, 32))}`)
    if (faults.length > 0) throw new Error(`${kind} ${toHex(payload.subarray(0, 32))}: ${faults.join(', ')}`)
  }
})

test.each(names)('%s: frames written back in their form give the same frames', async (name) => {
  for (const { kind, timestamp, payload } of await mediaOf(name)) {
    for (const frame of toMediaFrames(kind, timestamp, payload)) {
      const [again] = toMediaFrames(kind, timestamp, fromMediaFrame(frame))
      if (again === undefined || !sameFrame(frame, again)) throw new Error(`${kind} ${timestamp}`)
    }
  }
})

/** Levels as ffprobe counts them, as people write them. */
const LEVELS: Readonly<Record<string, (level: number) => number>> = {
  h264: (level) => level / 10,
  hevc: (level) => level / 30,
  av1: (level) => 2 + (level >> 2) + (level & 3) / 10,
}

/** Bits of a sample in FFmpeg's names of pixel formats. */
const bitDepthOf = (pixelFormat: string): number => Number(/p(\d+)le$/.exec(pixelFormat)?.[1] ?? 8)

test.each(names)('%s: records and packets are those that ffprobe saw', async (name) => {
  const entry = (await probe).files[name]
  if (entry === undefined) throw new Error(name)
  const frames = framesOf(await mediaOf(name))
  for (const stream of entry.streams) {
    if (stream.type !== 'audio' && stream.type !== 'video') continue
    const own = streamFrames(frames, entry.streams, stream)
    const label = `${name} stream ${stream.index}`
    const record = own.find(({ type }) => type === 'sequenceHeader')
    expect(record?.codec ?? own[0]?.codec, label).toBe(stream.codec)
    if (stream.extradataCrc32 !== undefined && record !== undefined) {
      expect(record.payload.length, label).toBe(stream.extradata_size)
      expect(crc32(record.payload), label).toBe(stream.extradataCrc32)
    }
    const facts: Partial<CodecFacts> = Object.assign({}, ...own.map((frame) => codecFacts(frame) ?? {}))
    if (stream.width !== undefined)
      expect([facts.width, facts.height], label).toEqual([stream.width, stream.height])
    if (stream.sample_rate !== undefined) {
      expect([facts.sampleRate, facts.channels], label).toEqual([stream.sample_rate, stream.channels])
    }
    if (stream.profile !== undefined) expect(facts.profile?.replace('AAC ', ''), label).toBe(stream.profile)
    const level = LEVELS[stream.codec]?.(stream.level ?? 0)
    if (level !== undefined) expect(Number(facts.level), label).toBeCloseTo(level, 6)
    if (facts.bitDepth !== undefined && stream.pix_fmt !== undefined)
      expect(facts.bitDepth, label).toBe(bitDepthOf(stream.pix_fmt))
    comparePackets(
      own,
      entry.packets.filter(([index]) => index === stream.index),
      label,
    )
  }
})

/** FFmpeg gives an empty tag as no packet, and side data as an empty packet. */
const comparePackets = (own: readonly MediaFrame[], all: readonly Packet[], label: string): void => {
  const packets = all.filter(([, , , bytes]) => bytes > 0)
  const coded = own.filter(({ type, payload }) => type === 'coded' && payload.length > 0)
  expect(coded.length, label).toBe(packets.length)
  const seen = coded.map(({ pts, dts, payload, keyFrame }) => [
    pts,
    dts,
    payload.length,
    keyFrame ? 1 : 0,
    crc32(payload),
  ])
  expect(seen, label).toEqual(packets.map(([, ...packet]) => packet))
}

test('colour and channels of the samples', async () => {
  const hdr = framesOf(await mediaOf('hevc-hdr10-aac.flv')).find(({ type }) => type === 'metadata')
  expect(hdr?.trackId).toBe(0)
  const metadata = decodeVideoMetadata(hdr?.payload ?? new Uint8Array(0))
  // All that FFmpeg 9.0.2 wrote into it.
  expect(metadata.colorInfo).toEqual({ colorConfig: { matrixCoefficients: 9 } })
  const multichannel = framesOf(await mediaOf('audio-opus51-flac-aac.flv')).find(
    ({ type, trackId }) => type === 'multichannelConfig' && trackId === 0,
  )
  expect(decodeMultichannelConfig(multichannel?.payload ?? new Uint8Array(0))).toEqual({
    channelOrder: 'native',
    channelCount: 6,
    channelMask: 0x3f,
  })
})

test.each([
  ['h264-aac.flv', 'avc1.64000d mp4a.40.2'],
  ['hevc-aac.flv', 'hvc1.1.6.L60.90 mp4a.40.2'],
  ['hevc-hdr10-aac.flv', 'hvc1.2.4.L60.90 mp4a.40.2'],
  ['av1-opus.flv', 'av01.0.00M.08 opus'],
  ['vp9-opus.flv', 'vp09.00.11.08.01.02.02.02.00 opus'],
  ['h264-flac.flv', 'avc1.64000d flac'],
  ['h264-ac3.flv', 'avc1.64000d ac-3'],
  ['h264-eac3.flv', 'avc1.64000d ec-3'],
  ['h264-mp3.flv', 'avc1.64000d mp3'],
])('%s: codec strings %s', async (name, expected) => {
  const found = new Set(framesOf(await mediaOf(name)).map((frame) => codecFacts(frame)?.codecString))
  expect([...found].filter((text) => text !== undefined).join(' ')).toBe(expected)
})

test('the frame rate of H.264 and HEVC is in the record', async () => {
  for (const name of ['h264-aac.flv', 'hevc-aac.flv']) {
    const header = framesOf(await mediaOf(name)).find(({ type }) => type === 'sequenceHeader')
    expect(header && codecFacts(header)?.frameRate).toBe(25)
  }
})
