import { soundChannels, soundSampleRate } from '@rtmp/flv'
import {
  aacCodecString,
  aacObjectTypeName,
  avcCodecString,
  avcLevelName,
  avcProfileName,
  decodeAacConfig,
  decodeAvcConfig,
  decodeAvcSps,
} from '@rtmp/flv/codec'
import { decodeAc3Frame, decodeMp3Frame } from './audio-frame.ts'
import { AV1_MARKER, av1CodecString, decodeAv1Config, decodeAv1SequenceHeader } from './av1-config.ts'
import { decodeFlacStreamInfo } from './flac-stream-info.ts'
import { decodeHevcConfig, HevcNalType, hevcCodecString, hevcNalUnit } from './hevc-config.ts'
import { decodeHevcSps } from './hevc-sps.ts'
import type { MediaFrame } from './media-frame.ts'
import { decodeOpusHead } from './opus-head.ts'
import { decodeVpConfig, type PictureSize, vp8FrameSize, vp9FrameSize, vpCodecString } from './vp-config.ts'

/** What the media themselves say of a codec; what is not said is absent. */
export interface CodecFacts {
  /** As in {@link MediaFrame}: `'h264'`. */
  readonly codec: string
  /** For browsers (RFC 6381, WebCodecs): `'avc1.64001f'`. */
  readonly codecString?: string
  /** A name: `'High'`, `'Main 10'`, `'AAC LC'`. */
  readonly profile?: string
  /** As people write it: `'3.1'`. */
  readonly level?: string
  /** Pixels. */
  readonly width?: number
  /** Pixels. */
  readonly height?: number
  /** Frames per second, where the record says so. */
  readonly frameRate?: number
  /** Bits of a sample of the picture or of the sound. */
  readonly bitDepth?: number
  /** Hz, as heard. */
  readonly sampleRate?: number
  readonly channels?: number
}

/**
 * What a frame says of its codec: a sequence header of any codec with a record, a coded frame of those whose frames tell
 * (AC-3, E-AC-3, MP3, the legacy sound formats; key frames of VP8, VP9, AV1, and Sorenson and Screen video).
 *
 * @returns `undefined` for frames that say nothing, an empty sequence header among them.
 * @throws DecodeError, phase `'ertmp'` or `'flv'`, when a record or frame header is broken
 */
export const codecFacts = (frame: MediaFrame): CodecFacts | undefined => {
  if (frame.payload.length === 0) return undefined
  if (frame.type === 'sequenceHeader') return recordFacts(frame.codec, frame.payload)
  // The AV1 video descriptor of MPEG-2 TS: tag 0x80, length 4, and the first four bytes of a record.
  if (frame.type === 'mpeg2TsSequenceHeader') return av1Facts(frame.payload.subarray(2))
  if (frame.type === 'coded') return frameFacts(frame)
  return undefined
}

const recordFacts = (codec: string, record: Uint8Array): CodecFacts | undefined => {
  switch (codec) {
    case 'h264':
      return avcFacts(record)
    case 'hevc':
      return hevcFacts(record)
    case 'av1':
      return av1Facts(record)
    case 'vp8':
    case 'vp9':
      return vpFacts(codec, record)
    case 'vvc':
      return { codec, codecString: 'vvc1' }
    case 'aac':
      return aacFacts(record)
    case 'opus':
      return { codec, codecString: 'opus', sampleRate: 48000, channels: decodeOpusHead(record).channels }
    case 'flac': {
      const { sampleRate, channels, bitsPerSample } = decodeFlacStreamInfo(record)
      return { codec, codecString: 'flac', sampleRate, channels, bitDepth: bitsPerSample }
    }
    default:
      return undefined
  }
}

const withFrameRate = (frameRate: number | undefined): { frameRate?: number } =>
  frameRate === undefined ? {} : { frameRate }

const avcFacts = (record: Uint8Array): CodecFacts => {
  const config = decodeAvcConfig(record)
  const { profile, compatibility, level } = config
  const sps = decodeAvcSps(config.sps[0] ?? new Uint8Array(0))
  return {
    codec: 'h264',
    codecString: avcCodecString(config),
    profile: avcProfileName(profile, compatibility),
    level: avcLevelName(level, profile, compatibility),
    width: sps.width,
    height: sps.height,
    bitDepth: sps.bitDepthLuma,
    ...withFrameRate(sps.vui?.frameRate),
  }
}

const HEVC_PROFILES: readonly string[] = [
  'unknown',
  'Main',
  'Main 10',
  'Main Still Picture',
  'Range Extensions',
  'High Throughput',
  'Multiview Main',
  'Scalable Main',
  '3D Main',
  'Screen Content Coding',
  'Scalable Range Extensions',
  'High Throughput Screen Content Coding',
]

