import { add } from './counts-of-others.ts'
import type { CountChanges } from './worker-messages.ts'

/** What all workers have counted, in the primary: each is told what the others count. */
export class WorkersCounts<Worker> {
  readonly #counts = new Map<Worker, Map<string, number>>()
  readonly #tell: (worker: Worker, changes: CountChanges) => void

  constructor(tell: (worker: Worker, changes: CountChanges) => void) {
    this.#tell = tell
  }

  /** A worker has come. @returns what the others have counted */
  joined(worker: Worker): CountChanges {
    const sums = new Map<string, number>()
    for (const counts of this.#counts.values()) for (const [key, count] of counts) add(sums, key, count)
    this.#counts.set(worker, new Map())
    return [...sums]
  }

  take(worker: Worker, changes: CountChanges): void {
    const own = this.#counts.get(worker)
    if (own === undefined) return
    // Attempts count for a second, and are nobody's afterwards.
    for (const [key, by] of changes) if (!key.startsWith('new')) add(own, key, by)
    this.#tellOthers(worker, changes)
  }

  /** A worker has gone, and with it what it counted. */
  left(worker: Worker): void {
    const own = this.#counts.get(worker)
    if (own === undefined) return
    this.#counts.delete(worker)
    const changes = Array.from(own, ([key, count]) => [key, -count] as const)
    if (changes.length > 0) this.#tellOthers(worker, changes)
  }

  #tellOthers(worker: Worker, changes: CountChanges): void {
    for (const other of this.#counts.keys()) if (other !== worker) this.#tell(other, changes)
  }
}
