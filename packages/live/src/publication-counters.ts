/** What a publisher has sent; counted in place, read on demand. */
export interface PublicationCounters {
  audioMessages: number
  videoMessages: number
  dataMessages: number
  keyFrames: number
  /** Payload bytes. */
  bytes: number
  /** Audio and video messages that a hook did not let through; they count above as well. */
  dropped: number
}
