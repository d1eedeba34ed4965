/** Why a stream ends a subscription on its own account. */
export type SubscriberEndReason =
  /** The publisher ended the stream, or did not come back within the grace period. */
  | 'streamEnded'
  /** No publisher came within the time a subscriber may wait. */
  | 'notFound'
  /** A slow subscriber: it did not take what it was sent, up to the hard bound. Its connection is of no more use. */
  | 'stalled'
