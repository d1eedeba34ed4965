import { addTimestamp, isLater, timestampDifference } from '@rtmp/chunk'

/** A later publisher's clock that has gone on by no more than the time that passed and this is the same clock. */
const SAME_CLOCK_MS = 5000

/** The least step from one publisher's last frame to the next one's first. */
const LEAST_STEP_MS = 40

/** After a change of publisher, how much of its media is kept from falling behind the splice. */
const SPLICE_MS = 2000

/** A step back beyond this is a new start of the publisher's clock, not the order of audio and video. */
const JUMP_BACK_MS = 1000

/**
 * One clock for a stream, whoever publishes it.
 *
 * The first publisher's timestamps are passed on as they are. When another one takes the name over (or the same one
 * comes back after an interruption) and its clock does not go on where the last one stopped, its timestamps are moved
 * so that players see the time go on by as much as really passed. Timestamps are uint32 milliseconds and may wrap.
 */
export class Timeline {
  #offset = 0
  #started = false
  #last = 0
  #lastAt = 0
  /** A further publisher's first frame has not come yet. */
  #undecided = false
  /** While splicing: the time nothing may fall behind. */
  #floor: number | undefined

  /** The stream's latest time; 0 before any media. */
  get latest(): number {
    return this.#last
  }

  /** A publisher begins. */
  begin(): void {
    this.#undecided = this.#started
    this.#floor = undefined
    if (!this.#started) this.#offset = 0
  }

  /**
   * The time on the stream's clock of a message.
   *
   * @param timestamp - The publisher's, a uint32.
   * @param coded - Whether the message is a frame. Frames move the clock; headers and data only take part.
   * @param now - Milliseconds.
   */
  map(timestamp: number, coded: boolean, now: number): number {
    if (this.#undecided) {
      if (!coded) return this.#last
      this.#splice(timestamp, now)
    }
    let time = this.#offset === 0 ? timestamp : addTimestamp(timestamp, this.#offset)
    if (this.#floor !== undefined) time = this.#aboveFloor(time)
    if (coded) {
      if (
        !this.#started ||
        isLater(time, this.#last) ||
        timestampDifference(this.#last, time) > JUMP_BACK_MS
      ) {
        this.#last = time
      }
      this.#started = true
      this.#lastAt = now
    }
    return time
  }

  #splice(timestamp: number, now: number): void {
    this.#undecided = false
    this.#floor = this.#last
    const passed = Math.max(LEAST_STEP_MS, Math.round(now - this.#lastAt))
    const ahead = timestampDifference(timestamp, this.#last)
    if (ahead >= 0 && ahead <= passed + SAME_CLOCK_MS) {
      this.#offset = 0
      return
    }
    this.#offset = timestampDifference(addTimestamp(this.#last, passed), timestamp)
  }

  #aboveFloor(time: number): number {
    const floor = this.#floor as number
    const above = timestampDifference(time, floor)
    if (above >= SPLICE_MS) this.#floor = undefined
    return above < 0 && above > -SPLICE_MS ? floor : time
  }
}
