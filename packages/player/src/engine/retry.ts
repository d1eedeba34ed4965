import type { ReconnectOptions } from '../player-options.ts'

/** Growing pauses between tries. */
export class Retry {
  readonly #options: Required<ReconnectOptions>
  #tries = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #resolve: (() => void) | undefined

  constructor(options: Required<ReconnectOptions>) {
    this.#options = options
  }

  /** No further try is allowed. */
  get isSpent(): boolean {
    return this.#tries >= this.#options.attempts
  }

  /** It worked: pauses are short again. */
  reset(): void {
    this.#tries = 0
  }

  /** Waits before the next try; half of each pause is by chance, so that not all viewers come back at once. */
  pause(): Promise<void> {
    const { delay, maxDelay } = this.#options
    const longest = Math.min(maxDelay, delay * 2 ** Math.min(this.#tries, 20))
    this.#tries += 1
    return new Promise((resolve) => {
      this.#resolve = resolve
      this.#timer = setTimeout(resolve, longest * (0.5 + Math.random() / 2))
    })
  }

  cancel(): void {
    clearTimeout(this.#timer)
    this.#resolve?.()
  }
}
