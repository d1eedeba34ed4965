import { CompleteRules } from './rules.ts'
import { type FlvFileOptions, metadataOfTag, readFlvFile } from './flv-file.ts'
import { TimeRebaser } from './rebase.ts'
import { type FlvTag, TagType } from './tag.ts'

/** The name under which onMetaData is kept. */
const METADATA = 'onMetaData'

/** Where to go on in a file after a seek. */
export interface FlvSeekPoint {
  /** Position of the key frame's tag: read on from there with `header: 'optional'`. */
  readonly position: number
  /** Milliseconds: the key frame's timestamp, as it stands in the file. */
  readonly timestamp: number
  /** onMetaData and the sequence headers in force there, to be handed to a decoder first. */
  readonly preamble: readonly FlvTag[]
}

/**
 * The last key frame at or before a time, or the first one; in a file without video, the first sound at or after it.
 * Found by walking the tags, so a wrong index does no harm. `undefined` in a file without frames.
 *
 * @param timestamp - Milliseconds, on the scale of the tags; where their time jumps or starts again, on a clock that goes
 *   on.
 * @throws DecodeError as `FlvReader.read`; UsageError `FLV_RULES` for a file with enhanced tags and no rules for them
 */
export const seekFlv = (
  bytes: Uint8Array,
  timestamp: number,
  options: FlvFileOptions = {},
): FlvSeekPoint | undefined => {
  const rules = new CompleteRules(options)
  const file = readFlvFile(bytes, options)
  const keyframes = new Set(file.facts.keyframes.filePositions)
  const clock = new TimeRebaser({ ...options, start: 'own' })
  let found: FlvTag | undefined
  for (const tag of file.tags) {
    rules.require(tag)
    const time = clock.map(tag).timestamp
    const isCandidate = file.facts.hasVideo
      ? keyframes.has(tag.offset)
      : tag.typeId === TagType.audio && !rules.isSequenceHeader(tag)
    if (isCandidate && (found === undefined || time <= timestamp)) found = tag
  }
  if (found === undefined) return undefined
  const current = new Map<string, FlvTag>()
  for (const tag of file.tags) {
    if (tag.offset >= found.offset) break
    const isHeader = rules.isSequenceHeader(tag)
    if (!isHeader && metadataOfTag(tag, options.amf) === undefined) continue
    const key = isHeader ? rules.headerKey(tag) : METADATA
    if (key === '') continue
    // The newest one stands where it came, behind what it may refer to.
    current.delete(key)
    current.set(key, tag)
  }
  return { position: found.offset, timestamp: found.timestamp, preamble: [...current.values()] }
}
