import { cutPath, streamPath } from '@rtmp/message'
import { type BatchRule, batchRule, type Latency } from './latency.ts'
import { type CacheLimits, DEFAULT_CACHE_LIMITS, type SubscriberBounds, subscriberLimits } from './limits.ts'
import { FormatTable } from './format-table.ts'
import { LiveStream } from './live-stream.ts'
import type { StreamTap } from './stream-tap.ts'
import { MemoryLedger } from './memory-ledger.ts'
import { LoadWidening } from './load-widening.ts'
import type { Subscriber } from './subscriber.ts'
import type { PublisherOwner } from './handles/publication.ts'
import type { Publication } from './publication.ts'
import type { EngineObserver, StreamContext, StreamOptions } from './stream-context.ts'
import { DEFAULT_STREAM_OPTIONS, DEFAULT_WIDEN_TO_MS } from './stream-defaults.ts'
import { type Timed, type TimerWheel, WheelTimer } from './timer-wheel.ts'

/** Options of a {@link StreamRegistry}. */
export interface StreamRegistryOptions extends Partial<Omit<StreamOptions, 'cache' | 'player'>> {
  /** Fields that are missing have their default. */
  readonly cache?: Partial<CacheLimits>
  /** What a player may have waiting; fields that are missing have their default. */
  readonly player?: SubscriberBounds
  /** Default `'balanced'`. */
  readonly latency?: Latency
  /** How far batches may be stretched while the process is short of time, in milliseconds; 0 never. Default 350. */
  readonly widenToMs?: number
  /** Where what streams hold is counted. Default a ledger of its own. */
  readonly memory?: MemoryLedger
}

/** Ends a subscription that has waited long enough for its stream. */
class WaitingSubscriber implements Timed {
  readonly #stream: LiveStream
  readonly #subscriber: Subscriber

  constructor(stream: LiveStream, subscriber: Subscriber) {
    this.#stream = stream
    this.#subscriber = subscriber
  }

  onTimer(now: number): void {
    this.#stream.stop(this.#subscriber, 'notFound', now)
  }
}

/**
 * All streams by path: who publishes, who plays, and who must wait or go. However a path is cut into app and name, it is one
 * stream.
 */
export class StreamRegistry implements StreamContext<LiveStream> {
  /** With every default filled in. */
  readonly options: StreamOptions
  /** When a batch leaves; made from `latency`. */
  readonly rule: BatchRule
  /** Lengthens batches while the process is short of time. */
  readonly load: LoadWidening
  /** The time of all its streams. */
  readonly wheel: TimerWheel
  /** Told of what happens to streams. */
  readonly observer: EngineObserver<LiveStream>
  /** Those of all subscribers, each once. */
  readonly formats: FormatTable = new FormatTable()
  /** Everything that the streams and their subscribers hold, in bytes; others may count in it what they hold. */
  readonly memory: MemoryLedger
  readonly #streams = new Map<string, LiveStream>()
  readonly #taps = new Map<string, readonly StreamTap[]>()

  /** @throws UsageError `LATENCY_INVALID` */
  constructor(
    wheel: TimerWheel,
    options: StreamRegistryOptions = {},
    observer: EngineObserver<LiveStream> = {},
  ) {
    const {
      latency = 'balanced',
      widenToMs = DEFAULT_WIDEN_TO_MS,
      memory,
      cache,
      player = {},
      ...rest
    } = options
    this.memory = memory ?? new MemoryLedger()
    this.options = {
      ...DEFAULT_STREAM_OPTIONS,
      ...rest,
      cache: { ...DEFAULT_CACHE_LIMITS, ...cache },
      player: subscriberLimits(player),
    }
    this.rule = batchRule(latency)
    this.load = new LoadWidening(widenToMs)
    this.wheel = wheel
    this.observer = observer
  }

  /** How many streams there are, those that subscribers wait for included. */
  get size(): number {
    return this.#streams.size
  }

  /** The streams, in the order in which they came into being. */
  streams(): IterableIterator<LiveStream> {
    return this.#streams.values()
  }

  /** The stream of that name, if somebody publishes, plays or waits for it. */
  find(app: string, name: string): LiveStream | undefined {
    return this.#streams.get(streamPath(app, name))
  }

  /** Takes a name for a publisher; `undefined` when somebody else has it and keeps it. */
  publish(app: string, name: string, owner: PublisherOwner, now: number): Publication | undefined {
    const known = this.find(app, name)
    if (known?.publication !== undefined) {
      if (!this.#mayReplace(known.publication, now)) return undefined
      known.replacePublisher(now)
    }
    return (known ?? this.#create(app, name, now)).begin(owner, now)
  }

  /**
   * Whether {@link subscribe} would find a stream, or let the subscriber wait for it.
   *
   * @param waitMs - How long it would wait; see {@link subscribe}.
   */
  maySubscribe(app: string, name: string, waitMs?: number): boolean {
    if (waitMs === undefined)
      return this.options.absentStream === 'wait' || this.find(app, name) !== undefined
    return waitMs > 0 || (this.find(app, name)?.state ?? 'waiting') !== 'waiting'
  }

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
  ): LiveStream | undefined {
    const known = this.find(app, name)
    if (!this.maySubscribe(app, name, waitMs)) return undefined
    const stream = known ?? this.#create(app, name, now)
    stream.join(subscriber, now)
    const waits = waitMs ?? this.options.waitMs
    if (stream.state === 'waiting' && waits > 0) {
      subscriber.waitTimer = new WheelTimer(new WaitingSubscriber(stream, subscriber))
      this.wheel.set(subscriber.waitTimer, now + waits)
    }
    return stream
  }

  /**
   * Listens to a stream inside the process, whoever publishes it and however often it begins and ends. Messages of the
   * stream as it stands (headers, data frames, the current group of pictures) come first.
   *
   * @returns what ends it
   */
  tap(app: string, name: string, tap: StreamTap, now: number): () => void {
    const key = streamPath(app, name)
    const stream = this.#streams.get(key)
    if (stream !== undefined) {
      for (const message of [...stream.cache.headers, ...stream.cache.gop]) tap.message(message, now)
    }
    this.#setTaps(key, [...(this.#taps.get(key) ?? []), tap])
    return () => this.#setTaps(key, this.#taps.get(key)?.filter((other) => other !== tap) ?? [])
  }

  #setTaps(key: string, taps: readonly StreamTap[]): void {
    const left = taps.length === 0 ? undefined : taps
    if (left === undefined) this.#taps.delete(key)
    else this.#taps.set(key, left)
    const stream = this.#streams.get(key)
    if (stream !== undefined) stream.taps = left
  }

  /** Forgets a stream that is over. */
  streamEnded(stream: LiveStream): void {
    const key = stream.path
    if (this.#streams.get(key) === stream) this.#streams.delete(key)
  }

  #create(app: string, name: string, now: number): LiveStream {
    const stream = new LiveStream(this, cutPath(streamPath(app, name)), now)
    stream.taps = this.#taps.get(stream.path)
    this.#streams.set(stream.path, stream)
    return stream
  }

  #mayReplace(publication: Publication, now: number): boolean {
    const { secondPublisher, idlePublisherMs } = this.options
    if (secondPublisher === 'replace') return true
    return secondPublisher === 'replaceIfIdle' && now - publication.lastMediaAt >= idlePublisherMs
  }
}
