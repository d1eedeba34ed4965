interface Timer {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** Time that only moves when told to, with timers that fire in order on the way. */
export class VirtualClock {
  #now: number
  #order = 0
  #timers: Timer[] = []

  /** @param now - Milliseconds to start at. */
  constructor(now = 0) {
    this.#now = now
  }

  /** Milliseconds. */
  now(): number {
    return this.#now
  }

  /** Calls `run` once, `delay` milliseconds from now; returns a function that cancels it. */
  schedule(delay: number, run: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, delay), order: this.#order++, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** When the next timer is due, or `undefined` when none is set. */
  nextAt(): number | undefined {
    return this.#earliest()?.at
  }

  /** Moves time forward by `ms`, firing what falls due, in order of time and then of setting. */
  advance(ms: number): void {
    const target = this.#now + ms
    for (let timer = this.#earliest(); timer !== undefined && timer.at <= target; timer = this.#earliest()) {
      this.#timers = this.#timers.filter((other) => other !== timer)
      this.#now = Math.max(this.#now, timer.at)
      timer.run()
    }
    this.#now = target
  }

  #earliest(): Timer | undefined {
    let best: Timer | undefined
    for (const timer of this.#timers) {
      if (best === undefined || timer.at < best.at || (timer.at === best.at && timer.order < best.order))
        best = timer
    }
    return best
  }
}
