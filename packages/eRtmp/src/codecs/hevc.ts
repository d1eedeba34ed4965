import { BitReader, BitWriter, ByteReader, concat } from '@rtmp/bytes'
import { removeEmulationPrevention } from '@rtmp/flv/codec'
import { ERTMP_PHASE, recordError } from '../errors.ts'
import { FLAG, type Layout, readFields, writeFields } from '../layout.ts'
import { type CodecFacts, type FactsReader, frameRateFact, type VideoCodec } from './codec.ts'
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

/** What can be wrong with a record or a parameter set of HEVC. */
export type HevcErrorCode =
  /** A record of an unknown version. */
  | 'HEVC_CONFIG'
  /** A sequence parameter set that contradicts itself. */
  | 'HEVC_SPS'

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
  readonly highTier: boolean
  /** 1 Main, 2 Main 10, 3 Main Still Picture, 4 range extensions; 0 to 31. */
  readonly profileIdc: number
  /** Bit 31 − n for profile n. */
  readonly profileCompatibility: number
  /** general_constraint_indicator_flags, 48 bits. */
  readonly constraints: number
  /** 30 × the level: 93 is level 3.1. */
  readonly levelIdc: number
  readonly minSpatialSegmentation: number
  readonly parallelismType: number
  /** 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormat: number
  readonly bitDepthLuma: number
  readonly bitDepthChroma: number
  /** Frames in 256 seconds; 0 when not given. */
  readonly averageFrameRate: number
  readonly constantFrameRate: number
  readonly temporalLayers: number
  readonly temporalIdNested: boolean
  /** Bytes of the length before each NAL unit in coded frames, 1 to 4. */
  readonly lengthSize: number
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

/** What a sequence parameter set of H.265 says about the picture. */
export interface HevcSps {
  /** Pixels that are shown: without the conformance window's margins. */
  readonly width: number
  readonly height: number
  readonly chromaFormat: number
  readonly bitDepthLuma: number
  readonly bitDepthChroma: number
  /** Frames per second by the timing in the VUI, if it is there. */
  readonly frameRate: number | undefined
  /** Colour by the tables of ITU-T H.273, if it is there. */
  readonly colorPrimaries: number | undefined
  readonly transferCharacteristics: number | undefined
  readonly matrixCoefficients: number | undefined
  readonly fullRange: boolean | undefined
}

/** A number that is at most `maximum` in every legal stream; bounds all loops. */
const bounded = (value: number, maximum: number, bits: BitReader): number => {
  if (value > maximum)
    throw recordError<HevcErrorCode>(
      'HEVC_SPS',
      `${value} where at most ${maximum} is legal`,
      bits.position >> 3,
    )
  return value
}

/** H.265 §7.3.3, behind the general part: what the sub-layers say. */
const skipSubLayers = (bits: BitReader, count: number): void => {
  const sizes: number[] = []
  for (let i = 0; i < count; i++) sizes.push((bits.u(1) === 1 ? 88 : 0) + (bits.u(1) === 1 ? 8 : 0))
  if (count > 0) bits.skip((8 - count) * 2)
  for (const size of sizes) bits.skip(size)
}

/** H.265 §7.3.4. */
const skipScalingLists = (bits: BitReader): void => {
  for (let size = 0; size < 4; size++) {
    for (let matrix = 0; matrix < 6; matrix += size === 3 ? 3 : 1) {
      if (!bits.flag()) {
        bits.ue()
        continue
      }
      if (size > 1) bits.se()
      for (let left = Math.min(64, 1 << (4 + size * 2)); left > 0; left--) bits.se()
    }
  }
}

/** H.265 §7.3.7 and §7.4.8: the picture order count deltas of one set, which later sets may refer to. */
const readShortTermSet = (bits: BitReader, before: readonly number[] | undefined): number[] => {
  if (before !== undefined && bits.flag()) {
    const negative = bits.flag()
    const shift = (bits.ue() + 1) * (negative ? -1 : 1)
    const deltas: number[] = []
    for (const delta of [...before, 0]) {
      const kept = bits.flag() || bits.flag()
      if (kept && delta + shift !== 0) deltas.push(delta + shift)
    }
    const past = deltas.filter((delta) => delta < 0).sort((a, b) => b - a)
    return [...past, ...deltas.filter((delta) => delta > 0).sort((a, b) => a - b)]
  }
  const past = bounded(bits.ue(), 16, bits)
  const future = bounded(bits.ue(), 16, bits)
  const deltas: number[] = []
  let delta = 0
  for (let i = 0; i < past + future; i++) {
    if (i === past) delta = 0
    delta += (bits.ue() + 1) * (i < past ? -1 : 1)
    deltas.push(delta)
    bits.skip(1)
  }
  return deltas
}

