import { isDecodeError } from '@rtmp/bytes'
import { codecFacts } from './codec-facts.ts'
import type { MediaKind } from './codec-lookup.ts'
import { type MediaFrame, toMediaFrames } from './media-frame.ts'

/**
 * Whether a header may take the place of an older one with the same `headerKey` for those who join later. Any may, but one
 * that cannot be read where the older one, of the same codec, can: encoders send such records when they are
 * reconfigured or run out of memory, and a decoder that begins with one shows nothing.
 */
export const mayReplaceHeader = (kind: MediaKind, older: Uint8Array, newer: Uint8Array): boolean => {
  const next = recordsOf(kind, newer)
  if (next !== undefined && next.every(isIntact)) return true
  const before = recordsOf(kind, older)
  if (before === undefined || !before.every(isIntact)) return true
  const codecs = before.map(({ codec }) => codec)
  return next !== undefined && !next.every(({ codec }) => codecs.includes(codec))
}

/** The configuration records of a message; `undefined` when it cannot be read. */
const recordsOf = (kind: MediaKind, payload: Uint8Array): MediaFrame[] | undefined => {
  try {
    return toMediaFrames(kind, 0, payload).filter(({ type }) => type === 'sequenceHeader')
  } catch (error) {
    if (isDecodeError(error)) return undefined
    throw error
  }
}

const isIntact = (frame: MediaFrame): boolean => {
  try {
    codecFacts(frame)
    return true
  } catch (error) {
    if (isDecodeError(error)) return false
    throw error
  }
}
