import { type BatchRule, batchRule, type Latency } from './latency.ts'
import { DEFAULT_CACHE_LIMITS, DEFAULT_PLAYER_LIMITS } from './limits.ts'
import { LiveStream, type StreamTap } from './live-stream.ts'
import { LoadWidening } from './load-widening.ts'
import type { Player } from './player.ts'
import type { Publication, PublisherOwner } from './publication.ts'
import type { RelayContext, RelayObserver, RelayOptions } from './relay-context.ts'
import { type Timed, type TimerWheel, WheelTimer } from './timer-wheel.ts'

/** Defaults of {@link RelayOptions}. */
export const DEFAULT_RELAY_OPTIONS: RelayOptions = {
  secondPublisher: 'refuse',
  idlePublisherMs: 5000,
  graceMs: 10_000,
  absentStream: 'wait',
  waitMs: 60_000,
  cache: DEFAULT_CACHE_LIMITS,
  player: DEFAULT_PLAYER_LIMITS,
}

/** The bound of {@link LoadWidening} unless another is given, in milliseconds. */
export const DEFAULT_WIDEN_TO_MS = 350

/** Options of a {@link StreamRegistry}. */
export interface StreamRegistryOptions extends Partial<RelayOptions> {
  /** Default `'balanced'`. */
  readonly latency?: Latency
  /** How far batches may be stretched while the process is short of time, in milliseconds; 0 never. Default 350. */
  readonly widenToMs?: number
}

/** Ends a play that has waited long enough for its stream. */
class WaitingPlay implements Timed {
  readonly #stream: LiveStream
  readonly #player: Player

  constructor(stream: LiveStream, player: Player) {
    this.#stream = stream
    this.#player = player
  }

  onTimer(now: number): void {
    this.#stream.stop(this.#player, 'notFound', now)
  }
}

/** All streams by app and name: who publishes, who plays, and who must wait or go. */
export class StreamRegistry implements RelayContext {
  readonly options: RelayOptions
  readonly rule: BatchRule
  readonly load: LoadWidening
  readonly wheel: TimerWheel
  readonly observer: RelayObserver
  readonly #streams = new Map<string, LiveStream>()
  readonly #taps = new Map<string, readonly StreamTap[]>()

  /** @throws UsageError `LATENCY_INVALID` */
  constructor(wheel: TimerWheel, options: StreamRegistryOptions = {}, observer: RelayObserver = {}) {
    const { latency = 'balanced', widenToMs = DEFAULT_WIDEN_TO_MS, ...rest } = options
    this.options = { ...DEFAULT_RELAY_OPTIONS, ...rest }
    this.rule = batchRule(latency)
    this.load = new LoadWidening(widenToMs)
    this.wheel = wheel
    this.observer = observer
  }

  /** How many streams there are, those that players wait for included. */
  get size(): number {
    return this.#streams.size
  }

  /** The streams, in the order in which they came into being. */
  streams(): IterableIterator<LiveStream> {
    return this.#streams.values()
  }

  /** The stream of that name, if somebody publishes, plays or waits for it. */
  find(app: string, name: string): LiveStream | undefined {
    return this.#streams.get(keyOf(app, name))
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

  /** Whether {@link play} would find a stream, or let the player wait for it. */
  mayPlay(app: string, name: string): boolean {
    return this.options.absentStream === 'wait' || this.find(app, name) !== undefined
  }

  /** Joins a player to a stream; `undefined` when the stream is not there and players do not wait. */
  play(app: string, name: string, player: Player, now: number): LiveStream | undefined {
    const known = this.find(app, name)
    if (!this.mayPlay(app, name)) return undefined
    const stream = known ?? this.#create(app, name, now)
    stream.join(player, now)
    if (stream.state === 'waiting' && this.options.waitMs > 0) {
      player.waitTimer = new WheelTimer(new WaitingPlay(stream, player))
      this.wheel.set(player.waitTimer, now + this.options.waitMs)
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
    const key = keyOf(app, name)
    const stream = this.#streams.get(key)
    if (stream !== undefined) {
      for (const message of [...stream.cache.headers, ...stream.cache.gop]) tap(message, now)
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

  /** @internal */
  streamEnded(stream: LiveStream): void {
    const key = keyOf(stream.app, stream.name)
    if (this.#streams.get(key) === stream) this.#streams.delete(key)
  }

  #create(app: string, name: string, now: number): LiveStream {
    const stream = new LiveStream(this, app, name, now)
    stream.taps = this.#taps.get(keyOf(app, name))
    this.#streams.set(keyOf(app, name), stream)
    return stream
  }

  #mayReplace(publication: Publication, now: number): boolean {
    const { secondPublisher, idlePublisherMs } = this.options
    if (secondPublisher === 'replace') return true
    return secondPublisher === 'replaceIfIdle' && now - publication.lastMediaAt >= idlePublisherMs
  }
}

/** App and name with something between them that stands in neither. */
const keyOf = (app: string, name: string): string => `${app}\n${name}`
