import { NEVER } from './deadline.ts'
import type { Millis } from './options.ts'
import type { SessionTimer } from './session-life.ts'

/** How many seconds' worth of messages may come at once. */
const BURST_SECONDS = 4

/** After so many milliseconds it goes on when it had to wait. */
const REST_MS = 250

/** A message for so many bytes is free. */
const BYTES_OF_ONE = 64

const SECOND_MS = 1000

/**
 * Rate limit of messages that bring next to nothing: a message costs much the same however short it is, and a peer can put thousands into
 * one packet. What is over is not lost; it has to wait.
 */
export class MessageRate implements SessionTimer {
  readonly #perSecond: number
  readonly #resumed: (now: Millis) => void
  #left: number
  #countedAt: Millis = 0
  #dueAt: Millis = NEVER

  /**
   * @param perSecond - 0 for any number.
   * @param resumed - Called when more may be handled again.
   */
  constructor(perSecond: number, resumed: (now: Millis) => void) {
    this.#perSecond = perSecond
    this.#resumed = resumed
    this.#left = perSecond === 0 ? Number.POSITIVE_INFINITY : perSecond * BURST_SECONDS
  }

  /** Bytes have come, and pay for messages. */
  came(bytes: number, now: Millis): void {
    if (this.#perSecond === 0) return
    this.#refill(now)
    this.#left += bytes / BYTES_OF_ONE
  }

  /** One more is handled. */
  take(): void {
    this.#left -= 1
    if (this.#left > 0 || this.#dueAt !== NEVER) return
    this.#dueAt = this.#countedAt + REST_MS - (this.#left * SECOND_MS) / this.#perSecond
  }

  /** Whether no more are to be handled for now. */
  get isSpent(): boolean {
    return this.#dueAt !== NEVER
  }

  /** See {@link SessionTimer}. */
  get dueAt(): Millis {
    return this.#dueAt
  }

  /** See {@link SessionTimer}. */
  start(): void {}

  /** See {@link SessionTimer}. */
  check(now: Millis): void {
    if (now < this.#dueAt) return
    this.#dueAt = NEVER
    this.#refill(now)
    this.#resumed(now)
  }

  #refill(now: Millis): void {
    const elapsed = Math.max(0, now - this.#countedAt)
    this.#left = Math.min(
      this.#perSecond * BURST_SECONDS,
      this.#left + (elapsed * this.#perSecond) / SECOND_MS,
    )
    this.#countedAt = now
  }
}
