import type { SeededRandom } from '@rtmp/testkit/fuzz'

/** Something that happens at a time. */
export interface Task {
  /** @param now - Milliseconds of virtual time. */
  run(now: number): void
}

interface Entry {
  readonly at: number
  /** Puts tasks of the same moment into an order that nobody chose. */
  readonly draw: number
  readonly task: Task
}

const isBefore = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.draw < b.draw)

/**
 * Virtual time. Tasks run in order of their time; those of one millisecond in an order drawn from the seed, so that
 * nothing can rely on who was there first.
 */
export class EventQueue {
  readonly #random: SeededRandom
  readonly #heap: Entry[] = []
  #now: number

  /** @param startMs - What time it is in the beginning, in milliseconds. */
  constructor(random: SeededRandom, startMs = 0) {
    this.#random = random
    this.#now = startMs
  }

  /** Milliseconds. */
  get now(): number {
    return this.#now
  }

  /** How many tasks are to come. */
  get size(): number {
    return this.#heap.length
  }

  /** Runs a task `delay` milliseconds from now, not before what runs at present has ended. */
  after(delay: number, task: Task): void {
    this.at(this.#now + Math.max(0, Math.round(delay)), task)
  }

  /** Runs a task at a time, or as soon as possible. */
  at(at: number, task: Task): void {
    const heap = this.#heap
    const entry = { at: Math.max(at, this.#now), draw: this.#random.u32(), task }
    let i = heap.length
    heap.push(entry)
    while (i > 0) {
      const parent = (i - 1) >> 1
      const above = heap[parent] as Entry
      if (!isBefore(entry, above)) break
      heap[i] = above
      i = parent
    }
    heap[i] = entry
  }

  /** Runs the next task if it is due by `until`; otherwise moves time there and returns false. */
  step(until: number): boolean {
    const first = this.#heap[0]
    if (first === undefined || first.at > until) {
      this.#now = until
      return false
    }
    this.#removeFirst()
    this.#now = first.at
    first.task.run(first.at)
    return true
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop() as Entry
    if (heap.length === 0) return
    let i = 0
    for (let child = 1; child < heap.length; child = 2 * i + 1) {
      const right = heap[child + 1]
      if (right !== undefined && isBefore(right, heap[child] as Entry)) child += 1
      const smaller = heap[child] as Entry
      if (!isBefore(smaller, last)) break
      heap[i] = smaller
      i = child
    }
    heap[i] = last
  }
}
