/** Smallest, mean and greatest of some numbers. */
export interface Spread {
  readonly min: number
  readonly mean: number
  readonly max: number
}

/** Collects a {@link Spread}. */
export class SpreadCollector {
  #count = 0
  #sum = 0
  #min = Number.POSITIVE_INFINITY
  #max = Number.NEGATIVE_INFINITY

  add(value: number): void {
    this.#count += 1
    this.#sum += value
    if (value < this.#min) this.#min = value
    if (value > this.#max) this.#max = value
  }

  get count(): number {
    return this.#count
  }

  /** `undefined` while there is no number. */
  get spread(): Spread | undefined {
    if (this.#count === 0) return undefined
    return { min: this.#min, mean: Math.round((this.#sum / this.#count) * 100) / 100, max: this.#max }
  }
}
