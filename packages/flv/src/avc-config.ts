import { ByteReader, ByteWriter } from '@rtmp/bytes'
import { type AvcSps, decodeAvcSps } from './avc-sps.ts'
import { FLV_PHASE, flvError, requireInteger } from './errors.ts'

/**
 * AVCDecoderConfigurationRecord (14496-15 §5.2.4.1): the data of an AVC sequence header.
 *
 *   bytes   field
 *     1     configurationVersion, 1
 *     1     AVCProfileIndication       = byte 1 of the SPS
 *     1     profile_compatibility      = byte 2 of the SPS: constraint flags
 *     1     AVCLevelIndication         = byte 3 of the SPS
 *     1     111111 · lengthSizeMinusOne 2 bits
 *     1     111 · number of SPS 5 bits, then each: u16 length, NAL unit
 *     1     number of PPS, then each: u16 length, NAL unit
 *   not for profiles 66, 77, 88, and often left out for the others:
 *     1     111111 · chroma_format 2 bits
 *     1     11111 · bit_depth_luma_minus8 3 bits
 *     1     11111 · bit_depth_chroma_minus8 3 bits
 *     1     number of SPS extensions, then each: u16 length, NAL unit
 */
export interface AvcConfig {
  /** configurationVersion, 1. */
  readonly version: number
  /** profile_idc; see `avcProfileName`. */
  readonly profile: number
  /** Constraint flags, constraint_set0 in the top bit. */
  readonly compatibility: number
  /** level_idc: ten times the level. */
  readonly level: number
  /** Bytes of each NAL unit's length in the frames: 1, 2 or 4 (3 is not allowed, but read). */
  readonly lengthSize: number
  /** NAL units without length or start code, at most 31; out of the decoder views of the record. */
  readonly sps: readonly Uint8Array[]
  /** NAL units as `sps`, at most 255. */
  readonly pps: readonly Uint8Array[]
  /** The tail of High profiles, where it is present. */
  readonly highProfile?: AvcHighProfile
  /** Bytes behind the record that have no meaning here; none in legal records. */
  readonly rest?: Uint8Array
}

/** What an AVC record adds for High profiles. */
export interface AvcHighProfile {
  /** chroma_format_idc: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4. */
  readonly chromaFormat: number
  /** Bits, 8 to 15. */
  readonly bitDepthLuma: number
  /** Bits, 8 to 15. */
  readonly bitDepthChroma: number
  /** NAL units as `sps` of {@link AvcConfig}, at most 255. */
  readonly spsExtensions: readonly Uint8Array[]
}

const PROFILES_WITHOUT_TAIL: readonly number[] = [66, 77, 88]

/**
 * An AVC configuration record. Parameter sets are views of `bytes`. Reserved bits may be anything, the High profile
 * tail may be missing.
 *
 * @throws DecodeError `TRUNCATED`, `AVC_CONFIG` for a record without SPS
 */
export const decodeAvcConfig = (bytes: Uint8Array): AvcConfig => {
  const reader = new ByteReader(bytes, FLV_PHASE)
  const version = reader.u8()
  const profile = reader.u8()
  const compatibility = reader.u8()
  const level = reader.u8()
  const lengthSize = (reader.u8() & 3) + 1
  const sps = readNalUnits(reader, reader.u8() & 31)
  if (sps.length === 0) throw flvError('AVC_CONFIG', 'the record has no SPS', 5)
  const pps = readNalUnits(reader, reader.u8())
  const base = { version, profile, compatibility, level, lengthSize, sps, pps }
  const highProfile = PROFILES_WITHOUT_TAIL.includes(profile) ? undefined : readHighProfile(reader)
  const config = highProfile === undefined ? base : { ...base, highProfile }
  return reader.remaining === 0 ? config : { ...config, rest: reader.view(reader.remaining) }
}

const readNalUnits = (reader: ByteReader, count: number): Uint8Array[] =>
  Array.from({ length: count }, () => reader.view(reader.u16()))

