/** One stream that is fetched from another server, or sent to one. */
export interface RelayInfo {
  /** Whether the stream is fetched from there or sent there. */
  readonly kind: 'pull' | 'push'
  /** Its app here. */
  readonly app: string
  /** Its name here. */
  readonly streamName: string
  /** The other server and the app there: no name, no user, no password. */
  readonly url: string
  /** The rule that it goes by: counts up from 1 in each server; rules that are added in a cluster have numbers of their own. */
  readonly rule: number
}

/** One relay at one moment. Plain values; times in milliseconds, sizes in bytes. */
export interface RelayStats extends RelayInfo {
  /**
   * - `'connecting'`: nothing has come through yet.
   * - `'running'`: media goes through.
   * - `'lost'`: it did, or was refused; it is tried again.
   */
  readonly state: 'connecting' | 'running' | 'lost'
  /** Since it was begun; attempts in between included. */
  readonly ageMs: number
  /** Payload bytes that have come through, over the present attempt and its reconnects. */
  readonly bytes: number
  /** Audio and video messages that were left out because the other server was too slow, or away. */
  readonly dropped: number
  /** How often it was lost or refused. */
  readonly losses: number
  /** Why, the last time. */
  readonly problem: string | undefined
}
