import { BitReader, BitWriter, ByteReader, concat } from '@rtmp/bytes'
import { ERTMP_PHASE, recordError, requireInteger } from '../errors.ts'
import { FLAG, type Layout, readFields, writeFields } from '../layout.ts'
import {
  type CodecFacts,
  type EntryPoint,
  type FactsReader,
  frameRateFact,
  sizeFacts,
  type VideoCodec,
} from './codec.ts'
import { ObuType, obuAt } from './obu.ts'

/** What can be wrong with a record or a sequence header of AV1. */
export type Av1ErrorCode =
  /** No record of AV1. */
  | 'AV1_CONFIG'
  /** An OBU with an impossible size. */
  | 'AV1_SEQUENCE_HEADER'

/** AV1. */
export const av1: VideoCodec<'av1', 'av01'> = {
  name: 'av1',
  title: 'AV1',
  fourCc: 'av01',
  legacyId: undefined,
  hasCompositionTimeOffset: false,
  hasTsDescriptor: true,
  entryPoint: (bytes, start, end) => judgeObus(bytes, start, end),
}

/** AV1CodecConfigurationRecord (AV1-ISOBMFF §2.3.3), the body of SequenceStart for av01. */
export interface Av1Config {
  /** 0 Main, 1 High, 2 Professional. */
  readonly profile: number
  /** seq_level_idx_0, 0 to 31: 4 × (major − 2) + minor, so 4 is level 3.0. */
  readonly levelIndex: number
  /** seq_tier_0: the High tier has higher bitrates; it exists from level 4.0 on. */
  readonly highTier: boolean
  /** 8, 10 or 12. */
  readonly bitDepth: number
  /** mono_chrome: there is no colour, and the subsampling says nothing. */
  readonly monochrome: boolean
  /** 0 or 1; with `chromaSubsamplingY` 1 and 1 are 4:2:0, 1 and 0 4:2:2, 0 and 0 4:4:4. */
  readonly chromaSubsamplingX: number
  /** 0 or 1; see `chromaSubsamplingX`. */
  readonly chromaSubsamplingY: number
  /** 0 unknown, 1 vertical, 2 colocated. */
  readonly chromaSamplePosition: number
  /** Frames, 1 to 16, or `undefined` when not said. */
  readonly initialPresentationDelay: number | undefined
  /** OBUs with their sizes; out of the decoder a view of the record. */
  readonly configObus: Uint8Array
}

/** First byte of a record: marker 1, version 1. */
const AV1_MARKER = 0x81

const LAYOUT: Layout<Omit<Av1Config, 'configObus' | 'initialPresentationDelay'>> = [
  [AV1_MARKER, 8],
  ['profile', 3],
  ['levelIndex', 5],
  ['highTier', 1, FLAG],
  // high_bitdepth and twelve_bit
  ['bitDepth', 2, [8, 8, 10, 12]],
  ['monochrome', 1, FLAG],
  ['chromaSubsamplingX', 1],
  ['chromaSubsamplingY', 1],
  ['chromaSamplePosition', 2],
  [0, 3],
  // presentation delay present 1, delay − 1 4; behind it the OBUs
]

const HEAD_SIZE = 4

/**
 * An AV1CodecConfigurationRecord.
 *
 * @throws DecodeError `TRUNCATED`, `AV1_CONFIG` when the first byte is not 0x81
 */
export const decodeAv1Config = (record: Uint8Array): Av1Config => {
  const bits = new BitReader(record, ERTMP_PHASE)
  const head = readFields(bits, LAYOUT)
  if (record[0] !== AV1_MARKER) throw recordError<Av1ErrorCode>('AV1_CONFIG', 'a record begins with 0x81', 0)
  const present = bits.flag()
  const delay = bits.u(4) + 1
  return {
    ...head,
    initialPresentationDelay: present ? delay : undefined,
    configObus: record.subarray(HEAD_SIZE),
  }
}

/** An AV1CodecConfigurationRecord as bytes. @throws UsageError `ERTMP_FIELD_RANGE` */
export const encodeAv1Config = (config: Av1Config): Uint8Array<ArrayBuffer> => {
  const delay = config.initialPresentationDelay
  requireInteger(delay ?? 1, 1, 16, 'initialPresentationDelay')
  const bits = new BitWriter()
  writeFields(bits, LAYOUT, config)
  bits.flag(delay !== undefined)
  bits.u((delay ?? 1) - 1, 4)
  return concat([bits.finish(), config.configObus])
}

/** What a sequence header OBU of AV1 says about the picture. */
export interface Av1SequenceHeader {
  /** seq_profile: 0 Main, 1 High, 2 Professional. */
  readonly profile: number
  /** seq_level_idx of the first operating point, as in {@link Av1Config}. */
  readonly levelIndex: number
  /** seq_tier of the first operating point; false below level 4.0, where there is none. */
  readonly highTier: boolean
  /** Largest width of a frame in pixels. */
  readonly width: number
  /** Largest height of a frame in pixels. */
  readonly height: number
  /** Frames per second, if the timing is there and constant. */
  readonly frameRate: number | undefined
}

