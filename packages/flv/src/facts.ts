import { isKeyFrame } from './predicates.ts'
import { type FlvTagInit, TAG_OVERHEAD, TagType } from './tag.ts'

/** Where the key frames of a file are, as the `keyframes` object of onMetaData has it. */
export interface KeyframeIndex {
  /** Seconds, one for each position. */
  readonly times: readonly number[]
  /** Position in the file of the first byte of each video tag. */
  readonly filePositions: readonly number[]
}

/** What a walk over all tags of a file tells. Times are milliseconds, counted from the first tag. */
export interface FlvFacts {
  /** From the first tag to the end of the last frame, whose length is taken from the frame before it. */
  readonly duration: number
  /** Timestamp of the first tag of sound or picture, as it stands in the file. */
  readonly firstTimestamp: number
  /** Highest time of a tag. */
  readonly lastTime: number
  readonly hasAudio: boolean
  readonly hasVideo: boolean
  readonly hasScript: boolean
  /** How many tags of sound and picture there are. */
  readonly audioTags: number
  readonly videoTags: number
  /** Bytes of all tags of a kind, with their headers and back pointers. */
  readonly audioSize: number
  readonly videoSize: number
  readonly scriptSize: number
  /** Position behind the last tag and its back pointer. */
  readonly fileSize: number
  readonly keyframes: KeyframeIndex
}

/** How {@link FlvFactsCollector} looks at tags. */
export interface FlvFactsOptions {
  /**
   * Says whether a video payload is a key frame. The default knows the legacy forms; for Enhanced RTMP pass a test
   * made with `classifyVideo` of `@rtmp/ertmp`.
   */
  readonly isKeyFrame?: (payload: Uint8Array) => boolean
}

/** Time of one kind of tag: to know how long the last frame lasts. */
class Track {
  tags = 0
  size = 0
  last = 0
  /** Distance between the last two different times. */
  gap = 0

  add(time: number, size: number): void {
    if (this.tags > 0 && time > this.last) this.gap = time - this.last
    this.tags += 1
    this.size += size
    if (time > this.last) this.last = time
  }

  get end(): number {
    return this.tags === 0 ? 0 : this.last + this.gap
  }
}

/** Collects {@link FlvFacts} tag by tag; holds numbers only, no payloads. */
export class FlvFactsCollector {
  readonly #isKeyFrame: (payload: Uint8Array) => boolean
  readonly #audio = new Track()
  readonly #video = new Track()
  readonly #times: number[] = []
  readonly #positions: number[] = []
  #scriptTags = 0
  #scriptSize = 0
  #fileSize = 0
  #first: number | undefined
  #lastTime = 0

  constructor(options: FlvFactsOptions = {}) {
    this.#isKeyFrame = options.isKeyFrame ?? isKeyFrame
  }

  /** Adds the tag that stands at a position in the file. */
  add(tag: FlvTagInit, position: number): void {
    const size = tag.payload.length + TAG_OVERHEAD
    this.#fileSize = position + size
    if (tag.typeId !== TagType.audio && tag.typeId !== TagType.video) {
      this.#scriptTags += 1
      this.#scriptSize += size
      return
    }
    this.#first ??= tag.timestamp
    const time = Math.max(0, (tag.timestamp - this.#first) | 0)
    if (time > this.#lastTime) this.#lastTime = time
    if (tag.typeId === TagType.audio) {
      this.#audio.add(time, size)
      return
    }
    this.#video.add(time, size)
    if (this.#isKeyFrame(tag.payload)) {
      this.#times.push(tag.timestamp / 1000)
      this.#positions.push(position)
    }
  }

  /** What is known so far. */
  facts(): FlvFacts {
    return {
      duration: Math.max(this.#audio.end, this.#video.end),
      firstTimestamp: this.#first ?? 0,
      lastTime: this.#lastTime,
      hasAudio: this.#audio.tags > 0,
      hasVideo: this.#video.tags > 0,
      hasScript: this.#scriptTags > 0,
      audioTags: this.#audio.tags,
      videoTags: this.#video.tags,
      audioSize: this.#audio.size,
      videoSize: this.#video.size,
      scriptSize: this.#scriptSize,
      fileSize: this.#fileSize,
      keyframes: { times: [...this.#times], filePositions: [...this.#positions] },
    }
  }
}
