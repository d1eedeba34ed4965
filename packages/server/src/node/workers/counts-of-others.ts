import type { SharedCounts } from '../../core/shared-counts.ts'
import type { CountChanges } from './worker-messages.ts'

/** How long changes may wait to be told together, in milliseconds. */
const TOLD_MS = 10

/** How long attempts to connect are counted, in milliseconds. */
const ATTEMPT_MS = 1000

/** What the other workers have counted, and what is told them of what is counted here. */
export class CountsOfOthers implements SharedCounts {
  readonly #tell: (changes: CountChanges) => void
  readonly #others = new Map<string, number>()
  #untold = new Map<string, number>()

  constructor(tell: (changes: CountChanges) => void, others: CountChanges = []) {
    this.#tell = tell
    this.take(others)
  }

  /** See {@link SharedCounts.of}. */
  of(key: string): number {
    return this.#others.get(key) ?? 0
  }

  /** See {@link SharedCounts.changed}. */
  changed(key: string, by: number): void {
    const isFirst = this.#untold.size === 0
    add(this.#untold, key, by)
    if (!isFirst) return
    setTimeout(() => {
      const changes = [...this.#untold]
      this.#untold = new Map()
      if (changes.length > 0) this.#tell(changes)
    }, TOLD_MS).unref()
  }

  /** Others have counted. */
  take(changes: CountChanges): void {
    for (const [key, by] of changes) {
      add(this.#others, key, by)
      // What counts for a second goes by itself: nobody takes it back.
      if (key.startsWith('new')) setTimeout(() => add(this.#others, key, -by), ATTEMPT_MS).unref()
    }
  }
}

/** Adds to a count, and forgets it when it is nothing. */
export const add = (counts: Map<string, number>, key: string, by: number): void => {
  const sum = (counts.get(key) ?? 0) + by
  if (sum === 0) counts.delete(key)
  else counts.set(key, sum)
}
