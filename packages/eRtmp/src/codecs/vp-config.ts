import { BitReader, BitWriter, ByteReader, concat } from '@rtmp/bytes'
import { ERTMP_PHASE, recordError, requireInteger } from '../errors.ts'
import { FLAG, type Layout, readFields, writeFields } from '../layout.ts'
import type { CodecFacts } from './codec.ts'

/** What can be wrong: a profile above 3. */
export type VpConfigErrorCode = 'VP_CONFIG'

/** What can be wrong with a frame of VP8 or VP9: no start code, frame marker or sync code. */
export type VpFrameErrorCode = 'VP_FRAME'

/** VPCodecConfigurationRecord (VP-ISOBMFF), the body of SequenceStart for vp08 and vp09. */
export interface VpConfig {
  /** 0 to 3. */
  readonly profile: number
  /** 10 × the level: 10 is level 1.0. 0 when not known. */
  readonly level: number
  /** 8, 10 or 12. */
  readonly bitDepth: number
  /** 0 4:2:0 vertical, 1 4:2:0 colocated, 2 4:2:2, 3 4:4:4. */
  readonly chromaSubsampling: number
  /** Whether the samples use all values (video_full_range_flag 1), and not those of studio video. */
  readonly fullRange: boolean
  /** By the tables of ITU-T H.273, as are the next two. */
  readonly colorPrimaries: number
  /** 0 to 255: 1 BT.709, 16 PQ, 18 HLG. */
  readonly transferCharacteristics: number
  /** 0 to 255: 0 RGB, 1 BT.709, 9 BT.2020 non-constant luminance. */
  readonly matrixCoefficients: number
  /** Empty for VP8 and VP9; out of the decoder a view of the record. */
  readonly initializationData: Uint8Array
}

/** Version 1 and flags 0 of the record's box: on the wire from every sender seen, though the text does not say so. */
const BOX_HEADER = [1, 0, 0, 0] as const

const LAYOUT: Layout<Omit<VpConfig, 'initializationData'>> = [
  ['profile', 8],
  ['level', 8],
  ['bitDepth', 4],
  ['chromaSubsampling', 3],
  ['fullRange', 1, FLAG],
  ['colorPrimaries', 8],
  ['transferCharacteristics', 8],
  ['matrixCoefficients', 8],
  // u16 size of the initialisation data, and these
]

const HEAD_SIZE = 6

/**
 * A VPCodecConfigurationRecord, with or without the version and flags of its box in front.
 *
 * @throws DecodeError `TRUNCATED`, `VP_CONFIG`
 */
export const decodeVpConfig = (record: Uint8Array): VpConfig => {
  const boxed = record.length >= 12 && BOX_HEADER.every((byte, i) => record[i] === byte)
  const start = boxed ? BOX_HEADER.length : 0
  const head = readFields(new BitReader(record, ERTMP_PHASE, start), LAYOUT)
  if (head.profile > 3) throw recordError<VpConfigErrorCode>('VP_CONFIG', `profile ${head.profile}`, start)
  const reader = new ByteReader(record, ERTMP_PHASE, start + HEAD_SIZE)
  return { ...head, initializationData: reader.view(reader.u16()) }
}

/** A VPCodecConfigurationRecord with version and flags in front: 12 bytes. @throws UsageError `ERTMP_FIELD_RANGE` */
export const encodeVpConfig = (config: VpConfig): Uint8Array<ArrayBuffer> => {
  const { profile, initializationData } = config
  requireInteger(profile, 0, 3, 'profile')
  requireInteger(initializationData.length, 0, 0xffff, 'initializationData.length')
  const bits = new BitWriter()
  for (const byte of BOX_HEADER) bits.u(byte, 8)
  writeFields(bits, LAYOUT, config)
  bits.u(initializationData.length, 16)
  return concat([bits.finish(), initializationData])
}

const two = (value: number): string => String(value).padStart(2, '0')

/** Codec string of VP-ISOBMFF: `'vp09.00.10.08'`, and the colour behind it when it is not that of BT.709 video. */
export const vpCodecString = (fourCc: 'vp08' | 'vp09', config: VpConfig): string => {
  const short = [fourCc, two(config.profile), two(config.level), two(config.bitDepth)]
  const { chromaSubsampling, colorPrimaries, transferCharacteristics, matrixCoefficients, fullRange } = config
  const color = [
    chromaSubsampling,
    colorPrimaries,
    transferCharacteristics,
    matrixCoefficients,
    fullRange ? 1 : 0,
  ]
  const usual = [1, 1, 1, 1, 0]
  return (color.every((value, i) => value === usual[i]) ? short : [...short, ...color.map(two)]).join('.')
}

/** Facts of the record of either codec. @throws DecodeError as {@link decodeVpConfig} */
export const vpFacts = (codec: 'vp8' | 'vp9', record: Uint8Array): CodecFacts => {
  const config = decodeVpConfig(record)
  return {
    codec,
    codecString: vpCodecString(codec === 'vp8' ? 'vp08' : 'vp09', config),
    profile: `Profile ${config.profile}`,
    ...(config.level === 0 ? {} : { level: `${Math.floor(config.level / 10)}.${config.level % 10}` }),
    bitDepth: config.bitDepth,
  }
}
