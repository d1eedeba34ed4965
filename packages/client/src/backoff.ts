import { UsageError } from '@rtmp/bytes'

/** How long to wait before each further try. */
export interface BackoffOptions {
  /** Milliseconds before the second try, default 500. */
  readonly initialMs?: number
  /** No wait is longer, default 30 000. */
  readonly maximumMs?: number
  /** Each wait is this many times the last one, default 2. */
  readonly factor?: number
  /** Share of a wait that is left to chance, 0 to 1, default 0.5, so that many clients do not come back together. */
  readonly jitter?: number
  /** Tries in all before giving up, default unlimited. */
  readonly tries?: number
}

/** Growing waits with jitter; one for each thing that is tried again. */
export class Backoff {
  readonly #options: Required<BackoffOptions>
  readonly #random: () => number
  #failures = 0

  /**
   * @param random - From 0 to just below 1.
   * @throws UsageError `BACKOFF_OUT_OF_RANGE`
   */
  constructor(options: BackoffOptions, random: () => number) {
    this.#options = {
      initialMs: 500,
      maximumMs: 30_000,
      factor: 2,
      jitter: 0.5,
      tries: Number.POSITIVE_INFINITY,
      ...options,
    }
    const { initialMs, maximumMs, factor, jitter } = this.#options
    if (!(initialMs >= 0 && maximumMs >= initialMs && factor >= 1 && jitter >= 0 && jitter <= 1)) {
      throw new UsageError(
        'BACKOFF_OUT_OF_RANGE',
        'needed: 0 ≤ initialMs ≤ maximumMs, factor ≥ 1, 0 ≤ jitter ≤ 1',
        'backoff',
      )
    }
    this.#random = random
  }

  /** Tries that have failed since the start or the last {@link reset}. */
  get failures(): number {
    return this.#failures
  }

  /** Counts a failure; gives the milliseconds to wait, or `undefined` when it was the last try. */
  next(): number | undefined {
    this.#failures += 1
    const { initialMs, maximumMs, factor, jitter, tries } = this.#options
    if (this.#failures >= tries) return undefined
    const full = Math.min(maximumMs, initialMs * factor ** (this.#failures - 1))
    return Math.round(full * (1 - jitter * this.#random()))
  }

  /** Forgets the failures: the thing works again. */
  reset(): void {
    this.#failures = 0
  }
}
