import { MEDIA_FILES, readRepoFile, readRepoJson } from '@rtmp/testkit'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type AudioBody,
  AvcPacketType,
  decodeAudioBody,
  decodeFlv,
  decodeVideoBody,
  type FlvTag,
  isKeyFrame,
  soundChannels,
  soundFormatName,
  soundSampleRate,
  TagType,
  videoCodecName,
} from '../src/index.ts'
import {
  aacObjectTypeName,
  avcProfileName,
  decodeAacConfig,
  decodeAvcConfig,
  decodeAvcSps,
  encodeAvcConfig,
  nalUnits,
} from '../src/codec.ts'
import { crc32 } from './crc32.ts'

// What FFmpeg's newest ffprobe reads in the same files: vectors/flv/ffprobe.json. Bodies in Enhanced RTMP form are
// @rtmp/e-rtmp's to compare.

interface Stream {
  readonly index: number
  readonly codec: string
  readonly profile?: string
  readonly width?: number
  readonly height?: number
  readonly sample_rate?: number
  readonly channels?: number
  readonly extradataCrc32?: string
}
/** Stream, pts, dts, bytes, key frame, CRC of the data. */
type Packet = readonly [number, number, number, number, number, string]
interface Vectors {
  readonly files: Readonly<Record<string, { readonly streams: Stream[]; readonly packets: Packet[] }>>
}

let vectors: Vectors

beforeAll(async () => {
  vectors = await readRepoJson<Vectors>('vectors/flv/ffprobe.json')
})

const hex = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(8, '0')

interface Found {
  readonly packets: (readonly [pts: number, dts: number, size: number, key: number, crc: string])[]
  codec: string
  config?: Uint8Array
  audio?: Extract<AudioBody, { kind: 'sound' | 'aac' }>
}

const legacyVideo = (tags: readonly FlvTag[]): Found => {
  const found: Found = { packets: [], codec: '' }
  for (const { payload, timestamp } of tags.filter((tag) => tag.typeId === TagType.video)) {
    const body = decodeVideoBody(payload)
    if (body.kind !== 'avc' && body.kind !== 'picture') continue
    found.codec = videoCodecName(body.codecId)
    const key = isKeyFrame(payload) ? 1 : 0
    if (body.kind === 'picture') {
      found.packets.push([timestamp, timestamp, body.data.length, key, hex(body.data)])
    } else if (body.avcPacketType === AvcPacketType.sequenceHeader) found.config = body.data
    else if (body.avcPacketType === AvcPacketType.nalu) {
      const pts = timestamp + body.compositionTime
      found.packets.push([pts, timestamp, body.data.length, key, hex(body.data)])
      expect(nalUnits(body.data).length).toBeGreaterThan(0)
    }
  }
  return found
}

const legacyAudio = (tags: readonly FlvTag[]): Found => {
  const found: Found = { packets: [], codec: '' }
  for (const { payload, timestamp } of tags.filter((tag) => tag.typeId === TagType.audio)) {
    const body = decodeAudioBody(payload)
    if (body.kind !== 'sound' && body.kind !== 'aac') continue
    found.codec = soundFormatName(body.soundFormat, body.soundSize)
    found.audio = body
    if (body.aacPacketType === 0) found.config = body.data
    else found.packets.push([timestamp, timestamp, body.data.length, 1, hex(body.data)])
  }
  return found
}

describe.each(MEDIA_FILES)('media/%s.flv', (name) => {
  test('legacy bodies: the packets, times, key frames and codec facts that ffprobe reads', async () => {
    const tags = decodeFlv(await readRepoFile(`media/${name}.flv`))
    const expected = vectors.files[`${name}.flv`]
    for (const found of [legacyVideo(tags), legacyAudio(tags)]) {
      if (found.packets.length === 0) continue
      const stream = expected?.streams.find(({ codec }) => codec === found.codec)
      expect(stream, found.codec).toBeDefined()
      const packets = expected?.packets.filter(([index]) => index === stream?.index)
      expect(found.packets).toEqual(packets?.map(([, ...packet]) => packet))
      if (found.config !== undefined) expect(hex(found.config)).toBe(stream?.extradataCrc32)
      compareFacts(found, stream as Stream)
    }
  })
})

const compareFacts = ({ codec, config, audio }: Found, stream: Stream): void => {
  if (codec === 'h264' && config !== undefined) {
    const record = decodeAvcConfig(config)
    const sps = decodeAvcSps(record.sps[0] as Uint8Array)
    expect(sps).toMatchObject({ width: stream.width, height: stream.height, progressive: true })
    expect(avcProfileName(record.profile)).toBe(stream.profile)
    expect([sps.profile, sps.compatibility, sps.level]).toEqual([
      record.profile,
      record.compatibility,
      record.level,
    ])
    expect(sps.vui?.frameRate).toBe(25)
    expect(encodeAvcConfig(record)).toEqual(config)
  } else if (codec === 'aac' && config !== undefined) {
    const record = decodeAacConfig(config)
    expect(record).toMatchObject({ sampleRate: stream.sample_rate, channels: stream.channels })
    expect(aacObjectTypeName(record.objectType)).toBe(`AAC ${stream.profile}`)
  } else if (audio !== undefined) {
    expect(soundSampleRate(audio.soundFormat, audio.soundRate)).toBe(stream.sample_rate)
    expect(soundChannels(audio.soundFormat, audio.soundType)).toBe(stream.channels)
  }
}
