import type { SharedPieces } from './shared-pieces.ts'

/** Messages of a group, up to an index, that late joiners share the bytes of. */
export interface Segment {
  readonly end: number
  readonly pieces: SharedPieces
}

/** A segment is sealed at so many payload bytes or so many messages. */
export const SEGMENT_BYTES: number = 128 * 1024
export const SEGMENT_MESSAGES = 256
