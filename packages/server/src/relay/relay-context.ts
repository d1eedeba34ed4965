import type { BatchRule } from './latency.ts'
import type { CacheLimits, PlayerLimits } from './limits.ts'
import type { LiveStream } from './live-stream.ts'
import type { LoadWidening } from './load-widening.ts'
import type { TimerWheel } from './timer-wheel.ts'

/**
 * What happens to a second publisher of a name.
 *
 * - `'refuse'`: the first one keeps it.
 * - `'replace'`: the second one gets it, players stay.
 * - `'replaceIfIdle'`: as `'replace'` when the first one has sent no media for a while, else `'refuse'`.
 */
export type SecondPublisher = 'refuse' | 'replace' | 'replaceIfIdle'

/** What happens to a player of a stream that is not there: it waits for a publisher, or is refused. */
export type AbsentStream = 'wait' | 'reject'

/** How streams behave. Times in milliseconds. */
export interface RelayOptions {
  readonly secondPublisher: SecondPublisher
  /** Silence after which `'replaceIfIdle'` takes a publisher to be gone. */
  readonly idlePublisherMs: number
  /** How long players wait for a publisher that was lost; 0 ends the stream at once. */
  readonly graceMs: number
  readonly absentStream: AbsentStream
  /** How long a player waits for a stream to begin; 0 waits for ever. */
  readonly waitMs: number
  readonly cache: CacheLimits
  readonly player: PlayerLimits
}

/** What happens to streams, for logs and hooks. Called while the relay is at work: must not call back at once. */
export interface RelayObserver {
  /** Somebody publishes a name that nobody had before. */
  streamStarted?(stream: LiveStream, now: number): void
  /** The first player has come; whoever has the media may begin to bring it. */
  firstPlayer?(stream: LiveStream, now: number): void
  /** The last player has gone. */
  lastPlayer?(stream: LiveStream, now: number): void
  /** The publisher was lost; players wait for it. */
  publisherLost?(stream: LiveStream, graceMs: number, now: number): void
  /** The name was taken up again within the grace period. */
  publisherReturned?(stream: LiveStream, now: number): void
  /** The stream is over. Exactly once for each stream that somebody has published. */
  streamEnded?(stream: LiveStream, now: number): void
}

/** What a live stream needs around it. */
export interface RelayContext {
  readonly options: RelayOptions
  readonly rule: BatchRule
  readonly load: LoadWidening
  readonly wheel: TimerWheel
  readonly observer: RelayObserver
  /** The stream is over and must be forgotten. */
  streamEnded(stream: LiveStream): void
}
