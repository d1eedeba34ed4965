/** What a publisher has sent; counted in place, read on demand. */
export interface PublicationCounters {
  /** Sequence headers and what a hook dropped included. */
  audioMessages: number
  /** Sequence headers and what a hook dropped included. */
  videoMessages: number
  /** Those that only make it forgotten what was kept (`'clear'`) included. */
  dataMessages: number
  /** Video messages whose frame type says so; an intra refresh has none. */
  keyFrames: number
  /** Payload bytes. */
  bytes: number
  /** Audio and video messages that a hook did not let through; they count above as well. */
  dropped: number
}
