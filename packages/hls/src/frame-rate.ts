/** Rates that encoders are set to. */
const USUAL = [
  5,
  10,
  12,
  15,
  20,
  24000 / 1001,
  24,
  25,
  30000 / 1001,
  30,
  48,
  50,
  60000 / 1001,
  60,
  90,
  100,
  120,
  144,
  240,
]

/** How far a measured rate may be off a usual one to be taken for it. */
const TOLERANCE = 0.0004

/** Frames whose distances are looked at; older ones are forgotten by half. */
const WINDOW = 600

/** How long a track's frames last, measured by their decode times, which are in whole milliseconds. */
export class FrameRate {
  #last: number | undefined
  #count = 0
  #ms = 0

  /** A frame is decoded at this time. Pauses count for nothing. */
  add(time: number): void {
    const step = this.#last === undefined ? 0 : time - this.#last
    this.#last = time
    if (step <= 0 || step > 1000) return
    if (this.#count >= WINDOW) {
      this.#count /= 2
      this.#ms /= 2
    }
    this.#count += 1
    this.#ms += step
  }

  /** Milliseconds, a fraction in most cases; `undefined` before the second frame. */
  get frameMs(): number | undefined {
    return this.#count === 0 ? undefined : this.#ms / this.#count
  }

  /** Frames a second, with three decimals, as FRAME-RATE says it: the usual rate where it is one. */
  get perSecond(): number | undefined {
    const { frameMs } = this
    if (frameMs === undefined) return undefined
    const measured = 1000 / frameMs
    // So many frames with whole milliseconds can be off by one of them.
    const tolerance = Math.max(TOLERANCE, 1 / this.#ms)
    const near = USUAL.filter((rate) => Math.abs(measured / rate - 1) <= tolerance)
    const nearest = near.sort((a, b) => Math.abs(measured - a) - Math.abs(measured - b))[0]
    return Math.round((nearest ?? measured) * 1000) / 1000
  }
}
