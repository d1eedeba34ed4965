/** Samples kept: with one a second, rates are means over so many seconds. */
const SAMPLES = 5

/** How fast counters have grown lately. Sampled by whoever owns it, about once a second; costs nothing in between. */
export class RateMeter {
  readonly #at: number[]
  readonly #bytes: number[] = [0]
  readonly #frames: number[] = [0]

  /** @param now - Milliseconds; the counters are 0 then. */
  constructor(now: number) {
    this.#at = [now]
  }

  /** Takes in what the counters say now. */
  sample(now: number, bytes: number, frames: number): void {
    if (now <= (this.#at.at(-1) as number)) return
    this.#at.push(now)
    this.#bytes.push(bytes)
    this.#frames.push(frames)
    if (this.#at.length <= SAMPLES + 1) return
    this.#at.shift()
    this.#bytes.shift()
    this.#frames.shift()
  }

  /** How long a time the rates are means over, in milliseconds. */
  get spanMs(): number {
    return (this.#at.at(-1) as number) - (this.#at[0] as number)
  }

  /** Over the last seconds; 0 before two samples. */
  get bytesPerSecond(): number {
    return this.#rateOf(this.#bytes)
  }

  /** Over the last seconds; 0 before two samples. */
  get framesPerSecond(): number {
    return this.#rateOf(this.#frames)
  }

  #rateOf(counts: readonly number[]): number {
    const { spanMs } = this
    return spanMs === 0 ? 0 : (((counts.at(-1) as number) - (counts[0] as number)) * 1000) / spanMs
  }
}
