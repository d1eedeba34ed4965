import type { MediaMessage } from '@rtmp/e-rtmp'

/** The GOP cache: what late joiners are given of a stream. */
export interface LateJoinCache {
  /** Payload bytes held in all. */
  readonly bytes: number
  /** Messages of the current group of pictures. They may be kept: what has been given out is never used again. */
  readonly gop: readonly MediaMessage[]
  /** The same, for reading at once: of what this gives nothing may be kept, not even payloads. */
  readonly group: readonly MediaMessage[]
  /** Payload bytes of the current group of pictures. */
  readonly groupBytes: number
  /** How often the group's bounds took something out of it. */
  readonly overflows: number
  /** Headers and data frames that were not kept: because of their bounds, or broken in the place of a good one. */
  readonly refused: number
  /** Data frames and headers in force, in the order in which they are replayed. They have memory of their own. */
  readonly headers: readonly MediaMessage[]
}
