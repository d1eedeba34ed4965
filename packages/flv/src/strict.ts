import { flvError } from './errors.ts'
import type { FlvHeader } from './file-header.ts'
import { TAG_HEADER_SIZE } from './tag.ts'
import { u24At, u32At } from './tag-header.ts'

/**
 * Demands of a file header what the specification does.
 *
 * @param position - Where it stands in the file.
 * @throws DecodeError `FLV_VERSION`, `FLV_RESERVED_BITS`
 */
export const demandStrictHeader = (header: FlvHeader, position: number): void => {
  if (header.version !== 1) {
    throw flvError('FLV_VERSION', `version ${header.version} is not 1`, position + 3)
  }
  if (header.reservedFlags !== 0) {
    throw flvError('FLV_RESERVED_BITS', 'reserved header flags are set', position + 4)
  }
}

/** Why a tag that cannot be one is refused. @throws DecodeError `FLV_TAG_TOO_LONG`, `FLV_TAG_IMPLAUSIBLE` */
export const refuseTag = (dataSize: number, maxTagSize: number, position: number): never => {
  if (dataSize > maxTagSize) {
    throw flvError('FLV_TAG_TOO_LONG', `${dataSize} bytes in a tag, ${maxTagSize} allowed`, position + 1)
  }
  throw flvError('FLV_TAG_IMPLAUSIBLE', 'no tag can start here', position)
}

/**
 * Demands everything of a complete tag that the specification does.
 *
 * @param at - Where the tag stands in `bytes`; `position` is where it stands in the file.
 * @param isFirst - Whether PreviousTagSize0 is before it.
 * @throws DecodeError `FLV_PREVIOUS_TAG_SIZE`, `FLV_RESERVED_BITS`, `FLV_STREAM_ID`
 */
export const demandStrictTag = (bytes: Uint8Array, at: number, position: number, isFirst: boolean): void => {
  if (isFirst && u32At(bytes, at - 4) !== 0) {
    throw flvError('FLV_PREVIOUS_TAG_SIZE', 'PreviousTagSize0 is not 0', position - 4)
  }
  if (((bytes[at] as number) & 0xc0) !== 0) {
    throw flvError('FLV_RESERVED_BITS', 'reserved bits of a tag type are set', position)
  }
  if (u24At(bytes, at + 8) !== 0) throw flvError('FLV_STREAM_ID', 'StreamID is not 0', position + 8)
  const size = TAG_HEADER_SIZE + u24At(bytes, at + 1)
  const backPointer = u32At(bytes, at + size)
  if (backPointer !== size) {
    const message = `PreviousTagSize ${backPointer} behind a tag of ${size} bytes`
    throw flvError('FLV_PREVIOUS_TAG_SIZE', message, position + size)
  }
}
