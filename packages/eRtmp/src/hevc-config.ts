import { ByteReader, ByteWriter } from '@rtmp/bytes'
import { ERTMP_PHASE, ertmpError, requireInteger } from './errors.ts'

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

/**
 * HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 §8.3.3), the body of SequenceStart for hvc1.
 *
 *   u8 version · profile space 2, tier 1, profile 5 · u32 compatibility · 48 bits constraints · u8 level
 *   4 ones, min spatial segmentation 12 · 6 ones, parallelism 2 · 6 ones, chroma format 2
 *   5 ones, luma depth − 8 3 · 5 ones, chroma depth − 8 3 · u16 average frame rate
 *   constant frame rate 2, temporal layers 3, temporal id nested 1, length size − 1 2
 *   u8 arrays, each: complete 1, 0, NAL type 6 · u16 count, each: u16 length, NAL unit
 */
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

const TWO_24 = 0x1000000

/**
 * A HEVCDecoderConfigurationRecord. Arrays may come in any order, and any of them may be missing; bytes behind them are
 * ignored.
 *
 * @throws DecodeError `TRUNCATED`, `HEVC_CONFIG` for a version above 1
 */
export const decodeHevcConfig = (record: Uint8Array): HevcConfig => {
  const reader = new ByteReader(record, ERTMP_PHASE)
  reader.require(23)
  const configurationVersion = reader.u8()
  if (configurationVersion > 1) throw ertmpError('HEVC_CONFIG', `version ${configurationVersion}`, 0)
  const profile = reader.u8()
  const profileCompatibility = reader.u32()
  const constraints = reader.u24() * TWO_24 + reader.u24()
  const levelIdc = reader.u8()
  const minSpatialSegmentation = reader.u16() & 0xfff
  const parallelismType = reader.u8() & 3
  const chromaFormat = reader.u8() & 3
  const bitDepthLuma = (reader.u8() & 7) + 8
  const bitDepthChroma = (reader.u8() & 7) + 8
  const averageFrameRate = reader.u16()
  const layers = reader.u8()
  const arrays: HevcNalArray[] = []
  for (let left = reader.u8(); left > 0; left--) {
    const head = reader.u8()
    const nalUnits: Uint8Array[] = []
    for (let units = reader.u16(); units > 0; units--) nalUnits.push(reader.view(reader.u16()))
    arrays.push({ complete: head >= 0x80, nalType: head & 0x3f, nalUnits })
  }
  return {
    configurationVersion,
    profileSpace: profile >> 6,
    highTier: (profile & 0x20) !== 0,
    profileIdc: profile & 0x1f,
    profileCompatibility,
    constraints,
    levelIdc,
    minSpatialSegmentation,
    parallelismType,
    chromaFormat,
    bitDepthLuma,
    bitDepthChroma,
    averageFrameRate,
    constantFrameRate: layers >> 6,
    temporalLayers: (layers >> 3) & 7,
    temporalIdNested: (layers & 4) !== 0,
    lengthSize: (layers & 3) + 1,
    arrays,
  }
}

/** A HEVCDecoderConfigurationRecord as bytes. @throws UsageError `ERTMP_FIELD_RANGE` */
export const encodeHevcConfig = (config: HevcConfig): Uint8Array<ArrayBuffer> => {
  requireInteger(config.configurationVersion, 0, 255, 'configurationVersion')
  requireInteger(config.profileSpace, 0, 3, 'profileSpace')
  requireInteger(config.profileIdc, 0, 31, 'profileIdc')
  requireInteger(config.profileCompatibility, 0, 0xffffffff, 'profileCompatibility')
  requireInteger(config.constraints, 0, 2 ** 48 - 1, 'constraints')
  requireInteger(config.levelIdc, 0, 255, 'levelIdc')
  requireInteger(config.minSpatialSegmentation, 0, 0xfff, 'minSpatialSegmentation')
  requireInteger(config.parallelismType, 0, 3, 'parallelismType')
  requireInteger(config.chromaFormat, 0, 3, 'chromaFormat')
  requireInteger(config.bitDepthLuma, 8, 15, 'bitDepthLuma')
  requireInteger(config.bitDepthChroma, 8, 15, 'bitDepthChroma')
  requireInteger(config.averageFrameRate, 0, 0xffff, 'averageFrameRate')
  requireInteger(config.constantFrameRate, 0, 3, 'constantFrameRate')
  requireInteger(config.temporalLayers, 0, 7, 'temporalLayers')
  requireInteger(config.lengthSize, 1, 4, 'lengthSize')
  requireInteger(config.arrays.length, 0, 255, 'arrays.length')
  const writer = new ByteWriter()
  writer.u8(config.configurationVersion)
  writer.u8((config.profileSpace << 6) | (config.highTier ? 0x20 : 0) | config.profileIdc)
  writer.u32(config.profileCompatibility)
  writer.u24(Math.floor(config.constraints / TWO_24))
  writer.u24(config.constraints % TWO_24)
  writer.u8(config.levelIdc)
  writer.u16(0xf000 | config.minSpatialSegmentation)
  writer.u8(0xfc | config.parallelismType)
  writer.u8(0xfc | config.chromaFormat)
  writer.u8(0xf8 | (config.bitDepthLuma - 8))
  writer.u8(0xf8 | (config.bitDepthChroma - 8))
  writer.u16(config.averageFrameRate)
  writer.u8(
    (config.constantFrameRate << 6) |
      (config.temporalLayers << 3) |
      (config.temporalIdNested ? 4 : 0) |
      (config.lengthSize - 1),
  )
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
  return writer.finish()
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
