import type { HlsAnswer, HlsRequest } from '@rtmp/hls'
import type { StreamPlace } from '@rtmp/message'

/** What is watched over HLS: a live stream, or a recording. */
export interface WatchedHls {
  /** How long a viewer may ask for nothing, in milliseconds, where that is longer than for others. */
  readonly idleMs?: number
  /** Whether this is what is to be seen at a path now. */
  isAt(place: StreamPlace): boolean
  /** Somebody watches. */
  join(): void
  /** ... and no more. */
  leave(): void
  /** May reject: what is watched cannot be read any more. */
  answer(request: HlsRequest): Promise<HlsAnswer>
}
