/** Bounds how much goes on at once; what is over waits for its turn, in order, and so many may. */
export class Turns {
  readonly #atOnce: number
  readonly #mostWaiting: number
  readonly #waiting = new Set<() => void>()
  #running = 0

  constructor(atOnce: number, mostWaiting: number) {
    this.#atOnce = atOnce
    this.#mostWaiting = mostWaiting
  }

  /**
   * Does something when it is its turn.
   *
   * @param withdrawn - Aborted when nobody waits for it any more: it is not begun then.
   * @throws Error when too much waits already, or it was withdrawn before its turn
   */
  async take<T>(act: () => Promise<T>, withdrawn?: AbortSignal): Promise<T> {
    withdrawn?.throwIfAborted()
    if (this.#running < this.#atOnce) this.#running += 1
    else await this.#turn(withdrawn)
    try {
      withdrawn?.throwIfAborted()
      return await act()
    } finally {
      // Handed to whoever waits longest.
      const [next] = this.#waiting
      if (next === undefined) this.#running -= 1
      else next()
    }
  }

  async #turn(withdrawn: AbortSignal | undefined): Promise<void> {
    if (this.#waiting.size >= this.#mostWaiting) throw new Error(`${this.#mostWaiting} wait already`)
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(go)
        reject(new Error('nobody waits for it any more'))
      }
      const go = (): void => {
        this.#waiting.delete(go)
        withdrawn?.removeEventListener('abort', leave)
        resolve()
      }
      this.#waiting.add(go)
      withdrawn?.addEventListener('abort', leave, { once: true })
    })
  }
}
