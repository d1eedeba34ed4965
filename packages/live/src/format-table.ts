import type { BatchFormat, Piece } from './batch-format.ts'

/**
 * The formats of those who subscribe at present: one object for each name, so that equal subscribers share what is made
 * for them. A format is forgotten with its last subscriber, whatever strangers announce.
 */
export class FormatTable {
  readonly #formats = new Map<string, { readonly format: BatchFormat; users: number }>()

  /** How many formats are in use. */
  get size(): number {
    return this.#formats.size
  }

  /** The format in use under that name, or this one if it is the first. {@link release} it when it is needed no more. */
  take<P extends Piece>(format: BatchFormat<P>): BatchFormat<P> {
    const known = this.#formats.get(format.name)
    if (known === undefined) {
      this.#formats.set(format.name, { format, users: 1 })
      return format
    }
    known.users += 1
    return known.format as BatchFormat<P>
  }

  /** Ends one use of a format. */
  release({ name }: BatchFormat): void {
    const known = this.#formats.get(name)
    if (known === undefined) return
    known.users -= 1
    if (known.users === 0) this.#formats.delete(name)
  }
}
