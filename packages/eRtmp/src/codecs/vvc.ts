import { BitWriter, ByteReader, concat } from '@rtmp/bytes'
import { ERTMP_PHASE, recordError, requireInteger } from '../errors.ts'
import { type CodecFacts, type FactsReader, frameRateFact, type VideoCodec } from './codec.ts'
import {
  firstNalUnit,
  judgeNalUnits,
  type NalArray,
  type NalArrayLayout,
  type NalVerdict,
  readNalArrays,
  writeNalArrays,
} from './nal-units.ts'
import { decodeVvcSps } from './vvc-sps.ts'

/** What can be wrong: no record of VVC, or one without profile. */
export type VvcErrorCode = 'VVC_CONFIG'

/** VVC (H.266). */
export const vvc: VideoCodec<'vvc', 'vvc1'> = {
  name: 'vvc',
  title: 'H.266',
  fourCc: 'vvc1',
  legacyId: undefined,
  hasCompositionTimeOffset: true,
  entryPoint: (bytes, start, end) => judgeNalUnits(bytes, start, end, judge),
}

/** NAL unit types of H.266 that a configuration record can hold (H.266 table 5). */
export const VvcNalType = {
  operatingPoint: 12,
  decodingCapability: 13,
  vps: 14,
  sps: 15,
  pps: 16,
  prefixAps: 17,
  suffixAps: 18,
  prefixSei: 23,
  suffixSei: 24,
} as const

/** nal_unit_type, bits 7 to 3 of the second byte: pictures are 0 to 11, 7 to 9 IDR and CRA, 10 gradual refresh. */
const judge = (bytes: Uint8Array, start: number, end: number): NalVerdict => {
  const type = start + 1 < end ? (bytes[start + 1] as number) >> 3 : 31
  if (type > 11) return 'next'
  if (type === 10) return 'recovery'
  return type >= 7 && type <= 9 ? 'key' : 'none'
}

/** VvcPTLRecord (ISO/IEC 14496-15 §11.2.4): profile, tier and level. */
export interface VvcProfileTierLevel {
  /** general_profile_idc: 1 Main 10, 33 Main 10 4:4:4, 17 Multilayer Main 10; 0 to 127. */
  readonly profileIdc: number
  /** general_tier_flag: the High tier has higher bitrates. */
  readonly highTier: boolean
  /** 16 × major + 3 × minor: 51 is level 3.1. */
  readonly levelIdc: number
  /**
   * ptl_frame_only_constraint_flag, ptl_multilayer_enabled_flag and the constraints behind them, as bits of whole
   * bytes, 1 to 63 of them.
   */
  readonly constraints: Uint8Array
  /** Flags of the sublayers that have a level of their own, as the byte on the wire; 0 with one sublayer. */
  readonly sublayerLevelFlags: number
  /** One for each flag that is set. */
  readonly sublayerLevels: readonly number[]
  /** general_sub_profile_idc, at most 255. */
  readonly subProfiles: readonly number[]
}

/** What a record says when ptl_present_flag is set. */
export interface VvcStreamDescription {
  /** Output layer set, 0 to 511. */
  readonly olsIndex: number
  /** Temporal sublayers, 1 to 7; 0 when not known. */
  readonly sublayers: number
  /** 0 to 3: 1 constant, 2 constant in each sublayer. */
  readonly constantFrameRate: number
  /** 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormat: number
  /** 8 to 15. */
  readonly bitDepth: number
  /** Of the output layer set named by `olsIndex`. */
  readonly ptl: VvcProfileTierLevel
  /** Pixels, margins of a conformance window included. */
  readonly maxWidth: number
  /** Pixels, as `maxWidth`. */
  readonly maxHeight: number
  /** Frames in 256 seconds; 0 when not given. */
  readonly averageFrameRate: number
}

/**
 * VvcDecoderConfigurationRecord (ISO/IEC 14496-15 §11.2.4), the body of SequenceStart for vvc1.
 *
 *   11111 · lengthSizeMinusOne 2 · ptl_present 1
 *   ptl_present   ols_idx 9 · num_sublayers 3 · constant_frame_rate 2 · chroma_format_idc 2
 *                 bit_depth_minus8 3 · 11111
 *                 00 · num_bytes_constraint_info 6 · profile 7 · tier 1 · level 8 · constraints [8 n]
 *                 num_sublayers > 1: u8 flags · u8 level for each flag
 *                 u8 sub-profiles, each u32 · u16 max_picture_width · u16 max_picture_height · u16 avg_frame_rate
 *   arrays of NAL units
 */