/**
 * A sequence parameter set NAL unit of H.265 (§7.3.2.2), as it stands in a configuration record.
 *
 * @throws DecodeError `TRUNCATED`, `EXP_GOLOMB_TOO_LONG`, `HEVC_SPS`
 */
export const decodeHevcSps = (nal: Uint8Array): HevcSps => {
  const bits = new BitReader(removeEmulationPrevention(nal), ERTMP_PHASE)
  bits.skip(16 + 4)
  const subLayers = bits.u(3)
  bits.skip(1 + 88 + 8)
  skipSubLayers(bits, subLayers)
  bits.ue()
  const chromaFormat = bounded(bits.ue(), 3, bits)
  const separatePlanes = chromaFormat === 3 && bits.flag()
  let width = bits.ue()
  let height = bits.ue()
  if (bits.flag()) {
    const unitX = !separatePlanes && (chromaFormat === 1 || chromaFormat === 2) ? 2 : 1
    const unitY = !separatePlanes && chromaFormat === 1 ? 2 : 1
    width -= unitX * (bits.ue() + bits.ue())
    height -= unitY * (bits.ue() + bits.ue())
  }
  if (width <= 0 || height <= 0)
    throw recordError<HevcErrorCode>('HEVC_SPS', 'nothing of the picture is shown', 0)
  const bitDepthLuma = bounded(bits.ue(), 8, bits) + 8
  const bitDepthChroma = bounded(bits.ue(), 8, bits) + 8
  const pocBits = bounded(bits.ue(), 12, bits) + 4
  for (let layer = bits.flag() ? 0 : subLayers; layer <= subLayers; layer++) {
    bits.ue()
    bits.ue()
    bits.ue()
  }
  for (let i = 0; i < 6; i++) bits.ue()
  if (bits.flag() && bits.flag()) skipScalingLists(bits)
  bits.skip(2)
  if (bits.flag()) {
    bits.skip(8)
    bits.ue()
    bits.ue()
    bits.skip(1)
  }
  let set: number[] | undefined
  for (let left = bounded(bits.ue(), 64, bits); left > 0; left--) set = readShortTermSet(bits, set)
  if (bits.flag()) bits.skip(bounded(bits.ue(), 32, bits) * (pocBits + 1))
  bits.skip(2)
  const vui = bits.flag() ? readVui(bits) : NO_VUI
  return { width, height, chromaFormat, bitDepthLuma, bitDepthChroma, ...vui }
}

type Vui = Omit<HevcSps, 'width' | 'height' | 'chromaFormat' | 'bitDepthLuma' | 'bitDepthChroma'>

const NO_VUI: Vui = {
  frameRate: undefined,
  colorPrimaries: undefined,
  transferCharacteristics: undefined,
  matrixCoefficients: undefined,
  fullRange: undefined,
}

/** H.265 §E.2.1, up to the timing. */
const readVui = (bits: BitReader): Vui => {
  let { frameRate, colorPrimaries, transferCharacteristics, matrixCoefficients, fullRange } = NO_VUI
  if (bits.flag() && bits.u(8) === 255) bits.skip(32)
  if (bits.flag()) bits.skip(1)
  if (bits.flag()) {
    bits.skip(3)
    fullRange = bits.flag()
    if (bits.flag()) {
      colorPrimaries = bits.u(8)
      transferCharacteristics = bits.u(8)
      matrixCoefficients = bits.u(8)
    }
  }
  if (bits.flag()) {
    bits.ue()
    bits.ue()
  }
  bits.skip(3)
  if (bits.flag()) for (let i = 0; i < 4; i++) bits.ue()
  if (bits.flag()) {
    const unitsInTick = bits.u(32)
    const timeScale = bits.u(32)
    if (unitsInTick > 0 && timeScale > 0) frameRate = timeScale / unitsInTick
  }
  return { frameRate, colorPrimaries, transferCharacteristics, matrixCoefficients, fullRange }
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
