/**
 * Which moment of the world a time of the stream stands for. Frames come late, never early: the one that came with the least
 * delay says when it was made.
 */
export class WallClock {
  #offset: number | undefined
  #isSettled = false

  /** A frame of this time came now. */
  add(time: number, now: number): void {
    if (this.#isSettled) return
    const offset = now - time
    if (this.#offset === undefined || offset < this.#offset) this.#offset = offset
  }

  /** From now on the answers stay as they are: a playlist may say them. */
  settle(): void {
    this.#isSettled = this.#offset !== undefined
  }

  /** Another stretch of the stream begins, on a clock of its own. */
  restart(): void {
    this.#offset = undefined
    this.#isSettled = false
  }

  /** Milliseconds since 1970. */
  at(time: number): number {
    return time + (this.#offset ?? 0)
  }
}
