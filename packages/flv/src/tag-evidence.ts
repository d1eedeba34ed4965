import { isFlvSignature } from './file-header.ts'
import { TAG_HEADER_SIZE, TAG_OVERHEAD } from './tag.ts'
import { isPlausibleTagHeader, isUsualBackPointer, u24At, u32At } from './tag-header.ts'

/** Yes, no, or the position that the bytes must reach to before it can be told. */
export type Evidence = boolean | number

/** Bytes under examination. */
export interface Exhibit {
  readonly bytes: Uint8Array
  /** Behind the last byte that is there. */
  readonly end: number
  /** Whether no more will come. */
  readonly isFinal: boolean
}

/**
 * Whether a tag that can be believed stands at a position, or the file ends there.
 *
 * @param maxSize - DataSizes above it are not believed.
 * @param pointersBad - Whether back pointers are wrong in this file anyway: then the header alone must do.
 */
export const isFollowed = (
  { bytes, end, isFinal }: Exhibit,
  at: number,
  maxSize: number,
  pointersBad: boolean,
): Evidence => {
  if (end < at + TAG_HEADER_SIZE && !isFinal) return at + TAG_HEADER_SIZE
  if (at === end || (end - at >= 4 && isFlvSignature(bytes, at))) return true
  if (end - at < TAG_HEADER_SIZE || !isPlausibleTagHeader(bytes, at)) return false
  if (pointersBad) return true
  // The first wrong back pointer: the tag behind has to have a good one, or to be followed by a tag as well.
  const dataSize = u24At(bytes, at + 1)
  const next = at + TAG_OVERHEAD + dataSize
  if (dataSize > maxSize) return false
  if (end < next) return isFinal ? false : next
  if (isUsualBackPointer(u32At(bytes, next - 4), dataSize)) return true
  if (end < next + TAG_HEADER_SIZE) return isFinal ? next === end : next + TAG_HEADER_SIZE
  return isPlausibleTagHeader(bytes, next)
}

/**
 * Whether a good tag stands at a position: it and the one behind it have back pointers that agree with their sizes, or
 * a file header or the end of the file follows, or the back pointer before it leads to the damaged tag.
 *
 * @param damagedAt - Where the damaged tag starts.
 * @param maxSize - DataSizes above it are not believed.
 */
export const isConfirmed = (
  { bytes, end, isFinal }: Exhibit,
  at: number,
  damagedAt: number,
  maxSize: number,
): Evidence => {
  let next = at
  for (let tags = 0; tags < 2; tags++) {
    const dataSize = end - next >= TAG_HEADER_SIZE ? u24At(bytes, next + 1) : 0
    if (dataSize > maxSize) return false
    const behind = next + TAG_OVERHEAD + dataSize
    if (behind > end) {
      if (!isFinal) return behind
      return tags > 0 // cut off behind a good one
    }
    if (tags > 0 && isFlvSignature(bytes, next)) return true
    if (!isPlausibleTagHeader(bytes, next)) return false
    if (!isUsualBackPointer(u32At(bytes, behind - 4), dataSize)) return false
    if (u32At(bytes, at - 4) === at - 4 - damagedAt) return true
    next = behind
  }
  return true
}
