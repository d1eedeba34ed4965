import type { StreamOptions } from '../stream-context.ts'
import { StreamRegistry as EngineRegistry, type StreamRegistryOptions } from '../stream-registry.ts'
import type { StreamTap } from '../stream-tap.ts'
import type { LiveStream } from './live-stream.ts'
import type { Publication, PublisherOwner } from './publication.ts'
import type { StreamObserver } from './stream-observer.ts'
import type { Subscriber } from './subscriber.ts'
import type { TimerWheel } from './timer-wheel.ts'

/**
 * All streams by path: who publishes, who plays, and who must wait or go. However a path is cut into app and name, it is one
 * stream.
 */
export interface StreamRegistry {
  /** With every default filled in. */
  readonly options: StreamOptions
  /** How many streams there are, those that subscribers wait for included. */
  readonly size: number
  /** The streams, in the order in which they came into being. */
  streams(): IterableIterator<LiveStream>
  /** The stream of that name, if somebody publishes, plays or waits for it. */
  find(app: string, name: string): LiveStream | undefined
  /** Takes a name for a publisher; `undefined` when somebody else has it and keeps it. */
  publish(app: string, name: string, owner: PublisherOwner, now: number): Publication | undefined
  /** Whether {@link subscribe} would find a stream, or let the subscriber wait for it. */
  maySubscribe(app: string, name: string, waitMs?: number): boolean
  /**
   * Joins a subscriber to a stream; `undefined` when the stream is not there and the subscriber does not wait.
   *
   * @param waitMs - How long it waits, in milliseconds, 0 not at all. By default as `absentStream` and `waitMs` of the options say.
   */
  subscribe(
    app: string,
    name: string,
    subscriber: Subscriber,
    now: number,
    waitMs?: number,
  ): LiveStream | undefined
  /**
   * Listens to a stream inside the process, whoever publishes it and however often it begins and ends. Messages of the
   * stream as it stands (headers, data frames, the current group of pictures) come first.
   *
   * @returns what ends it
   */
  tap(app: string, name: string, tap: StreamTap, now: number): () => void
}

/**
 * Makes a registry on a wheel's time.
 *
 * @throws UsageError `LATENCY_INVALID`
 */
export const StreamRegistry: new (
  wheel: TimerWheel,
  options?: StreamRegistryOptions,
  observer?: StreamObserver,
) => StreamRegistry = EngineRegistry as unknown as new (
  wheel: TimerWheel,
  options?: StreamRegistryOptions,
  observer?: StreamObserver,
) => EngineRegistry
