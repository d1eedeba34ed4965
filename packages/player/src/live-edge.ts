import type { LatencyOptions } from './player-options.ts'

/** How far back reserves are remembered, in milliseconds. */
const MEMORY = 1000

/** Above the target by this the player goes faster, until it has reached it. Milliseconds. */
const TOLERANCE = 150

/** What a stall adds to the reserve, and what a while without one takes from it. Milliseconds. */
const STALL_ADDS = 150
const CALM_TAKES = 50
const CALM = 15_000

/** With next to nothing in reserve time goes a little slower, so that it grows. */
const SLOW_RATE = 0.95

/** What to do about where the player stands. */
export interface LiveEdgeStep {
  readonly rate: number
  /** Jump to this far behind the newest picture, in milliseconds. */
  readonly jumpTo?: number
}

/**
 * Keeps a player near the newest picture. What counts is the reserve: the least that was buffered ahead within the last
 * second. Time is an argument.
 */
export class LiveEdge {
  readonly #options: Required<LatencyOptions>
  #target: number
  #samples: { readonly at: number; readonly ahead: number }[] = []
  #rate: 'faster' | 'slower' | 'plain' = 'plain'
  #calmSince: number | undefined

  constructor(options: Required<LatencyOptions>) {
    this.#options = options
    this.#target = options.target
  }

  /** The reserve that is aimed at, in milliseconds. */
  get target(): number {
    return this.#target
  }

  /** Playing stopped for want of data: more is kept from now on. */
  stalled(now: number): void {
    this.#target = Math.min(this.#options.most, this.#target + STALL_ADDS)
    this.#calmSince = now
  }

  /** The player was moved: what was measured does not count any more. */
  moved(): void {
    this.#samples = []
    this.#rate = 'plain'
  }

  /**
   * @param ahead - What is buffered ahead of the picture that is shown, in milliseconds.
   * @param now - Milliseconds of any clock.
   */
  step(ahead: number, now: number): LiveEdgeStep {
    this.#calm(now)
    if (ahead > this.#options.jumpAbove) {
      this.moved()
      return { rate: 1, jumpTo: this.#target }
    }
    this.#samples = this.#samples.filter(({ at }) => now - at < MEMORY)
    this.#samples.push({ at: now, ahead })
    const reserve = Math.min(...this.#samples.map((sample) => sample.ahead))
    const excess = reserve - this.#target
    if (this.#rate === 'faster' ? excess <= 0 : this.#rate === 'slower' ? excess >= -this.#target / 2 : true)
      this.#rate = excess > TOLERANCE ? 'faster' : reserve < this.#target / 5 ? 'slower' : 'plain'
    return { rate: this.#rateFor(excess) }
  }

  #rateFor(excess: number): number {
    if (this.#rate === 'slower') return SLOW_RATE
    if (this.#rate === 'plain') return 1
    const wanted = Math.min(this.#options.maxRate - 1, Math.max(0.02, excess / 5000))
    // Steps of a hundredth, so that the rate is not set anew for nothing.
    return Math.min(this.#options.maxRate, 1 + Math.ceil(wanted * 100) / 100)
  }

  #calm(now: number): void {
    this.#calmSince ??= now
    if (now - this.#calmSince < CALM) return
    this.#calmSince = now
    this.#target = Math.max(this.#options.target, this.#target - CALM_TAKES)
  }
}
