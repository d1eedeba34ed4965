/** Counts by name. What is counted back to nothing leaves nothing behind, so that names strangers try cost no memory. */
export class Counts {
  readonly #counts = new Map<string, number>()

  /** How many names are counted. */
  get size(): number {
    return this.#counts.size
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0
  }

  add(name: string, by: number): void {
    const sum = this.of(name) + by
    if (sum > 0) this.#counts.set(name, sum)
    else this.#counts.delete(name)
  }

  clear(): void {
    this.#counts.clear()
  }
}
