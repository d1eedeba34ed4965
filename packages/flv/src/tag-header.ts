import { MAX_TAG_DATA_SIZE, TAG_HEADER_SIZE, TagType } from './tag.ts'

// Looking at tag headers inside a larger array. Positions are the caller's to check: bytes behind the array read as 0.

/** Three bytes, big-endian. */
export const u24At = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)

/** Four bytes, big-endian, unsigned. */
export const u32At = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] as number) << 24) | u24At(bytes, at + 1)) >>> 0

/** Whether a type is one that FLV defines. */
export const isKnownType = (typeId: number): boolean =>
  typeId === TagType.audio ||
  typeId === TagType.video ||
  typeId === TagType.script ||
  typeId === TagType.scriptAmf3

/** Whether what stands at a position looks like a tag header: known type, reserved bits and StreamID zero. */
export const isPlausibleTagHeader = (bytes: Uint8Array, at: number): boolean =>
  isKnownType((bytes[at] as number) & 0xdf) && u24At(bytes, at + 8) === 0

/**
 * Whether a back pointer is one of those that writers put behind a tag of this size: 11 + n as specified, or n or
 * 10 + n as some old encoders did.
 */
export const isUsualBackPointer = (backPointer: number, dataSize: number): boolean =>
  backPointer === TAG_HEADER_SIZE + dataSize ||
  backPointer === dataSize ||
  backPointer === TAG_HEADER_SIZE - 1 + dataSize

/**
 * Whether a tag header that agrees with a back pointer lies inside a tag: the sign of a DataSize that is too large
 * and swallowed the tags behind.
 *
 * @param end - Position of the back pointer, behind the data of the outer tag.
 */
export const hidesTag = (bytes: Uint8Array, start: number, end: number, backPointer: number): boolean => {
  const inner = end - backPointer
  return (
    backPointer <= TAG_HEADER_SIZE + MAX_TAG_DATA_SIZE &&
    inner > start &&
    inner + TAG_HEADER_SIZE <= end &&
    isPlausibleTagHeader(bytes, inner) &&
    u24At(bytes, inner + 1) + TAG_HEADER_SIZE === backPointer
  )
}
