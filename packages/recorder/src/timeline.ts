import { addTimestamp, ContinuousClock, TimestampUnwrapper, timestampDifference } from '@rtmp/bytes/time'
import type { MediaMessage } from '@rtmp/e-rtmp'
import type { Gap } from '@rtmp/live'

/** What is no frame and further than this from the frames around it has a time that means nothing. Milliseconds. */
const FAR_MS = 10_000

/** A gap as long as this is no jump of a clock. Milliseconds. */
const LONG_GAP_MS = 30_000

/**
 * The times of a stream as a recording needs them: they do not wrap, and go on where the stream's own clock jumps or begins
 * anew. Gaps that were told keep their length.
 */
export class Timeline {
  readonly #clock = new ContinuousClock({ jumps: 'mend' })
  readonly #unwrapper = new TimestampUnwrapper()
  #latest = 0

  /** The latest time of a frame, in milliseconds. */
  get latest(): number {
    return this.#latest
  }

  /** The time of a message in milliseconds. Only frames move the clock. @param now - Milliseconds of any clock. */
  at(message: MediaMessage, now: number): number {
    if (!message.isCoded) return this.#other(message.timestamp)
    const time = this.#unwrapper.unwrap(this.#clock.map(message.typeId, message.timestamp, now))
    if (time > this.#latest || this.#latest - time > FAR_MS) this.#latest = time
    return time
  }

  /** Something is missing between two of the stream's times. */
  skip({ from, to }: Gap): void {
    const missing = timestampDifference(to, from)
    if (!this.#clock.started || missing < LONG_GAP_MS) return
    const time = addTimestamp(this.#clock.at(from), missing)
    this.#clock.restart()
    this.#clock.align(to, time)
  }

  #other(timestamp: number): number {
    if (!this.#clock.started) return this.#latest
    const away = timestampDifference(this.#clock.at(timestamp), this.#clock.latest)
    return Math.abs(away) > FAR_MS ? this.#latest : this.#latest + away
  }
}
