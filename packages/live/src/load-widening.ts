/** The steps in which batches become longer, in milliseconds between two writes to a subscriber. */
const STEPS = [0, 20, 50, 100, 200, 350, 500, 750, 1000] as const

/** Above this share of busy time the window is widened, below the other it is narrowed. */
const WIDEN_ABOVE = 0.85
const NARROW_BELOW = 0.55

/** How many calm observations it takes to go one step back, so that the window does not swing. */
const CALM = 3

/** Below this share even twice as many writes would leave time to spare: one observation is enough. */
const IDLE_BELOW = 0.25

/**
 * Makes batches longer while the process is short of time, and shorter again when it is not.
 *
 * The least time between two batches of a stream, {@link LoadWidening.gapMs}, is 0 in quiet times. Each observation of
 * a busy process takes it one step up, as far as the bound; several calm ones in a row take it one step down, and so
 * does one of a process that has hardly anything to do.
 */
export class LoadWidening {
  readonly #boundMs: number
  #step = 0
  #calm = 0
  #widenings = 0

  /** @param boundMs - The longest gap, in milliseconds; 0 turns widening off. */
  constructor(boundMs: number) {
    this.#boundMs = boundMs
  }

  /** The least time between two batches of a stream, in milliseconds. */
  get gapMs(): number {
    return Math.min(STEPS[this.#step] as number, this.#boundMs)
  }

  /** How often the window was widened. */
  get widenings(): number {
    return this.#widenings
  }

  /**
   * Takes in how busy the process was since the last observation; observe about twice a second.
   *
   * @param busy - Share of the time, 0 to 1, in which the process was at work.
   */
  observe(busy: number): void {
    if (busy > WIDEN_ABOVE) {
      this.#calm = 0
      if (this.gapMs < this.#boundMs && this.#step < STEPS.length - 1) {
        this.#step += 1
        this.#widenings += 1
      }
    } else if (busy < NARROW_BELOW && this.#step > 0) {
      this.#calm += busy < IDLE_BELOW ? CALM : 1
      if (this.#calm >= CALM) {
        this.#calm = 0
        this.#step -= 1
      }
    } else {
      this.#calm = 0
    }
  }
}
