import type { Tally } from './tally.ts'

/** Payloads in a row that lie in the same memory. */
interface Run {
  readonly memory: ArrayBufferLike
  count: number
}

/** So many payloads in the same memory are counted together. */
const NOTED_TOGETHER = 16

/** Spent places at the front that are put up with before the list is cut. */
const SPENT = 64

/**
 * The memory that a row of payloads keeps alive: first in, first out. Payloads are cut from slabs, so that those in a row mostly share
 * theirs, and to note one costs a comparison.
 */
export class HeldPayloads {
  readonly #tally: Tally
  #runs: Run[] = []
  #head = 0
  #last: Run | undefined
  /** The memory of the newest payload, how many of the newest lie in it and are not in a run yet, and their cost. */
  #newest: ArrayBufferLike | undefined
  #unnoted = 0
  #uncounted = 0

  /** @param tally - Where the memory is counted. */
  constructor(tally: Tally) {
    this.#tally = tally
  }

  /**
   * One more payload is held, and costs so many bytes beside its memory. New memory is counted at once, payloads in the same memory a few
   * together. Whether its memory is another one than that of the payload before.
   */
  note(memory: ArrayBufferLike, cost: number): boolean {
    this.#uncounted += cost
    if (memory === this.#newest) {
      this.#unnoted += 1
      if (this.#unnoted >= NOTED_TOGETHER) this.#noteAll()
      return false
    }
    this.#noteAll()
    const isOther = this.#last?.memory !== memory
    this.#newest = memory
    this.#unnoted = 1
    this.#noteAll()
    return isOther
  }

  /** Adds all the memory that is held. */
  addMemoryTo(all: Set<ArrayBufferLike>): void {
    for (let i = this.#head; i < this.#runs.length; i++) all.add((this.#runs[i] as Run).memory)
  }

  /** One more payload is held, and costs nothing beside its memory. */
  add(memory: ArrayBufferLike): void {
    this.#settle()
    this.#extend(memory, 1)
  }

  #extend(memory: ArrayBufferLike, count: number): void {
    if (this.#last?.memory === memory) {
      this.#last.count += count
      return
    }
    this.#last = { memory, count }
    this.#runs.push(this.#last)
    this.#tally.hold(memory)
  }

  /** The first so many are held no more. */
  drop(count: number): void {
    this.#settle()
    let left = count
    for (let run = this.#runs[this.#head]; run !== undefined && left > 0; run = this.#runs[this.#head]) {
      if (run.count > left) {
        run.count -= left
        break
      }
      left -= run.count
      this.#head += 1
      this.#tally.release(run.memory)
    }
    if (this.#head === this.#runs.length) this.#reset()
    else if (this.#head > SPENT && this.#head * 2 > this.#runs.length) {
      this.#runs = this.#runs.slice(this.#head)
      this.#head = 0
    }
  }

  /** Only the first so many are held any more. */
  keepFirst(count: number): void {
    this.#settle()
    const kept = this.#runs.slice(this.#head)
    let left = count
    let end = 0
    while (end < kept.length && left > 0) {
      const run = kept[end++] as Run
      run.count = Math.min(run.count, left)
      left -= run.count
    }
    for (const { memory } of kept.slice(end)) this.#tally.release(memory)
    this.#runs = kept.slice(0, end)
    this.#head = 0
    this.#last = this.#runs.at(-1)
  }

  #noteAll(): void {
    if (this.#newest === undefined || this.#unnoted === 0) return
    this.#extend(this.#newest, this.#unnoted)
    this.#tally.count(this.#uncounted)
    this.#unnoted = 0
    this.#uncounted = 0
  }

  /** All is counted, and what comes next begins anew. */
  #settle(): void {
    this.#noteAll()
    this.#newest = undefined
  }

  #reset(): void {
    this.#runs = []
    this.#head = 0
    this.#last = undefined
  }
}