const leb128 = (reader: ByteReader): number => {
  let value = 0
  for (let i = 0; i < 8; i++) {
    const byte = reader.u8()
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return value
  }
  throw recordError<Av1ErrorCode>(
    'AV1_SEQUENCE_HEADER',
    'an OBU size of more than eight bytes',
    reader.position,
  )
}

/**
 * The sequence header among OBUs in low-overhead format: those of a configuration record, or of a frame, which often
 * repeats it. `undefined` when there is none.
 *
 * @throws DecodeError `TRUNCATED`, `EXP_GOLOMB_TOO_LONG`, `AV1_SEQUENCE_HEADER`
 */
export const decodeAv1SequenceHeader = (obus: Uint8Array): Av1SequenceHeader | undefined => {
  const reader = new ByteReader(obus, ERTMP_PHASE)
  while (reader.remaining > 0) {
    const header = reader.u8()
    if ((header & 4) !== 0) reader.skip(1)
    const size = (header & 2) === 0 ? reader.remaining : leb128(reader)
    reader.require(size)
    if (((header >> 3) & 15) === ObuType.sequenceHeader) return readSequenceHeader(reader.view(size))
    reader.skip(size)
  }
  return undefined
}

/** AV1 specification §5.5.1, up to the size of the frames. */
const readSequenceHeader = (payload: Uint8Array): Av1SequenceHeader => {
  const bits = new BitReader(payload, ERTMP_PHASE)
  const profile = bits.u(3)
  bits.skip(1)
  let frameRate: number | undefined
  let levelIndex = 0
  let highTier = false
  if (bits.flag()) {
    levelIndex = bits.u(5)
  } else {
    let delayBits = 0
    if (bits.flag()) {
      const unitsInTick = bits.u(32)
      const timeScale = bits.u(32)
      const ticksPerPicture = bits.flag() ? bits.ue() + 1 : 0
      if (unitsInTick > 0 && timeScale > 0 && ticksPerPicture > 0) {
        frameRate = timeScale / unitsInTick / ticksPerPicture
      }
      if (bits.flag()) {
        delayBits = bits.u(5) + 1
        bits.skip(32 + 5 + 5)
      }
    }
    const delayPresent = bits.flag()
    const points = bits.u(5)
    for (let point = 0; point <= points; point++) {
      bits.skip(12)
      const level = bits.u(5)
      const tier = level > 7 && bits.flag()
      if (point === 0) {
        levelIndex = level
        highTier = tier
      }
      if (delayBits > 0 && bits.flag()) bits.skip(delayBits * 2 + 1)
      if (delayPresent && bits.flag()) bits.skip(4)
    }
  }
  const widthBits = bits.u(4) + 1
  const heightBits = bits.u(4) + 1
  const width = bits.u(widthBits) + 1
  const height = bits.u(heightBits) + 1
  return { profile, levelIndex, highTier, width, height, frameRate }
}

/** Codec string of RFC 6381 (AV1-ISOBMFF §5): `'av01.0.04M.08'`. */
export const av1CodecString = (config: Av1Config): string => {
  const level = String(config.levelIndex).padStart(2, '0')
  const depth = String(config.bitDepth).padStart(2, '0')
  return `av01.${config.profile}.${level}${config.highTier ? 'H' : 'M'}.${depth}`
}

/** OBUs looked at until a frame is found. */
const MAX_OBUS = 64

/**
 * The first frame of a temporal unit (AV1 specification §5.3, §5.9.2): a key frame has show_existing_frame 0 and
 * frame_type 0 in its first three bits. A sequence header counts when no frame can be seen behind it.
 */
const judgeObus = (bytes: Uint8Array, start: number, end: number): EntryPoint => {
  let found: EntryPoint = 'none'
  let at = start
  for (let obus = 0; obus < MAX_OBUS && at < end; obus++) {
    const obu = obuAt(bytes, at, end)
    if (obu.type === ObuType.frame || obu.type === ObuType.frameHeader) {
      return obu.start < end && (bytes[obu.start] as number) >> 5 === 0 ? 'key' : 'none'
    }
    if (obu.type === ObuType.sequenceHeader) found = 'key'
    at = obu.end
  }
  return found
}

const readRecord = (record: Uint8Array): CodecFacts | undefined => {
  // Some senders put OBUs where the record belongs.
  if (record[0] !== AV1_MARKER) return sizeFacts('av1', decodeAv1SequenceHeader(record))
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
    ...frameRateFact(header?.frameRate),
  }
}

/** Facts of AV1: its record, or the sequence header of a key frame. */
export const av1Facts: FactsReader = {
  record: readRecord,
  // AV1 video descriptor: tag 0x80, length 4, and the first four bytes of a record.
  descriptor: (descriptor) => readRecord(descriptor.subarray(2)),
  frame: ({ keyFrame, payload }) => sizeFacts('av1', keyFrame ? decodeAv1SequenceHeader(payload) : undefined),
}
