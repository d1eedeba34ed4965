import type { Millis } from './options.ts'

/** How many seconds' worth of commands may come at once, and how many more be refused before it is too much. */
const BURST_SECONDS = 4

const SECOND_MS = 1000

/** Rate limit: how many commands a peer may send, so many in a second, and four seconds' worth at once. */
export class CommandRate {
  readonly #perSecond: number
  #left: number
  #refused = 0
  #countedAt: Millis = 0

  /** @param perSecond - 0 for any number. */
  constructor(perSecond: number) {
    this.#perSecond = perSecond
    this.#left = perSecond * BURST_SECONDS
  }

  /**
   * One more has come.
   *
   * @returns `'first'` for the first that is refused since all was well, `'over'` when it goes on although they are refused
   */
  take(now: Millis): 'taken' | 'first' | 'refused' | 'over' {
    const most = this.#perSecond * BURST_SECONDS
    if (most === 0) return 'taken'
    this.#left = Math.min(
      most,
      this.#left + (Math.max(0, now - this.#countedAt) * this.#perSecond) / SECOND_MS,
    )
    this.#countedAt = now
    if (this.#left >= 1) {
      this.#left -= 1
      if (this.#left >= most / 2) this.#refused = 0
      return 'taken'
    }
    this.#refused += 1
    if (this.#refused > most) return 'over'
    return this.#refused === 1 ? 'first' : 'refused'
  }
}
