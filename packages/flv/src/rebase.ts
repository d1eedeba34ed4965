import { ContinuousClock, TimestampUnwrapper, timestampDifference } from '@rtmp/bytes/time'
import { ElapsedTime } from './elapsed-time.ts'
import { TrackClock } from './facts.ts'
import { type FlvRules, isSequenceHeaderTag } from './rules.ts'
import { type FlvTagInit, TagType } from './tag.ts'

/** What is no frame and further from the frames around it than this has a time that means nothing, in milliseconds. */
const FAR_BACK_MS = 1000
const FAR_AHEAD_MS = 10_000

/** How a {@link TimeRebaser} counts. */
export interface TimeRebaserOptions extends Pick<FlvRules, 'isSequenceHeader'> {
  /** Milliseconds that the first frame of the first source gets, default 0; `'own'` leaves it its own time. */
  readonly start?: number | 'own'
}

/**
 * Gives tags of several sources, one after the other, timestamps of one common clock: each source starts where the one
 * before it ends. Distances inside a source stay as they are, across the wrap of 32 bits, too; where a source's own time
 * starts again, jumps ahead by more than a minute or wraps at 24 bits, it goes on as if another source had begun. Tracks
 * that stand side by side and are more than ten seconds apart by their times are put side by side.
 */
export class TimeRebaser {
  readonly #isSequenceHeader: (tag: FlvTagInit) => boolean
  readonly #clock = new ContinuousClock({ jumps: 'mend' })
  /** The clock's times without wrap. */
  readonly #unwrapper = new TimestampUnwrapper()
  readonly #audio = new TrackClock()
  readonly #video = new TrackClock()
  /** In the current source, whose tracks may have clocks of their own. */
  #elapsed = new ElapsedTime()
  /** Where the first frame of the current source goes. */
  #start: number
  /** The first source's first frame has not come, and keeps its time. */
  #keepsStart: boolean
  /** Whether a frame of the current source has come. */
  #begun = false

  /** @param options - The start, and how sequence headers are recognised. */
  constructor(options: TimeRebaserOptions = {}) {
    this.#isSequenceHeader = options.isSequenceHeader ?? isSequenceHeaderTag
    this.#keepsStart = options.start === 'own'
    this.#start = options.start === undefined || options.start === 'own' ? 0 : options.start
    if (!this.#keepsStart) this.#unwrapper.unwrap(this.#start)
  }

  /** Milliseconds behind the last frame so far: where the next source will start. */
  get end(): number {
    return Math.max(this.#start, this.#audio.end, this.#video.end)
  }

  /**
   * By how many milliseconds the last frame's own time was off what could follow in its source: negative for a step back,
   * 0 for none.
   */
  get leap(): number {
    return this.#clock.leap
  }

  /** By how many milliseconds the clocks of the current source's sound and picture are apart; 0 below ten seconds. */
  get tracksApart(): number {
    return this.#elapsed.tracksApart
  }

  /** Says that the tags that follow are of another source. */
  nextSource(): void {
    this.#start = this.end
    this.#begun = false
    this.#elapsed = new ElapsedTime()
    this.#clock.begin()
  }

  /** The tag on the common clock. Only frames move the clock; headers and script data before them get the start. */
  map(tag: FlvTagInit): FlvTagInit {
    const { typeId, payload, streamId = 0, filtered = false } = tag
    const isMedia = typeId === TagType.audio || typeId === TagType.video
    const isFrame = isMedia && !this.#isSequenceHeader(tag)
    const time = isFrame ? this.#frame(typeId, tag.timestamp) : this.#other(tag.timestamp)
    return { typeId, timestamp: time >>> 0, payload, streamId, filtered }
  }

  #frame(typeId: number, timestamp: number): number {
    if (this.#keepsStart) this.#start = this.#unwrapper.unwrap(timestamp)
    this.#keepsStart = false
    if (!this.#begun) this.#clock.align(timestamp, this.#start >>> 0)
    this.#begun = true
    const mapped = this.#unwrapper.unwrap(this.#clock.map(typeId, timestamp))
    const time = this.#start + this.#elapsed.add(typeId, mapped)
    const track = typeId === TagType.audio ? this.#audio : this.#video
    track.addFrame(time)
    return time
  }

  #other(timestamp: number): number {
    if (this.#keepsStart) return timestamp
    if (!this.#begun) return this.#start
    const { end } = this
    const away = timestampDifference(this.#clock.at(timestamp), end >>> 0)
    // Headers and data often carry a time of their own: 0, or that of what comes behind a jump.
    return away < -FAR_BACK_MS || away > FAR_AHEAD_MS ? end : Math.max(this.#start, end + away)
  }
}