/** The tail, or `undefined` where what is left is too short to be one; then nothing is consumed. */
const readHighProfile = (reader: ByteReader): AvcHighProfile | undefined => {
  const { bytes, position: start } = reader
  if (reader.remaining < 4) return undefined
  let end = start + 4
  for (let count = bytes[start + 3] as number; count > 0; count--) {
    if (end + 2 > reader.end) return undefined
    end += 2 + (((bytes[end] as number) << 8) | (bytes[end + 1] as number))
  }
  if (end > reader.end) return undefined
  return {
    chromaFormat: reader.u8() & 3,
    bitDepthLuma: (reader.u8() & 7) + 8,
    bitDepthChroma: (reader.u8() & 7) + 8,
    spsExtensions: readNalUnits(reader, reader.u8()),
  }
}

/**
 * The bytes of an AVC configuration record, reserved bits set as specified.
 *
 * @throws UsageError `FLV_FIELD_RANGE`
 */
export const encodeAvcConfig = (config: AvcConfig): Uint8Array<ArrayBuffer> => {
  const { highProfile } = config
  requireInteger(config.version, 0, 255, 'version')
  requireInteger(config.profile, 0, 255, 'profile')
  requireInteger(config.compatibility, 0, 255, 'compatibility')
  requireInteger(config.level, 0, 255, 'level')
  requireInteger(config.lengthSize, 1, 4, 'lengthSize')
  requireInteger(config.sps.length, 1, 31, 'sps.length')
  const writer = new ByteWriter()
  writer.u8(config.version)
  writer.u8(config.profile)
  writer.u8(config.compatibility)
  writer.u8(config.level)
  writer.u8(0xfc | (config.lengthSize - 1))
  writeNalUnits(writer, config.sps, 0xe0, 'sps')
  writeNalUnits(writer, config.pps, 0, 'pps')
  if (highProfile !== undefined) {
    requireInteger(highProfile.chromaFormat, 0, 3, 'highProfile.chromaFormat')
    requireInteger(highProfile.bitDepthLuma, 8, 15, 'highProfile.bitDepthLuma')
    requireInteger(highProfile.bitDepthChroma, 8, 15, 'highProfile.bitDepthChroma')
    writer.u8(0xfc | highProfile.chromaFormat)
    writer.u8(0xf8 | (highProfile.bitDepthLuma - 8))
    writer.u8(0xf8 | (highProfile.bitDepthChroma - 8))
    writeNalUnits(writer, highProfile.spsExtensions, 0, 'highProfile.spsExtensions')
  }
  if (config.rest !== undefined) writer.bytes(config.rest)
  return writer.finish()
}

const writeNalUnits = (
  writer: ByteWriter,
  units: readonly Uint8Array[],
  countBits: number,
  path: string,
): void => {
  requireInteger(units.length, 0, 255, `${path}.length`)
  writer.u8(countBits | units.length)
  for (const unit of units) {
    requireInteger(unit.length, 0, 0xffff, `${path}[].length`)
    writer.u16(unit.length)
    writer.bytes(unit)
  }
}

/**
 * The record that describes the given parameter sets; profile and level are read from the first SPS.
 *
 * @throws UsageError `FLV_FIELD_RANGE` without an SPS; DecodeError as `decodeAvcSps`
 */
export const avcConfigFromParameterSets = (
  sps: readonly Uint8Array[],
  pps: readonly Uint8Array[],
  lengthSize = 4,
): AvcConfig => {
  const first = sps[0] ?? new Uint8Array(0)
  requireInteger(sps.length, 1, 31, 'sps.length')
  const facts = decodeAvcSps(first)
  const { profile, compatibility, level } = facts
  const config: AvcConfig = { version: 1, profile, compatibility, level, lengthSize, sps, pps }
  return PROFILES_WITHOUT_TAIL.includes(profile) ? config : { ...config, highProfile: highProfileOf(facts) }
}

const highProfileOf = ({ chromaFormat, bitDepthLuma, bitDepthChroma }: AvcSps): AvcHighProfile => ({
  chromaFormat,
  bitDepthLuma,
  bitDepthChroma,
  spsExtensions: [],
})

const hex2 = (value: number): string => value.toString(16).padStart(2, '0')

/** The codec string of RFC 6381 for browsers, `'avc1.64001f'`: profile, constraint flags and level in hex. */
export const avcCodecString = (config: {
  readonly profile: number
  readonly compatibility: number
  readonly level: number
}): string => `avc1.${hex2(config.profile)}${hex2(config.compatibility)}${hex2(config.level)}`