export interface VvcConfig {
  /** Bytes of the length before each NAL unit in coded frames: 1, 2 or 4 (3 is not allowed, but read). */
  readonly lengthSize: number
  /** `undefined` when ptl_present_flag is 0: then the parameter sets have it. */
  readonly stream: VvcStreamDescription | undefined
  /** Parameter sets and SEI, by type; out of the decoder views of the record. */
  readonly arrays: readonly NalArray[]
}

const ARRAYS: NalArrayLayout = {
  typeBits: 5,
  single: [VvcNalType.decodingCapability, VvcNalType.operatingPoint],
}

const RESERVED = 0b11111

/** Bits that are set in a byte. */
const countOnes = (byte: number): number => {
  let ones = 0
  for (let left = byte; left > 0; left &= left - 1) ones += 1
  return ones
}

/**
 * A VvcDecoderConfigurationRecord, with or without the version and flags of its box in front. Arrays may come in any
 * order, and any of them may be missing; bytes behind them are ignored.
 *
 * @throws DecodeError `TRUNCATED`, `VVC_CONFIG`
 */
export const decodeVvcConfig = (record: Uint8Array): VvcConfig => {
  const boxed = record.length > 4 && record[0] === 0 && record[1] === 0 && record[2] === 0 && record[3] === 0
  const reader = new ByteReader(record, ERTMP_PHASE, boxed ? 4 : 0)
  const first = reader.u8()
  if (first >> 3 !== RESERVED)
    throw recordError<VvcErrorCode>('VVC_CONFIG', 'a record begins with five ones', boxed ? 4 : 0)
  const stream = (first & 1) === 1 ? readStream(reader) : undefined
  return { lengthSize: ((first >> 1) & 3) + 1, stream, arrays: readNalArrays(reader, ARRAYS) }
}

const readStream = (reader: ByteReader): VvcStreamDescription => {
  const head = reader.u16()
  const sublayers = (head >> 4) & 7
  const bitDepth = (reader.u8() >> 5) + 8
  const constraintBytes = reader.u8() & 0x3f
  if (constraintBytes === 0)
    throw recordError<VvcErrorCode>('VVC_CONFIG', 'no bytes of constraints', reader.position - 1)
  const profile = reader.u8()
  const levelIdc = reader.u8()
  const constraints = reader.view(constraintBytes)
  const sublayerLevelFlags = sublayers > 1 ? reader.u8() : 0
  const sublayerLevels = Array.from({ length: countOnes(sublayerLevelFlags) }, () => reader.u8())
  const subProfiles = Array.from({ length: reader.u8() }, () => reader.u32())
  return {
    olsIndex: head >> 7,
    sublayers,
    constantFrameRate: (head >> 2) & 3,
    chromaFormat: head & 3,
    bitDepth,
    ptl: {
      profileIdc: profile >> 1,
      highTier: (profile & 1) === 1,
      levelIdc,
      constraints,
      sublayerLevelFlags,
      sublayerLevels,
      subProfiles,
    },
    maxWidth: reader.u16(),
    maxHeight: reader.u16(),
    averageFrameRate: reader.u16(),
  }
}

/** A VvcDecoderConfigurationRecord as bytes, without a box header. @throws UsageError `ERTMP_FIELD_RANGE` */
export const encodeVvcConfig = (config: VvcConfig): Uint8Array<ArrayBuffer> => {
  const { lengthSize, stream, arrays } = config
  requireInteger(lengthSize, 1, 4, 'lengthSize')
  const bits = new BitWriter()
  bits.u(RESERVED, 5)
  bits.u(lengthSize - 1, 2)
  bits.flag(stream !== undefined)
  if (stream !== undefined) writeStream(bits, stream)
  return concat([bits.finish(), writeNalArrays(arrays, ARRAYS)])
}

