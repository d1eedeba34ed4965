import { ByteReader, ByteWriter } from '@rtmp/bytes'
import { ERTMP_PHASE, ertmpError, requireInteger } from './errors.ts'

/**
 * STREAMINFO of FLAC (RFC 9639 §8.2), the body of SequenceStart for fLaC.
 *
 *   u16 smallest and u16 largest block · u24 smallest and u24 largest frame
 *   sample rate 20 bits, channels − 1 3, bits per sample − 1 5, samples in all 36 · MD5 of the sound, 16 bytes
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

const STREAM_INFO_SIZE = 34
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
      throw ertmpError('FLAC_STREAM_INFO', 'the first metadata block is not STREAMINFO', start)
    }
  }
  reader.require(STREAM_INFO_SIZE)
  const minBlockSize = reader.u16()
  const maxBlockSize = reader.u16()
  const minFrameSize = reader.u24()
  const maxFrameSize = reader.u24()
  const high = reader.u32()
  const low = reader.u32()
  return {
    minBlockSize,
    maxBlockSize,
    minFrameSize,
    maxFrameSize,
    sampleRate: high >>> 12,
    channels: ((high >>> 9) & 7) + 1,
    bitsPerSample: ((high >>> 4) & 31) + 1,
    totalSamples: (high & 15) * 2 ** 32 + low,
    md5: reader.view(16),
  }
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
  requireInteger(info.minBlockSize, 0, 0xffff, 'minBlockSize')
  requireInteger(info.maxBlockSize, 0, 0xffff, 'maxBlockSize')
  requireInteger(info.minFrameSize, 0, 0xffffff, 'minFrameSize')
  requireInteger(info.maxFrameSize, 0, 0xffffff, 'maxFrameSize')
  requireInteger(info.sampleRate, 0, 0xfffff, 'sampleRate')
  requireInteger(info.channels, 1, 8, 'channels')
  requireInteger(info.bitsPerSample, 1, 32, 'bitsPerSample')
  requireInteger(info.totalSamples, 0, 2 ** 36 - 1, 'totalSamples')
  requireInteger(info.md5.length, 16, 16, 'md5.length')
  const writer = new ByteWriter(42)
  if (form === 'stream') {
    writer.u32(MARKER)
    writer.u32(BLOCK_HEADER)
  }
  writer.u16(info.minBlockSize)
  writer.u16(info.maxBlockSize)
  writer.u24(info.minFrameSize)
  writer.u24(info.maxFrameSize)
  writer.u32(
    (info.sampleRate << 12) |
      ((info.channels - 1) << 9) |
      ((info.bitsPerSample - 1) << 4) |
      Math.floor(info.totalSamples / 2 ** 32),
  )
  writer.u32(info.totalSamples % 2 ** 32)
  writer.bytes(info.md5)
  return writer.finish()
}
