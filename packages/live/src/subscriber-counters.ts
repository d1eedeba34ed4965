/** What has happened to a subscriber. */
export interface SubscriberCounters {
  /** Batches written. */
  readonly batches: number
  /** Video messages it did not get, because it had fallen behind or no key frame (of their track) had come yet. */
  readonly videoWithheld: number
  /** How often it went over the soft bound. */
  readonly throttles: number
  /** How often it got all again. */
  readonly recoveries: number
}