const writeStream = (bits: BitWriter, stream: VvcStreamDescription): void => {
  const field = (value: number, size: number, path: string, least = 0): void => {
    requireInteger(value, least, least + 2 ** size - 1, `stream.${path}`)
    bits.u(value - least, size)
  }
  const { ptl } = stream
  field(stream.olsIndex, 9, 'olsIndex')
  field(stream.sublayers, 3, 'sublayers')
  field(stream.constantFrameRate, 2, 'constantFrameRate')
  field(stream.chromaFormat, 2, 'chromaFormat')
  field(stream.bitDepth, 3, 'bitDepth', 8)
  bits.u(RESERVED, 5)
  requireInteger(ptl.constraints.length, 1, 63, 'stream.ptl.constraints.length')
  bits.u(ptl.constraints.length, 8)
  field(ptl.profileIdc, 7, 'ptl.profileIdc')
  bits.flag(ptl.highTier)
  field(ptl.levelIdc, 8, 'ptl.levelIdc')
  for (const byte of ptl.constraints) bits.u(byte, 8)
  const flags = stream.sublayers > 1 ? ptl.sublayerLevelFlags : 0
  if (stream.sublayers > 1) field(flags, 8, 'ptl.sublayerLevelFlags')
  const levels = countOnes(flags)
  requireInteger(ptl.sublayerLevels.length, levels, levels, 'stream.ptl.sublayerLevels.length')
  ptl.sublayerLevels.forEach((level, i) => field(level, 8, `ptl.sublayerLevels[${i}]`))
  field(ptl.subProfiles.length, 8, 'ptl.subProfiles.length')
  ptl.subProfiles.forEach((profile, i) => field(profile, 32, `ptl.subProfiles[${i}]`))
  field(stream.maxWidth, 16, 'maxWidth')
  field(stream.maxHeight, 16, 'maxHeight')
  field(stream.averageFrameRate, 16, 'averageFrameRate')
}

/** The first NAL unit of a type in a configuration record. */
export const vvcNalUnit = (config: VvcConfig, nalType: number): Uint8Array | undefined =>
  firstNalUnit(config.arrays, nalType)

/** RFC 4648 base32 without padding. */
const base32 = (bytes: Uint8Array): string => {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(held >> (bits - 5)) & 31]
  }
  return bits === 0 ? text : text + ALPHABET[(held << (5 - bits)) & 31]
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/**
 * Codec string of RFC 6381 (ISO/IEC 14496-15 annex E): `'vvc1.1.L51.CQA'`; `'vvc1'` alone for a record without profile
 * and level.
 */
export const vvcCodecString = ({ stream }: VvcConfig): string => {
  if (stream === undefined) return 'vvc1'
  const { profileIdc, highTier, levelIdc, constraints } = stream.ptl
  let length = constraints.length
  while (length > 0 && constraints[length - 1] === 0) length -= 1
  const suffix = length === 0 ? '' : `.C${base32(constraints.subarray(0, length))}`
  return `vvc1.${profileIdc}.${highTier ? 'H' : 'L'}${levelIdc}${suffix}`
}

/** H.266 annex A; the operation range extensions are those of its second edition. */
const PROFILES: ReadonlyMap<number, string> = new Map([
  [1, 'Main 10'],
  [2, 'Main 12'],
  [10, 'Main 12 Intra'],
  [17, 'Multilayer Main 10'],
  [33, 'Main 10 4:4:4'],
  [34, 'Main 12 4:4:4'],
  [36, 'Main 16 4:4:4'],
  [42, 'Main 12 4:4:4 Intra'],
  [44, 'Main 16 4:4:4 Intra'],
  [49, 'Multilayer Main 10 4:4:4'],
  [65, 'Main 10 Still Picture'],
  [66, 'Main 12 Still Picture'],
  [97, 'Main 10 4:4:4 Still Picture'],
  [98, 'Main 12 4:4:4 Still Picture'],
  [100, 'Main 16 4:4:4 Still Picture'],
])

const readRecord = (record: Uint8Array): CodecFacts => {
  const config = decodeVvcConfig(record)
  const { stream } = config
  const nal = vvcNalUnit(config, VvcNalType.sps)
  const sps = nal === undefined ? undefined : decodeVvcSps(nal)
  // A record may leave to the SPS what it says itself.
  const ptl = stream?.ptl ?? sps?.ptl
  const width = sps?.width ?? stream?.maxWidth
  const height = sps?.height ?? stream?.maxHeight
  const bitDepth = sps?.bitDepth ?? stream?.bitDepth
  const stated =
    stream === undefined || stream.averageFrameRate === 0 ? undefined : stream.averageFrameRate / 256
  return {
    codec: 'vvc',
    codecString: vvcCodecString(config),
    ...(ptl === undefined ? {} : { profile: PROFILES.get(ptl.profileIdc) ?? 'unknown' }),
    ...(ptl === undefined ? {} : { level: `${ptl.levelIdc >> 4}.${Math.floor((ptl.levelIdc & 15) / 3)}` }),
    ...(width === undefined || height === undefined ? {} : { width, height }),
    ...(bitDepth === undefined ? {} : { bitDepth }),
    ...frameRateFact(sps?.frameRate ?? stated),
  }
}

/** Facts of VVC. */
export const vvcFacts: FactsReader = { record: readRecord }
