import { ByteReader } from '@rtmp/bytes'
import { FLV_PHASE, flvError, requireInteger } from './errors.ts'

/**
 * FLV file header (FLV §E.2).
 *
 *   offset  bytes  field
 *      0      3    signature "FLV"
 *      3      1    version, 1
 *      4      1    flags: bit 2 audio present, bit 0 video present, the rest reserved and 0
 *      5      4    DataOffset: length of this header, 9 in version 1; readers skip to it
 *
 * Behind it comes PreviousTagSize0, four zero bytes, and then the first tag.
 */
export const FLV_HEADER_SIZE = 9

const AUDIO_FLAG = 4
const VIDEO_FLAG = 1

/** A file header. The flags are hints only: live writers set both although one kind may never come. */
export interface FlvHeader {
  /** 1 in every file known. */
  readonly version: number
  /** TypeFlagsAudio: a hint. */
  readonly hasAudio: boolean
  /** TypeFlagsVideo: a hint. */
  readonly hasVideo: boolean
  /** The six reserved flag bits where they stand (mask 0xfa); 0 in legal files. */
  readonly reservedFlags: number
  /** DataOffset: bytes from the signature to PreviousTagSize0. */
  readonly dataOffset: number
}

/** Whether `bytes` have the signature "FLV" at a position. */
export const isFlvSignature = (bytes: Uint8Array, at = 0): boolean =>
  bytes[at] === 0x46 && bytes[at + 1] === 0x4c && bytes[at + 2] === 0x56

/**
 * The file header at the start of `bytes` (FLV §E.2).
 *
 * @throws DecodeError `TRUNCATED` under nine bytes, `FLV_SIGNATURE`, `FLV_HEADER_LENGTH`
 */
export const decodeFlvHeader = (bytes: Uint8Array): FlvHeader => {
  const reader = new ByteReader(bytes, FLV_PHASE)
  reader.require(FLV_HEADER_SIZE)
  if (!isFlvSignature(bytes)) throw flvError('FLV_SIGNATURE', 'an FLV file begins with "FLV"', 0)
  reader.skip(3)
  const version = reader.u8()
  const flags = reader.u8()
  const dataOffset = reader.u32()
  if (dataOffset < FLV_HEADER_SIZE) {
    throw flvError('FLV_HEADER_LENGTH', `DataOffset ${dataOffset} lies inside the header`, 5)
  }
  return {
    version,
    hasAudio: (flags & AUDIO_FLAG) !== 0,
    hasVideo: (flags & VIDEO_FLAG) !== 0,
    reservedFlags: flags & ~(AUDIO_FLAG | VIDEO_FLAG),
    dataOffset,
  }
}

/**
 * A file header with PreviousTagSize0 behind it: what an FLV file or stream begins with (13 bytes).
 *
 * @param header - What to announce; both kinds when left out.
 * @throws UsageError `FLV_FIELD_RANGE`
 */
export const encodeFlvHeader = (header: Partial<FlvHeader> = {}): Uint8Array<ArrayBuffer> => {
  const { version = 1, hasAudio = true, hasVideo = true, reservedFlags = 0 } = header
  const dataOffset = header.dataOffset ?? FLV_HEADER_SIZE
  requireInteger(version, 0, 255, 'version')
  requireInteger(reservedFlags, 0, 255, 'reservedFlags')
  requireInteger(dataOffset, FLV_HEADER_SIZE, 0xffff, 'dataOffset')
  const bytes = new Uint8Array(dataOffset + 4)
  bytes.set([0x46, 0x4c, 0x56, version])
  bytes[4] = (hasAudio ? AUDIO_FLAG : 0) | (hasVideo ? VIDEO_FLAG : 0) | reservedFlags
  new DataView(bytes.buffer).setUint32(5, dataOffset)
  return bytes
}
