import type { Tally } from './tally.ts'

/** Payloads in a row that lie in the same memory. */
interface Run {
  readonly memory: ArrayBufferLike
  count: number
}

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

  /** @param tally - Where the memory is counted. */
  constructor(tally: Tally) {
    this.#tally = tally
  }

  /** So many more payloads are held, all in the same memory. */
  add(memory: ArrayBufferLike, count = 1): void {
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

  /** None is held any more. */
  clear(): void {
    for (let i = this.#head; i < this.#runs.length; i++) this.#tally.release((this.#runs[i] as Run).memory)
    this.#reset()
  }

  #reset(): void {
    this.#runs = []
    this.#head = 0
    this.#last = undefined
  }
}
