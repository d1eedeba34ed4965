import { isLater, timestampDifference } from './timestamp.ts'

/** The least step over a discontinuity. */
export const LEAST_STEP_MS = 40

/** A longer distance between two frames is a pause. */
const MOST_STEP_MS = 10_000

/** What a continuous clock knows of one track. Times are uint32 milliseconds on the clock. */
export class TrackTime {
  /** Which of the source's tracks it is. */
  readonly number: number
  /** Added to the source's timestamps, and what was added before the last discontinuity. */
  offset: number
  offsetBefore: number
  /** Time of the last frame. */
  last: number | undefined
  /** The usual distance of frames: the last one that was no pause. */
  step: number = LEAST_STEP_MS
  /** While splicing: the time that no frame may fall behind. */
  #floor: number | undefined
  /** Nothing behind the floor has come yet. */
  #repeating = false

  constructor(number: number, offset: number, floor: number | undefined) {
    this.number = number
    this.offset = offset
    this.offsetBefore = offset
    this.#floor = floor
  }

  /** Another source begins, under an offset. */
  beginSplice(offset: number): void {
    this.follow(offset)
    this.offsetBefore = offset
    this.#repeating = this.last !== undefined
  }

  endSplice(): void {
    this.#floor = undefined
    this.#repeating = false
  }

  /** Goes on under another offset, not behind what was. */
  follow(offset: number): number {
    this.offsetBefore = this.offset
    this.offset = offset
    this.#floor = this.last
    return offset
  }

  /** Whether a time is not behind the last one from before the splice. */
  repeats(time: number): boolean {
    return this.#repeating && this.#floor !== undefined && !isLater(time, this.#floor)
  }

  /** The time, or the floor if it is less than `range` behind it. A frame that far ahead ends the splice. */
  notBehindItself(time: number, range: number): number {
    if (this.#floor === undefined) return time
    const above = timestampDifference(time, this.#floor)
    if (above >= 0) {
      this.#repeating = false
      if (above >= range) this.#floor = undefined
      return time
    }
    return above > -range ? this.#floor : time
  }

  /** Takes note of a frame. */
  add(time: number): void {
    const step = this.last === undefined ? 0 : timestampDifference(time, this.last)
    if (step > 0 && step <= MOST_STEP_MS) this.step = step
    this.last = time
  }
}
