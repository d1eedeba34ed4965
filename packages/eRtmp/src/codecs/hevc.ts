import { BitReader, BitWriter, ByteReader, concat } from '@rtmp/bytes'
import { ERTMP_PHASE, recordError } from '../errors.ts'
import { FLAG, type Layout, readFields, writeFields } from '../layout.ts'
import { type CodecFacts, type FactsReader, frameRateFact, type VideoCodec } from './codec.ts'
import type { HevcErrorCode } from './hevc-error-code.ts'
import { decodeHevcSps } from './hevc-sps.ts'
import {
  firstNalUnit,
  hasRecoveryPoint,
  judgeNalUnits,
  type NalArray,
  type NalArrayLayout,
  type NalVerdict,
  readNalArrays,
  writeNalArrays,
} from './nal-units.ts'

/** HEVC (H.265). Codec id 12 is read, and never written: it is in no specification. */
export const hevc: VideoCodec<'hevc', 'hvc1'> = {
  name: 'hevc',
  title: 'H.265',
  fourCc: 'hvc1',
  legacyId: undefined,
  hasCompositionTimeOffset: true,
  entryPoint: (bytes, start, end) => judgeNalUnits(bytes, start, end, judge),
}

/** nal_unit_type, bits 6 to 1 of the first byte (H.265 table 7-1): pictures up to 31, IRAP from 16 to 23. */
const judge = (bytes: Uint8Array, start: number, end: number): NalVerdict => {
  const type = ((bytes[start] as number) >> 1) & 0x3f
  if (type < 32) return type >= 16 && type <= 23 ? 'key' : 'none'
  return type === HevcNalType.prefixSei && hasRecoveryPoint(bytes, start + 2, end) ? 'recovery' : 'next'
}

/** NAL unit types of H.265 that stand in a configuration record. */
export const HevcNalType = { vps: 32, sps: 33, pps: 34, prefixSei: 39, suffixSei: 40 } as const

/** HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 §8.3.3), the body of SequenceStart for hvc1. */
export interface HevcConfig {
  /** 1; 0 was seen in old files. */
  readonly configurationVersion: number
  /** 0 to 3; 0 in practice. */
  readonly profileSpace: number
  /** general_tier_flag: the High tier has higher bitrates. */
  readonly highTier: boolean
  /** 1 Main, 2 Main 10, 3 Main Still Picture, 4 range extensions; 0 to 31. */
  readonly profileIdc: number
  /** Bit 31 − n for profile n. */
  readonly profileCompatibility: number
  /** general_constraint_indicator_flags, 48 bits. */
  readonly constraints: number
  /** 30 × the level: 93 is level 3.1. */
  readonly levelIdc: number
  /** min_spatial_segmentation_idc, 0 to 4095; 0 when not known. */
  readonly minSpatialSegmentation: number
  /** 0 mixed or not known, 1 slices, 2 tiles, 3 wavefronts. */
  readonly parallelismType: number
  /** 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormat: number
  /** 8 to 15, as is `bitDepthChroma`. */
  readonly bitDepthLuma: number
  /** 8 to 15. */
  readonly bitDepthChroma: number
  /** Frames in 256 seconds; 0 when not given. */
  readonly averageFrameRate: number
  /** 0 not known, 1 constant, 2 constant in each temporal layer. */
  readonly constantFrameRate: number
  /** 1 to 7; 0 when not known. */
  readonly temporalLayers: number
  /** sps_temporal_id_nesting_flag of all SPS: one may switch up at any picture. */
  readonly temporalIdNested: boolean
  /** Bytes of the length before each NAL unit in coded frames, 1 to 4. */
  readonly lengthSize: number
  /** Parameter sets and SEI, by type; out of the decoder views of the record. */
  readonly arrays: readonly NalArray[]
}

