/** When the next video frame of a stream is to be expected, by the timestamps of those before. */
export class FramePace {
  #latest = 0
  #interval = 0
  #nextAt = 0

  /** When the next frame should come, in the milliseconds of the server; in the past when that is not known. */
  get nextAt(): number {
    return this.#nextAt
  }

  /** A frame has come. Those of the same time, as several tracks have, count as one. */
  add(timestamp: number, now: number): void {
    const since = (timestamp - this.#latest) | 0
    if (since !== 0) this.#interval = Math.max(0, since)
    this.#latest = timestamp
    this.#nextAt = now + this.#interval
  }
}