const hevcFacts = (record: Uint8Array): CodecFacts => {
  const config = decodeHevcConfig(record)
  const facts = {
    codec: 'hevc',
    codecString: hevcCodecString(config),
    profile: HEVC_PROFILES[config.profileIdc] ?? 'unknown',
    level: (config.levelIdc / 30).toFixed(config.levelIdc % 30 === 0 ? 0 : 1),
    bitDepth: config.bitDepthLuma,
  }
  const nal = hevcNalUnit(config, HevcNalType.sps)
  if (nal === undefined) return facts
  const { width, height, frameRate } = decodeHevcSps(nal)
  const stated = config.averageFrameRate === 0 ? undefined : config.averageFrameRate / 256
  return { ...facts, width, height, ...withFrameRate(frameRate ?? stated) }
}

const av1Facts = (record: Uint8Array): CodecFacts | undefined => {
  // Some senders put OBUs where the record belongs.
  if (record[0] !== AV1_MARKER) return withSize('av1', decodeAv1SequenceHeader(record))
  const config = decodeAv1Config(record)
  const header = decodeAv1SequenceHeader(config.configObus)
  const { levelIndex } = config
  return {
    codec: 'av1',
    codecString: av1CodecString(config),
    profile: ['Main', 'High', 'Professional'][config.profile] ?? 'unknown',
    level: `${2 + (levelIndex >> 2)}.${levelIndex & 3}`,
    bitDepth: config.bitDepth,
    ...(header === undefined ? {} : { width: header.width, height: header.height }),
    ...withFrameRate(header?.frameRate),
  }
}

const vpFacts = (codec: 'vp8' | 'vp9', record: Uint8Array): CodecFacts => {
  const config = decodeVpConfig(record)
  return {
    codec,
    codecString: vpCodecString(codec === 'vp8' ? 'vp08' : 'vp09', config),
    profile: `Profile ${config.profile}`,
    ...(config.level === 0 ? {} : { level: `${Math.floor(config.level / 10)}.${config.level % 10}` }),
    bitDepth: config.bitDepth,
  }
}

const aacFacts = (record: Uint8Array): CodecFacts => {
  const config = decodeAacConfig(record)
  const { sampleRate, objectType, channels, extension } = config
  return {
    codec: 'aac',
    codecString: aacCodecString(config),
    profile: aacObjectTypeName(objectType),
    sampleRate: extension?.sampleRate ?? sampleRate,
    ...(channels === undefined ? {} : { channels: extension?.ps === true ? channels * 2 : channels }),
  }
}

const withSize = (codec: string, size: PictureSize | undefined): CodecFacts | undefined =>
  size === undefined ? undefined : { codec, width: size.width, height: size.height }

const frameFacts = ({
  kind,
  codec,
  payload,
  keyFrame,
  form,
  headerByte,
}: MediaFrame): CodecFacts | undefined => {
  switch (codec) {
    case 'ac3':
    case 'eac3': {
      const info = decodeAc3Frame(payload)
      const codecString = info.codec === 'ac3' ? 'ac-3' : 'ec-3'
      return { codec: info.codec, codecString, sampleRate: info.sampleRate, channels: info.channels }
    }
    case 'mp3': {
      const { sampleRate, channels } = decodeMp3Frame(payload)
      return { codec, codecString: 'mp3', sampleRate, channels }
    }
    case 'vp8':
      return withSize(codec, keyFrame ? vp8FrameSize(payload) : undefined)
    case 'vp9':
      return withSize(codec, keyFrame ? vp9FrameSize(payload) : undefined)
    case 'av1':
      return withSize(codec, keyFrame ? decodeAv1SequenceHeader(payload) : undefined)
    case 'flv1':
      return withSize(codec, keyFrame ? sorensonSize(payload) : undefined)
    case 'flashsv':
    case 'flashsv2':
      return withSize(codec, screenSize(payload))
    default:
      if (kind === 'video' || form === 'enhanced' || codec === 'aac') return undefined
      return {
        codec,
        sampleRate: soundSampleRate(headerByte >> 4, (headerByte >> 2) & 3),
        channels: soundChannels(headerByte >> 4, headerByte & 1),
      }
  }
}

/** Sizes 2 to 6 of Sorenson H.263 (FLV §E.4.3.2). */
const SORENSON_SIZES: readonly (readonly [number, number])[] = [
  [352, 288],
  [176, 144],
  [128, 96],
  [320, 240],
  [160, 120],
]

/** Start code 17 bits, version 5, temporal reference 8, size 3, then width and height of 8 or 16 bits for 0 and 1. */
const sorensonSize = (payload: Uint8Array): PictureSize | undefined => {
  const bits = (from: number, count: number): number => {
    let value = 0
    for (let at = from; at < from + count; at++) {
      value = (value << 1) | (((payload[at >> 3] ?? 0) >> (7 - (at & 7))) & 1)
    }
    return value
  }
  const code = bits(30, 3)
  if (code < 2) {
    const width = code === 0 ? 8 : 16
    return { width: bits(33, width), height: bits(33 + width, width) }
  }
  const size = SORENSON_SIZES[code - 2]
  return size === undefined ? undefined : { width: size[0], height: size[1] }
}

/** Block width 4 bits, image width 12, block height 4, image height 12 (FLV §E.4.3.3). */
const screenSize = (payload: Uint8Array): PictureSize | undefined => {
  const [a, b, c, d] = payload
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined
  return { width: ((a & 15) << 8) | b, height: ((c & 15) << 8) | d }
}