const LAYOUT: Layout<Omit<HevcConfig, 'arrays'>> = [
  ['configurationVersion', 8],
  ['profileSpace', 2],
  ['highTier', 1, FLAG],
  ['profileIdc', 5],
  ['profileCompatibility', 32],
  ['constraints', 48],
  ['levelIdc', 8],
  [0b1111, 4],
  ['minSpatialSegmentation', 12],
  [0b111111, 6],
  ['parallelismType', 2],
  [0b111111, 6],
  ['chromaFormat', 2],
  [0b11111, 5],
  ['bitDepthLuma', 3, 8],
  [0b11111, 5],
  ['bitDepthChroma', 3, 8],
  ['averageFrameRate', 16],
  ['constantFrameRate', 2],
  ['temporalLayers', 3],
  ['temporalIdNested', 1, FLAG],
  ['lengthSize', 2, 1],
  // arrays of NAL units
]

/** Bytes before the arrays. */
const HEAD_SIZE = 22

const ARRAYS: NalArrayLayout = { typeBits: 6, single: [] }

/**
 * A HEVCDecoderConfigurationRecord. Arrays may come in any order, and any of them may be missing; bytes behind them are
 * ignored.
 *
 * @throws DecodeError `TRUNCATED`, `HEVC_CONFIG` for a version above 1
 */
export const decodeHevcConfig = (record: Uint8Array): HevcConfig => {
  const head = readFields(new BitReader(record, ERTMP_PHASE), LAYOUT)
  if (head.configurationVersion > 1) {
    throw recordError<HevcErrorCode>('HEVC_CONFIG', `version ${head.configurationVersion}`, 0)
  }
  const reader = new ByteReader(record, ERTMP_PHASE, HEAD_SIZE)
  return { ...head, arrays: readNalArrays(reader, ARRAYS) }
}

/** A HEVCDecoderConfigurationRecord as bytes. @throws UsageError `ERTMP_FIELD_RANGE` */
export const encodeHevcConfig = (config: HevcConfig): Uint8Array<ArrayBuffer> => {
  const head = new BitWriter()
  writeFields(head, LAYOUT, config)
  return concat([head.finish(), writeNalArrays(config.arrays, ARRAYS)])
}

/** The first NAL unit of a type in a configuration record. */
export const hevcNalUnit = (config: HevcConfig, nalType: number): Uint8Array | undefined =>
  firstNalUnit(config.arrays, nalType)

const reverse32 = (value: number): number => {
  let reversed = 0
  for (let bit = 0; bit < 32; bit++) if ((value >>> bit) & 1) reversed |= 1 << (31 - bit)
  return reversed >>> 0
}

/** Codec string of RFC 6381 (ISO/IEC 14496-15 annex E): `'hvc1.1.6.L93.B0'`. */
export const hevcCodecString = (config: HevcConfig): string => {
  // Six bytes in hex, those that are zero at the end left out.
  const bytes = config.constraints.toString(16).padStart(12, '0').match(/../g) ?? []
  while (bytes.at(-1) === '00') bytes.pop()
  const constraints = bytes.map((byte) => `.${Number.parseInt(byte, 16).toString(16).toUpperCase()}`).join('')
  const space = ['', 'A', 'B', 'C'][config.profileSpace]
  const compatibility = reverse32(config.profileCompatibility).toString(16).toUpperCase()
  const level = `${config.highTier ? 'H' : 'L'}${config.levelIdc}`
  return `hvc1.${space}${config.profileIdc}.${compatibility}.${level}${constraints}`
}

const PROFILES: readonly string[] = [
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

const readRecord = (record: Uint8Array): CodecFacts => {
  const config = decodeHevcConfig(record)
  const facts = {
    codec: 'hevc',
    codecString: hevcCodecString(config),
    profile: PROFILES[config.profileIdc] ?? 'unknown',
    level: (config.levelIdc / 30).toFixed(config.levelIdc % 30 === 0 ? 0 : 1),
    bitDepth: config.bitDepthLuma,
  }
  const nal = hevcNalUnit(config, HevcNalType.sps)
  if (nal === undefined) return facts
  const { width, height, frameRate } = decodeHevcSps(nal)
  const stated = config.averageFrameRate === 0 ? undefined : config.averageFrameRate / 256
  return { ...facts, width, height, ...frameRateFact(frameRate ?? stated) }
}

/** Facts of HEVC. */
export const hevcFacts: FactsReader = { record: readRecord }
