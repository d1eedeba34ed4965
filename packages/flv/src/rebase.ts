import { type FlvFactsOptions, isSequenceHeaderTag, TrackClock } from './facts.ts'
import { type FlvTagInit, TagType } from './tag.ts'

/** How a {@link TimeRebaser} counts. */
export interface TimeRebaserOptions extends Pick<FlvFactsOptions, 'isSequenceHeader'> {
  /** Milliseconds that the first frame of the first source gets; default 0. */
  readonly start?: number
}

/**
 * Gives tags of several sources, one after the other, timestamps of one common clock: each source starts where the one
 * before it ends. Distances inside a source stay as they are, across the wrap of 32 bits, too.
 */
export class TimeRebaser {
  readonly #isSequenceHeader: (tag: FlvTagInit) => boolean
  readonly #audio = new TrackClock()
  readonly #video = new TrackClock()
  /** Where the first frame of the current source goes. */
  #start: number
  /** Timestamp of the first frame of the current source, once there was one. */
  #base: number | undefined

  /** @param options - The start, and how sequence headers are recognised. */
  constructor(options: TimeRebaserOptions = {}) {
    this.#isSequenceHeader = options.isSequenceHeader ?? isSequenceHeaderTag
    this.#start = options.start ?? 0
  }

  /** Milliseconds behind the last frame so far: where the next source will start. */
  get end(): number {
    return Math.max(this.#start, this.#audio.end, this.#video.end)
  }

  /** Says that the tags that follow are of another source. */
  nextSource(): void {
    this.#start = this.end
    this.#base = undefined
  }

  /** The tag on the common clock. Only frames move the clock; headers and script data before them get the start. */
  map(tag: FlvTagInit): FlvTagInit {
    const { typeId, payload, streamId = 0, filtered = false } = tag
    const isMedia = typeId === TagType.audio || typeId === TagType.video
    const isFrame = isMedia && !this.#isSequenceHeader(tag)
    if (isFrame) this.#base ??= tag.timestamp
    const elapsed = this.#base === undefined ? 0 : (tag.timestamp - this.#base) | 0
    const time = this.#start + Math.max(0, elapsed)
    if (isFrame) (typeId === TagType.audio ? this.#audio : this.#video).addFrame(time)
    return { typeId, timestamp: time >>> 0, payload, streamId, filtered }
  }
}
