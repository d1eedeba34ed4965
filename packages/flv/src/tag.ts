import { requireInteger, usageError } from './errors.ts'

/**
 * FLV tag (FLV §E.4.1), big-endian.
 *
 *   offset  bytes  field
 *      0      1    bits 7–6 reserved 0 · bit 5 filter (encrypted) · bits 4–0 type
 *      1      3    DataSize: bytes of data, without this header
 *      4      3    timestamp in milliseconds, bits 23–0
 *      7      1    timestamp, bits 31–24
 *      8      3    StreamID, 0
 *     11      n    data: the payload of the RTMP message of the same type
 *   11+n      4    PreviousTagSize: 11 + n
 */
export const TAG_HEADER_SIZE = 11

/** Bytes of a tag that are not data: its header, and the PreviousTagSize behind it. */
export const TAG_OVERHEAD = 15

/** Longest data a tag can have: DataSize has 24 bits. */
export const MAX_TAG_DATA_SIZE = 0xffffff

/** Tag types, which are RTMP message types too (FLV §E.4.1; AMF3 script data: E-RTMP v2, "Enabling AMF3 in FLV"). */
export const TagType = { audio: 8, video: 9, scriptAmf3: 15, script: 18 } as const

/** What a reader noticed about a tag; bits of {@link FlvTag.notices}. */
export const FlvNotice = {
  /** A new file header stood before this tag (concatenated files): time starts again. */
  newHeader: 1,
  /** Bytes were skipped before this tag to find it again. */
  damageBefore: 2,
  /** The back pointer before or behind this tag is wrong. */
  previousTagSize: 4,
  /** DataSize was wrong and has been taken from the back pointer. */
  repairedSize: 8,
  /** The timestamp is lower than that of an earlier tag of the same type. */
  timeBackwards: 16,
  /** The timestamp is more than an hour ahead of the one before of the same type. */
  timeJump: 32,
  /** Bit 31 of the timestamp is set; FLV calls that negative. */
  negativeTime: 64,
  /** StreamID is not 0. */
  streamId: 128,
  /** The type is none of 8, 9, 15, 18. */
  unknownType: 256,
} as const

/** What is needed to write a tag. */
export interface FlvTagInit {
  /** {@link TagType}, or any other number from 0 to 31. */
  readonly typeId: number
  /** Milliseconds, uint32. */
  readonly timestamp: number
  /** Up to 16,777,215 bytes. Out of a reader a view, see there for how long it holds. */
  readonly payload: Uint8Array
  /** StreamID, 24 bits; default 0, as the specification asks. */
  readonly streamId?: number
  /** The filter bit: the payload has an encryption envelope (FLV §F). Default false. */
  readonly filtered?: boolean
}

/** A tag as read. */
export interface FlvTag extends FlvTagInit {
  /** 0 in legal files. */
  readonly streamId: number
  /** The payload has an encryption envelope (FLV §F), which is left in it. */
  readonly filtered: boolean
  /** Position of the tag's first byte in the file or stream. */
  readonly offset: number
  /** Bits of {@link FlvNotice}; 0 for a tag without fault. */
  readonly notices: number
}

/**
 * Writes the header of a tag, 11 bytes, at a position. No checks: for writers that hold valid values.
 *
 * @param dataSize - Bytes of payload.
 */
export const writeTagHeader = (
  target: Uint8Array,
  at: number,
  typeId: number,
  filtered: boolean,
  dataSize: number,
  timestamp: number,
  streamId: number,
): void => {
  target[at] = (typeId & 0x1f) | (filtered ? 0x20 : 0)
  target[at + 1] = dataSize >>> 16
  target[at + 2] = dataSize >>> 8
  target[at + 3] = dataSize
  target[at + 4] = timestamp >>> 16
  target[at + 5] = timestamp >>> 8
  target[at + 6] = timestamp
  target[at + 7] = timestamp >>> 24
  target[at + 8] = streamId >>> 16
  target[at + 9] = streamId >>> 8
  target[at + 10] = streamId
}

/** @throws UsageError `FLV_FIELD_RANGE` when a field of the tag does not fit. */
export const checkTag = (tag: FlvTagInit): void => {
  requireInteger(tag.typeId, 0, 31, 'typeId')
  requireInteger(tag.timestamp, 0, 0xffffffff, 'timestamp')
  requireInteger(tag.streamId ?? 0, 0, 0xffffff, 'streamId')
  if (tag.payload.length > MAX_TAG_DATA_SIZE) {
    throw usageError('FLV_FIELD_RANGE', `${tag.payload.length} bytes do not fit in a tag`, 'payload')
  }
}

/**
 * A whole tag with its PreviousTagSize behind it, in one array (a copy of the payload is in it).
 *
 * @throws UsageError `FLV_FIELD_RANGE`
 */
export const encodeFlvTag = (tag: FlvTagInit): Uint8Array<ArrayBuffer> => {
  checkTag(tag)
  const size = tag.payload.length
  const bytes = new Uint8Array(TAG_OVERHEAD + size)
  writeTagHeader(bytes, 0, tag.typeId, tag.filtered === true, size, tag.timestamp, tag.streamId ?? 0)
  bytes.set(tag.payload, TAG_HEADER_SIZE)
  writeBackPointer(bytes, TAG_HEADER_SIZE + size, TAG_HEADER_SIZE + size)
  return bytes
}

/** Writes a PreviousTagSize at a position. */
export const writeBackPointer = (target: Uint8Array, at: number, size: number): void => {
  target[at] = size >>> 24
  target[at + 1] = size >>> 16
  target[at + 2] = size >>> 8
  target[at + 3] = size
}
