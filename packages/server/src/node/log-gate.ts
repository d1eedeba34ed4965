/** Lines that are written of equal events one by one, before they are gathered. */
const MOST_ALONE = 10

/** Sources whose events are counted; beyond, the one that was heard of longest ago is forgotten. */
const MOST_SOURCES = 10_000

/**
 * Gathers equal events of one source, so that a client cannot write a log as fast as it can send. The first ten are lines of their own; then the
 * hundredth, the thousandth and so on, each with how many it stands for; and what is left at the end of the source.
 */
export class LogGate {
  readonly #sources = new Map<string, Map<string, number>>()

  /**
   * An event of a source: how many more like it have not been told, or `undefined` when this one is not to be told either.
   *
   * @param kind - What makes events equal. There must be few kinds.
   */
  passes(source: string, kind: string): number | undefined {
    const kinds = this.#sources.get(source) ?? new Map<string, number>()
    this.#sources.delete(source)
    this.#sources.set(source, kinds)
    const [oldest] = this.#sources.keys()
    if (this.#sources.size > MOST_SOURCES && oldest !== undefined) this.#sources.delete(oldest)
    const count = (kinds.get(kind) ?? 0) + 1
    kinds.set(kind, count)
    if (count <= MOST_ALONE) return 0
    return isPowerOfTen(count) ? count - count / 10 - 1 : undefined
  }

  /** A source has gone: how many events of each kind were not told. */
  end(source: string): readonly (readonly [kind: string, untold: number])[] {
    const kinds = this.#sources.get(source)
    this.#sources.delete(source)
    return [...(kinds ?? [])]
      .map(([kind, count]) => [kind, count - lastTold(count)] as const)
      .filter(([, untold]) => untold > 0)
  }
}

const isPowerOfTen = (count: number): boolean => lastTold(count) === count

/** The number of the last event up to `count` that was told. */
const lastTold = (count: number): number => {
  if (count <= MOST_ALONE) return count
  let told = MOST_ALONE
  while (told * 10 <= count) told *= 10
  return told
}
