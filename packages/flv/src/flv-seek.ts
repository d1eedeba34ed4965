import { isSequenceHeaderTag } from './facts.ts'
import { type FlvFileOptions, metadataOfTag, readFlvFile } from './flv-file.ts'
import { headerKey } from './header-key.ts'
import { type FlvTag, TagType } from './tag.ts'

/** Where to go on in a file after a seek. */
export interface FlvSeekPoint {
  /** Position of the key frame's tag: read on from there with `header: 'optional'`. */
  readonly position: number
  /** Milliseconds: the key frame's timestamp. */
  readonly timestamp: number
  /** onMetaData and the sequence headers in force there, to be handed to a decoder first. */
  readonly preamble: readonly FlvTag[]
}

/**
 * The last key frame at or before a time, or the first one; in a file without video, the first sound at or after it.
 * Found by walking the tags, so a wrong index does no harm. `undefined` in a file without frames.
 *
 * @param timestamp - Milliseconds, on the scale of the tags.
 * @throws DecodeError as `FlvReader.read`
 */
export const seekFlv = (
  bytes: Uint8Array,
  timestamp: number,
  options: FlvFileOptions = {},
): FlvSeekPoint | undefined => {
  const isSequenceHeader = options.isSequenceHeader ?? isSequenceHeaderTag
  const file = readFlvFile(bytes, options)
  const keyframes = new Set(file.facts.keyframes.filePositions)
  const candidates = file.tags.filter((tag) =>
    file.facts.hasVideo ? keyframes.has(tag.offset) : tag.typeId === TagType.audio && !isSequenceHeader(tag),
  )
  const found = candidates.filter((tag) => tag.timestamp <= timestamp).at(-1) ?? candidates[0]
  if (found === undefined) return undefined
  const current = new Map<string, FlvTag>()
  for (const tag of file.tags) {
    if (tag.offset >= found.offset) break
    if (!isSequenceHeader(tag) && metadataOfTag(tag, options.amf) === undefined) continue
    current.set(headerKey(tag), tag)
  }
  return { position: found.offset, timestamp: found.timestamp, preamble: [...current.values()] }
}
