import { BitReader, BitWriter, ByteReader, ByteWriter, concat } from '@rtmp/bytes'
import { ERTMP_PHASE, ertmpError, requireInteger } from './errors.ts'
import { FLAG, type Layout, readFields, writeFields } from './layout.ts'

/** NAL unit types of H.265 that stand in a configuration record. */
export const HevcNalType = { vps: 32, sps: 33, pps: 34, prefixSei: 39, suffixSei: 40 } as const

/** The NAL units of one type in a configuration record. */
export interface HevcNalArray {
  /** Every NAL unit of this type is here, and none in the stream. */
  readonly complete: boolean
  /** {@link HevcNalType}, 0 to 63. */
  readonly nalType: number
  /** NAL units without length or start code; out of the decoder views of the record. */
  readonly nalUnits: readonly Uint8Array[]
}

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
  readonly arrays: readonly HevcNalArray[]
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
  // u8 arrays, each: complete 1, 0, NAL type 6 · u16 count, each: u16 length, NAL unit
]

/** Bytes before the arrays. */
const HEAD_SIZE = 22

/**
 * A HEVCDecoderConfigurationRecord. Arrays may come in any order, and any of them may be missing; bytes behind them are
 * ignored.
 *
 * @throws DecodeError `TRUNCATED`, `HEVC_CONFIG` for a version above 1
 */
export const decodeHevcConfig = (record: Uint8Array): HevcConfig => {
  const head = readFields(new BitReader(record, ERTMP_PHASE), LAYOUT)
  if (head.configurationVersion > 1) {
    throw ertmpError('HEVC_CONFIG', `version ${head.configurationVersion}`, 0)
  }
  const reader = new ByteReader(record, ERTMP_PHASE, HEAD_SIZE)
  const arrays: HevcNalArray[] = []
  for (let left = reader.u8(); left > 0; left--) {
    const first = reader.u8()
    const nalUnits: Uint8Array[] = []
    for (let units = reader.u16(); units > 0; units--) nalUnits.push(reader.view(reader.u16()))
    arrays.push({ complete: first >= 0x80, nalType: first & 0x3f, nalUnits })
  }
  return { ...head, arrays }
}

/** A HEVCDecoderConfigurationRecord as bytes. @throws UsageError `ERTMP_FIELD_RANGE` */
export const encodeHevcConfig = (config: HevcConfig): Uint8Array<ArrayBuffer> => {
  const head = new BitWriter()
  writeFields(head, LAYOUT, config)
  const writer = new ByteWriter()
  requireInteger(config.arrays.length, 0, 255, 'arrays.length')
  writer.u8(config.arrays.length)
  config.arrays.forEach(({ complete, nalType, nalUnits }, i) => {
    requireInteger(nalType, 0, 63, `arrays[${i}].nalType`)
    requireInteger(nalUnits.length, 0, 0xffff, `arrays[${i}].nalUnits.length`)
    writer.u8((complete ? 0x80 : 0) | nalType)
    writer.u16(nalUnits.length)
    nalUnits.forEach((unit, j) => {
      requireInteger(unit.length, 0, 0xffff, `arrays[${i}].nalUnits[${j}].length`)
      writer.u16(unit.length)
      writer.bytes(unit)
    })
  })
  return concat([head.finish(), writer.finish()])
}

/** The first NAL unit of a type in a configuration record. */
export const hevcNalUnit = (config: HevcConfig, nalType: number): Uint8Array | undefined =>
  config.arrays.find((array) => array.nalType === nalType && array.nalUnits.length > 0)?.nalUnits[0]

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
