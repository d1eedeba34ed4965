import { type TimerWheel, WheelTimer } from '@rtmp/live/engine'
import type { ServerTransport } from './transport.ts'

/**
 * How long a publisher that nobody watches is left alone after a read, in milliseconds. A read costs much the same
 * whatever it brings; all publishers are read in the same moments, so that the process wakes up for all at once.
 */
const UNWATCHED_READ_MS = 100

/** The same of one that has brought more than a large read: what waits for longer would not fit into the socket's buffer. */
const UNWATCHED_BUSY_READ_MS = 50

/** A read of this many bytes has more behind it: reading goes on. */
const LARGE_READ = 16_384

/** Whether a transport is read at present. It is, unless there is a reason not to. */
export class Reading {
  readonly #transport: ServerTransport
  readonly #wheel: TimerWheel
  #held = false
  #full = false
  #slowed = false
  #released = false
  /** Made when it is first needed; set while the publisher is left alone. */
  #rest: WheelTimer | undefined
  #stopped = false
  /** Whether much has come since it was left alone. */
  #busy = false

  constructor(transport: ServerTransport, wheel: TimerWheel) {
    this.#transport = transport
    this.#wheel = wheel
  }

  /** Nothing is read until somebody has decided about the connection. */
  set held(held: boolean) {
    this.#held = held
    this.#apply()
  }

  /** Backpressure: nothing is read while a subscriber that misses nothing has to catch up. */
  set slowed(slowed: boolean) {
    this.#slowed = slowed && !this.#released
    this.#apply()
  }

  get slowed(): boolean {
    return this.#slowed
  }

  /** Nothing is read while the session has no room. */
  set full(full: boolean) {
    if (full === this.#full) return
    this.#full = full
    this.#apply()
  }

  /** Media has come that nobody watches, in a read of so many bytes: the next ones may wait and come together. */
  unwatched(readBytes: number, now: number): void {
    if (readBytes >= LARGE_READ) {
      this.#busy = true
      return
    }
    this.#rest ??= new WheelTimer({ onTimer: () => this.#apply() })
    const every = this.#busy ? UNWATCHED_BUSY_READ_MS : UNWATCHED_READ_MS
    this.#busy = false
    this.#wheel.set(this.#rest, (Math.floor(now / every) + 1) * every)
    this.#apply()
  }

  /** Somebody watches: what waits is read at once. */
  watched(): void {
    if (this.#rest === undefined) return
    this.#wheel.cancel(this.#rest)
    this.#apply()
  }

  /** Reads whatever still comes; there is nothing more to wait for. */
  release(): void {
    this.#released = true
    this.#held = false
    this.#full = false
    this.#slowed = false
    if (this.#rest !== undefined) this.#wheel.cancel(this.#rest)
    this.#apply()
  }

  #apply(): void {
    const resting = this.#rest !== undefined && this.#rest.at !== Number.POSITIVE_INFINITY
    const stopped = this.#held || this.#full || this.#slowed || resting
    if (stopped === this.#stopped) return
    this.#stopped = stopped
    this.#transport.pauseReading?.(stopped)
  }
}
