import { isAudioSequenceHeader, isKeyFrame, isVideoSequenceHeader } from './predicates.ts'
import { type FlvTagInit, TAG_OVERHEAD, TagType } from './tag.ts'

/** Where the key frames of a file are, as the `keyframes` object of onMetaData has it. */
export interface KeyframeIndex {
  /** Seconds, one for each position. */
  readonly times: readonly number[]
  /** Position in the file of the first byte of each video tag. */
  readonly filePositions: readonly number[]
}

/** What a walk over all tags of a file tells. Times are milliseconds, counted from the first frame. */
export interface FlvFacts {
  /** From the first frame to the end of the last one, whose length is taken from the frame before it. */
  readonly duration: number
  /** Timestamp of the first frame of sound or picture, as it stands in the file. */
  readonly firstTimestamp: number
  /** Highest time of a frame. */
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

/**
 * How tags are told apart where a whole file is looked at. The defaults know the legacy forms; for Enhanced RTMP pass
 * tests made with `classifyVideo` and `classifyAudio` of `@rtmp/ertmp`.
 */
export interface FlvFactsOptions {
  /** Whether a video payload is a picture that decoding can start at. */
  readonly isKeyFrame?: (payload: Uint8Array) => boolean
  /** Whether a tag is a sequence header: it has no duration, and its time may be far from that of the media. */
  readonly isSequenceHeader?: (tag: FlvTagInit) => boolean
}

/** Whether a tag is a legacy sequence header of sound or picture. */
export const isSequenceHeaderTag = (tag: FlvTagInit): boolean =>
  (tag.typeId === TagType.video && isVideoSequenceHeader(tag.payload)) ||
  (tag.typeId === TagType.audio && isAudioSequenceHeader(tag.payload))

/** Time of one kind of tag: to know how long the last frame lasts. */
export class TrackClock {
  tags = 0
  size = 0
  frames = 0
  last = 0
  /** Distance between the last two different times. */
  gap = 0

  addFrame(time: number): void {
    if (this.frames > 0 && time > this.last) this.gap = time - this.last
    this.frames += 1
    if (time > this.last) this.last = time
  }

  /** Behind the last frame. */
  get end(): number {
    return this.frames === 0 ? 0 : this.last + this.gap
  }
}

/** Collects {@link FlvFacts} tag by tag; holds numbers only, no payloads. */
export class FlvFactsCollector {
  readonly #isKeyFrame: (payload: Uint8Array) => boolean
  readonly #isSequenceHeader: (tag: FlvTagInit) => boolean
  readonly #audio = new TrackClock()
  readonly #video = new TrackClock()
  readonly #times: number[] = []
  readonly #positions: number[] = []
  #scriptTags = 0
  #scriptSize = 0
  #fileSize = 0
  #first: number | undefined

  constructor(options: FlvFactsOptions = {}) {
    this.#isKeyFrame = options.isKeyFrame ?? isKeyFrame
    this.#isSequenceHeader = options.isSequenceHeader ?? isSequenceHeaderTag
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
    const track = tag.typeId === TagType.audio ? this.#audio : this.#video
    track.tags += 1
    track.size += size
    if (this.#isSequenceHeader(tag)) return
    this.#first ??= tag.timestamp
    track.addFrame(Math.max(0, (tag.timestamp - this.#first) | 0))
    if (tag.typeId === TagType.video && this.#isKeyFrame(tag.payload)) {
      this.#times.push(tag.timestamp / 1000)
      this.#positions.push(position)
    }
  }

  /** What is known so far. */
  facts(): FlvFacts {
    return {
      duration: Math.max(this.#audio.end, this.#video.end),
      firstTimestamp: this.#first ?? 0,
      lastTime: Math.max(this.#audio.last, this.#video.last),
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
