import { type Deadline, dueAt, NEVER, started } from './deadline.ts'
import type { Millis } from './options.ts'

/** Something that waits for an answer or a decision until a deadline. */
export interface PendingEntry {
  deadline: Deadline
}

/** What waits, by id. Holds no memory while nothing does. */
export class Pending<Entry extends PendingEntry> {
  #entries: Map<number, Entry> | undefined

  get size(): number {
    return this.#entries?.size ?? 0
  }

  /** When the first of them is due. */
  get dueAt(): Millis {
    if (this.#entries === undefined) return NEVER
    let first = NEVER
    for (const entry of this.#entries.values()) first = Math.min(first, dueAt(entry.deadline))
    return first
  }

  add(id: number, entry: Entry): void {
    this.#entries ??= new Map()
    this.#entries.set(id, entry)
  }

  get(id: number): Entry | undefined {
    return this.#entries?.get(id)
  }

  /** Takes out one entry. */
  take(id: number): Entry | undefined {
    const entry = this.#entries?.get(id)
    if (entry !== undefined) this.#remove(id)
    return entry
  }

  /** The oldest entry that satisfies the condition, with its id; it stays in. */
  find(condition: (entry: Entry) => boolean): readonly [number, Entry] | undefined {
    if (this.#entries === undefined) return undefined
    for (const pair of this.#entries) if (condition(pair[1])) return pair
    return undefined
  }

  /** Starts deadlines that waited for the time. */
  tick(now: Millis): void {
    if (this.#entries === undefined) return
    for (const entry of this.#entries.values()) entry.deadline = started(entry.deadline, now)
  }

  /** The id of an entry whose deadline has passed. */
  expired(now: Millis): number | undefined {
    return this.find(({ deadline }) => deadline >= 0 && deadline <= now)?.[0]
  }

  /** Takes out everything. */
  takeAll(): readonly (readonly [number, Entry])[] {
    const all = this.#entries === undefined ? [] : [...this.#entries]
    this.#entries = undefined
    return all
  }

  #remove(id: number): void {
    this.#entries?.delete(id)
    if (this.#entries?.size === 0) this.#entries = undefined
  }
}
