import { after, type Deadline, dueAt, NEVER, started } from './deadline.ts'
import type { Millis, PingOptions } from './options.ts'

/** How long an answer is worth waiting for, in milliseconds: many publishers never answer. */
const FRESH_MS = 1000

/**
 * Ping requests of ours (RTMP 1.0 §7.1.7): one at a time, at a fixed interval, for the round-trip time and for life.
 * Any byte received after a request counts as life; many publishers never answer.
 */
export class Ping {
  readonly #options: PingOptions
  #nextAt: Deadline = NEVER
  #giveUpAt: Deadline = NEVER
  #sentAt: Millis = 0
  #outstanding: number | undefined

  /** @param options - Interval and timeout in milliseconds, 0 for none. */
  constructor(options: PingOptions) {
    this.#options = options
  }

  /** Begins to ping; called once the connection is accepted. */
  start(): void {
    this.#nextAt = after(this.#options.interval)
  }

  stop(): void {
    this.#nextAt = NEVER
    this.#giveUpAt = NEVER
    this.#outstanding = undefined
  }

  /** When to come back. */
  get dueAt(): Millis {
    return Math.min(dueAt(this.#nextAt), dueAt(this.#giveUpAt))
  }

  /** Something was received. */
  alive(): void {
    this.#giveUpAt = NEVER
  }

  /** Starts deadlines that waited for the time. */
  tick(now: Millis): void {
    this.#nextAt = started(this.#nextAt, now)
  }

  /** Whether the peer has been silent for too long after a request. */
  isLost(now: Millis): boolean {
    return now >= this.#giveUpAt
  }

  /** Whether a request went out a moment ago whose answer would tell the round-trip time. */
  isFresh(now: Millis): boolean {
    return this.#outstanding !== undefined && now - this.#sentAt < FRESH_MS
  }

  /** The timestamp to send in a ping request now, or `undefined`. */
  take(now: Millis): number | undefined {
    if (now < this.#nextAt) return undefined
    const timestamp = Math.floor(now) >>> 0
    this.#sentAt = now
    this.#outstanding = timestamp
    this.#nextAt = now + this.#options.interval
    if (this.#options.timeout > 0 && this.#giveUpAt === NEVER) this.#giveUpAt = now + this.#options.timeout
    return timestamp
  }

  /** The round-trip time for an answer with this timestamp, or `undefined` when it answers nothing outstanding. */
  answered(timestamp: number, now: Millis): Millis | undefined {
    if (timestamp !== this.#outstanding) return undefined
    this.#outstanding = undefined
    return now - this.#sentAt
  }
}
