import { BitReader, BitWriter, ByteReader, concat } from '@rtmp/bytes'
import { ERTMP_PHASE, recordError, requireInteger } from '../errors.ts'
import { type Layout, readFields, writeFields } from '../layout.ts'
import type { AudioCodec, CodecFacts, FactsReader } from './codec.ts'

/** What can be wrong: the first metadata block is not STREAMINFO. */
export type FlacErrorCode = 'FLAC_STREAM_INFO'

/** FLAC. */
export const flac: AudioCodec<'flac', 'fLaC'> = {
  name: 'flac',
  title: 'FLAC',
  fourCc: 'fLaC',
  legacyId: undefined,
}

/**
 * STREAMINFO of FLAC (RFC 9639 §8.2), the body of SequenceStart for fLaC.
 *
 * Three forms are on the wire: these 34 bytes (every sender seen), with a metadata block header in front (38), and that
 * with "fLaC" in front (42 or more; the specification's form).
 */
export interface FlacStreamInfo {
  /** Samples. */
  readonly minBlockSize: number
  /** Samples. */
  readonly maxBlockSize: number
  /** Bytes; 0 when not known. */
  readonly minFrameSize: number
  /** Bytes; 0 when not known. */
  readonly maxFrameSize: number
  /** Hz, 1 to 1,048,575. */
  readonly sampleRate: number
  /** 1 to 8. */
  readonly channels: number
  /** 4 to 32. */
  readonly bitsPerSample: number
  /** Of one channel; 0 when not known. */
  readonly totalSamples: number
  /** 16 bytes, zeros when not known; out of the decoder a view of the input. */
  readonly md5: Uint8Array
}

/** How STREAMINFO is written: bare (34 bytes), or with "fLaC" and a block header (42 bytes) as specified. */
export type FlacForm = 'streamInfo' | 'stream'

const LAYOUT: Layout<Omit<FlacStreamInfo, 'md5'>> = [
  ['minBlockSize', 16],
  ['maxBlockSize', 16],
  ['minFrameSize', 24],
  ['maxFrameSize', 24],
  ['sampleRate', 20],
  ['channels', 3, 1],
  ['bitsPerSample', 5, 1],
  ['totalSamples', 36],
  // MD5 of the sound, 16 bytes
]

const STREAM_INFO_SIZE = 34
const MD5_SIZE = 16
const MARKER = 0x664c6143
/** Last block, type 0, 34 bytes. */
const BLOCK_HEADER = 0x80000022

/**
 * STREAMINFO in any of its three forms.
 *
 * @throws DecodeError `TRUNCATED`, `FLAC_STREAM_INFO`
 */
export const decodeFlacStreamInfo = (bytes: Uint8Array): FlacStreamInfo => {
  const reader = new ByteReader(bytes, ERTMP_PHASE)
  reader.require(STREAM_INFO_SIZE)
  const start = bytes.length >= 42 && reader.u32() === MARKER ? 4 : 0
  reader.position = start
  if (start > 0 || bytes.length >= 38) {
    // Bit 7 says "last block", type 0 is STREAMINFO, and it always has 34 bytes.
    if ((reader.u32() & 0x7fffffff) !== STREAM_INFO_SIZE) {
      throw recordError<FlacErrorCode>(
        'FLAC_STREAM_INFO',
        'the first metadata block is not STREAMINFO',
        start,
      )
    }
  }
  reader.require(STREAM_INFO_SIZE)
  const bits = new BitReader(bytes, ERTMP_PHASE, reader.position)
  const head = readFields(bits, LAYOUT)
  reader.skip(STREAM_INFO_SIZE - MD5_SIZE)
  return { ...head, md5: reader.view(MD5_SIZE) }
}

/**
 * STREAMINFO as bytes.
 *
 * @param form - Default `'streamInfo'`, which FFmpeg and others write and read; `'stream'` is what E-RTMP v2 says.
 * @throws UsageError `ERTMP_FIELD_RANGE`
 */
export const encodeFlacStreamInfo = (
  info: FlacStreamInfo,
  form: FlacForm = 'streamInfo',
): Uint8Array<ArrayBuffer> => {
  requireInteger(info.md5.length, MD5_SIZE, MD5_SIZE, 'md5.length')
  const bits = new BitWriter()
  if (form === 'stream') {
    bits.u(MARKER, 32)
    bits.u(BLOCK_HEADER, 32)
  }
  writeFields(bits, LAYOUT, info)
  return concat([bits.finish(), info.md5])
}

const readRecord = (record: Uint8Array): CodecFacts => {
  const { sampleRate, channels, bitsPerSample } = decodeFlacStreamInfo(record)
  return { codec: 'flac', codecString: 'flac', sampleRate, channels, bitDepth: bitsPerSample }
}

/** Facts of FLAC. */
export const flacFacts: FactsReader = { record: readRecord }
