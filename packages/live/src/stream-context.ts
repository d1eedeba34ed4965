import type { BatchRule } from './latency.ts'
import type { CacheLimits, SubscriberLimits } from './limits.ts'
import type { FormatTable } from './format-table.ts'
import type { StreamObserver } from './handles/stream-observer.ts'
import type { MemoryLedger } from './memory-ledger.ts'
import type { LoadWidening } from './load-widening.ts'
import type { TimerWheel } from './timer-wheel.ts'

/**
 * What happens to a second publisher of a name.
 *
 * - `'refuse'`: the first one keeps it.
 * - `'replace'`: the second one gets it, subscribers stay.
 * - `'replaceIfIdle'`: as `'replace'` when the first one has sent no media for a while, else `'refuse'`.
 */
export type SecondPublisher = 'refuse' | 'replace' | 'replaceIfIdle'

/** What happens to a subscriber of a stream that is not there: it waits for a publisher, or is refused. */
export type AbsentStream = 'wait' | 'reject'

/** How streams behave. Times in milliseconds. */
export interface StreamOptions {
  /** What happens when somebody publishes under a name that is taken. */
  readonly secondPublisher: SecondPublisher
  /** Silence after which `'replaceIfIdle'` takes a publisher to be gone. */
  readonly idlePublisherMs: number
  /** How long subscribers wait for a publisher that was lost; 0 ends the stream at once. */
  readonly graceMs: number
  /** What happens to who asks for a stream that is not there, unless they say themselves how long they wait. */
  readonly absentStream: AbsentStream
  /** How long a subscriber waits for a stream to begin; 0 waits for ever. */
  readonly waitMs: number
  /**
   * After so long without a key frame (or a recovery point) subscribers start with any frame; 0 never. For streams
   * with intra refresh that say nothing of it: the picture builds up while they watch.
   */
  readonly startWithoutKeyFrameMs: number
  /** Bounds of one stream, not of all together. */
  readonly cache: CacheLimits
  /** Bounds of subscribers that bring none of their own. */
  readonly player: SubscriberLimits
}

/** What happens to streams, and what they hold, for whoever keeps an account of it. */
export interface EngineObserver<Stream> extends StreamObserver {
  /**
   * What a stream holds has changed: when what has arrived together has been dealt with, when somebody has joined, and with its end, then
   * to 0. A publisher's messages count as soon as they come, in the ledger.
   *
   * @param bytes - See `LiveStream.memoryBytes`.
   */
  memoryChanged?(stream: Stream, bytes: number): void
}

/** What a live stream needs around it. */
export interface StreamContext<Stream> {
  /** With every default filled in. */
  readonly options: StreamOptions
  /** When a batch leaves; made from `latency`. */
  readonly rule: BatchRule
  /** Lengthens batches while the process is short of time. */
  readonly load: LoadWidening
  /** The time of all its streams. */
  readonly wheel: TimerWheel
  /** Told of what happens to streams. */
  readonly observer: EngineObserver<Stream>
  /** Where everything that streams and their subscribers hold is counted. */
  readonly memory: MemoryLedger
  /** The formats of all subscribers. */
  readonly formats: FormatTable
  /** The stream is over and must be forgotten. */
  streamEnded(stream: Stream): void
}
