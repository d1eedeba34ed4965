/** Milliseconds and bytes of one stream, counted in place. */
export interface LiveStreamCounters {
  /** Batches closed. */
  batches: number
  /** Messages in them. */
  messages: number
  /** Subscribers that were stopped because they stalled. */
  stalled: number
  /** The most subscribers at once. */
  peakSubscribers: number
}
