/** Something that wants to be called at a time. */
export interface Timed {
  /**
   * Its time has come.
   * @param now - Milliseconds, the wheel's time; at or a little after the time asked for.
   */
  onTimer(now: number): void
}

/** One call to come. Made once by its owner and set again and again; setting it moves it. */
export class WheelTimer {
  /** Who is called. */
  readonly owner: Timed
  /** When the call is due, in milliseconds; `Infinity` while it is not set. */
  at: number = Number.POSITIVE_INFINITY
  /** The number of the slot it belongs to. */
  slot = 0
  /** The ring of the slot the timer is in: itself when in none. */
  next: WheelTimer = this
  /** The one before it there. */
  previous: WheelTimer = this

  constructor(owner: Timed) {
    this.owner = owner
  }
}

const NOBODY: Timed = { onTimer: () => {} }

const unlink = (timer: WheelTimer): void => {
  timer.previous.next = timer.next
  timer.next.previous = timer.previous
  timer.next = timer
  timer.previous = timer
}

const append = (ring: WheelTimer, timer: WheelTimer): void => {
  timer.previous = ring.previous
  timer.next = ring
  ring.previous.next = timer
  ring.previous = timer
}

/**
 * All timers of a server behind one clock: setting and cancelling cost a few pointers, whatever their number.
 *
 * Time is cut into slots. A timer is called in the first {@link TimerWheel.advance} at or behind its time; timers
 * further ahead than the wheel is long wait in one list and are looked at once in a turn. The wheel has no clock: whoever
 * owns it asks {@link TimerWheel.nextAt} how long to sleep, and is told by `onSooner` when that has become too long.
 */
export class TimerWheel {
  readonly #resolution: number
  readonly #slots: WheelTimer[]
  /** A bit for each slot, clear when it is empty; set ones are looked at, and cleared, when the next timer is sought. */
  readonly #taken: Uint32Array
  readonly #far: WheelTimer = new WheelTimer(NOBODY)
  /** The slot number up to which everything has been called. */
  #tick: number
  /** The first slot that takes timers: none that are still to be called in the present `advance`. */
  #earliest: number
  /** When the far list is looked at again, as a slot number. */
  #turnAt: number
  #count = 0
  #farCount = 0
  #announced = Number.POSITIVE_INFINITY
  readonly #onSooner: (() => void) | undefined

  /**
   * @param now - Milliseconds; only differences matter.
   * @param options.resolution - Length of a slot in milliseconds, default 5.
   * @param options.slots - Default 2048.
   * @param options.onSooner - Called when a timer is set that is due before the last answer of `nextAt`.
   */
  constructor(now: number, options: { resolution?: number; slots?: number; onSooner?: () => void } = {}) {
    this.#resolution = options.resolution ?? 5
    this.#slots = Array.from({ length: options.slots ?? 2048 }, () => new WheelTimer(NOBODY))
    this.#taken = new Uint32Array(Math.ceil(this.#slots.length / 32))
    this.#tick = Math.floor(now / this.#resolution)
    this.#earliest = this.#tick + 1
    this.#turnAt = this.#tick + this.#slots.length
    this.#onSooner = options.onSooner
  }

  /** How many timers are set. */
  get size(): number {
    return this.#count
  }

  /** Sets a timer, or moves it. A time in the past is due at the next `advance`. */
  set(timer: WheelTimer, at: number): void {
    this.cancel(timer)
    timer.at = at
    timer.slot = Math.max(this.#earliest, Math.ceil(at / this.#resolution))
    this.#count += 1
    this.#place(timer)
    if (at < this.#announced) {
      this.#announced = at
      this.#onSooner?.()
    }
  }

  /** Unsets a timer, if it is set. */
  cancel(timer: WheelTimer): void {
    if (timer.at === Number.POSITIVE_INFINITY) return
    if (timer.slot > this.#turnAt) this.#farCount -= 1
    timer.at = Number.POSITIVE_INFINITY
    this.#count -= 1
    unlink(timer)
  }

  /** No timer is due before this time; `undefined` when none is set. */
  nextAt(): number | undefined {
    this.#announced = this.#findNext()
    return this.#announced === Number.POSITIVE_INFINITY ? undefined : this.#announced
  }

  /** Moves time forward and calls what has become due, slot by slot; what is set meanwhile waits for the next call. */
  advance(now: number): void {
    const target = Math.floor(now / this.#resolution)
    this.#earliest = Math.max(this.#earliest, target + 1)
    while (this.#tick < target) {
      if (this.#count === this.#farCount) {
        // Nothing in the slots: go to where the far list is looked at.
        this.#tick = Math.min(target, this.#turnAt)
      } else {
        this.#tick += 1
        this.#call(this.#slots[this.#tick % this.#slots.length] as WheelTimer, now)
      }
      if (this.#tick >= this.#turnAt) this.#turn()
    }
  }

  #findNext(): number {
    let next = Number.POSITIVE_INFINITY
    if (this.#count > this.#farCount) {
      const first = (this.#tick + 1) % this.#slots.length
      let slot = this.#takenFrom(first)
      if (slot < 0) slot = this.#takenFrom(0) + this.#slots.length
      next = (this.#tick + 1 + slot - first) * this.#resolution
    }
    if (this.#farCount > 0) next = Math.min(next, this.#turnAt * this.#resolution)
    return next
  }

  /** The first slot at or behind `from` that has timers, -1 when none has. */
  #takenFrom(from: number): number {
    for (let word = from >>> 5; word < this.#taken.length; word++) {
      let bits = this.#taken[word] as number
      if (word === from >>> 5) bits &= -1 << (from & 31)
      for (; bits !== 0; bits &= bits - 1) {
        const slot = word * 32 + 31 - Math.clz32(bits & -bits)
        const ring = this.#slots[slot] as WheelTimer
        if (ring.next !== ring) return slot
        this.#mark(slot, false)
      }
    }
    return -1
  }

  #mark(slot: number, taken: boolean): void {
    const word = slot >>> 5
    const bit = 1 << (slot & 31)
    const bits = this.#taken[word] as number
    this.#taken[word] = taken ? bits | bit : bits & ~bit
  }

  #call(ring: WheelTimer, now: number): void {
    while (ring.next !== ring) {
      const timer = ring.next
      unlink(timer)
      timer.at = Number.POSITIVE_INFINITY
      this.#count -= 1
      timer.owner.onTimer(now)
    }
  }

  #place(timer: WheelTimer): void {
    if (timer.slot > this.#turnAt) {
      this.#farCount += 1
      append(this.#far, timer)
    } else {
      const slot = timer.slot % this.#slots.length
      this.#mark(slot, true)
      append(this.#slots[slot] as WheelTimer, timer)
    }
  }

  /** Begins the next turn: what has come near moves from the far list into the slots. */
  #turn(): void {
    this.#turnAt = this.#tick + this.#slots.length
    let timer = this.#far.next
    this.#far.next = this.#far
    this.#far.previous = this.#far
    this.#farCount = 0
    while (timer !== this.#far) {
      const { next } = timer
      this.#place(timer)
      timer = next
    }
  }
}
