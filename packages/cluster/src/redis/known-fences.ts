/** How many paths are remembered. */
const LIMIT = 10_000

/**
 * The highest fence that this node has been told of each path, also of those that are gone: what it brings along, so
 * that a Redis that has lost its last second does not tell it a lower one. The least recently told are forgotten first.
 */
export class KnownFences {
  readonly #fences = new Map<string, number>()

  /** 0 for a path of which nothing is known. */
  of(path: string): number {
    return this.#fences.get(path) ?? 0
  }

  /** Takes a fence that was told. False when a higher one is known: what was told is out of date. */
  take(path: string, fence: number): boolean {
    const known = this.of(path)
    this.#fences.delete(path)
    this.#fences.set(path, Math.max(known, fence))
    if (this.#fences.size > LIMIT) {
      const oldest = this.#fences.keys().next().value
      if (oldest !== undefined) this.#fences.delete(oldest)
    }
    return fence >= known
  }
}
