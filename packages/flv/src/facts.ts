import { ContinuousClock, TimestampUnwrapper } from '@rtmp/bytes/time'
import { ElapsedTime } from './elapsed-time.ts'
import { CompleteRules, type FlvRules } from './rules.ts'
import { type FlvTagInit, TAG_OVERHEAD, TagType } from './tag.ts'

/** Where the key frames of a file are, as the `keyframes` object of onMetaData has it. */
export interface KeyframeIndex {
  /** Seconds, one for each position. */
  readonly times: readonly number[]
  /** Position in the file of the first byte of each video tag. */
  readonly filePositions: readonly number[]
}

/**
 * What a walk over all tags of a file tells. Times are milliseconds, counted from the first frame, on a clock that goes
 * on where the tags' own does not.
 */
export interface FlvFacts {
  /** From the first frame to the end of the last one, whose length is taken from the frame before it. */
  readonly duration: number
  /** Timestamp of the first frame of sound or picture, as it stands in the file. */
  readonly firstTimestamp: number
  /** Highest time of a frame. */
  readonly lastTime: number
  /** There is a tag of sound, whatever the file header says. */
  readonly hasAudio: boolean
  /** There is a tag of video, whatever the file header says. */
  readonly hasVideo: boolean
  /** There is a tag of data. */
  readonly hasScript: boolean
  /** Tags of sound, sequence headers included. */
  readonly audioTags: number
  /** Tags of video, sequence headers included. */
  readonly videoTags: number
  /** Bytes of all tags of sound, with their headers and back pointers. */
  readonly audioSize: number
  /** The same for video. */
  readonly videoSize: number
  /** The same for data. */
  readonly scriptSize: number
  /** Position behind the last tag and its back pointer. */
  readonly fileSize: number
  /** Of video; empty for a file without. */
  readonly keyframes: KeyframeIndex
  /** Places where time did not run forward: a jump, a second recording behind the first, a wrap of 24 bits. */
  readonly discontinuities: number
  /** By how many milliseconds the clocks of sound and picture are apart, 0 when it is less than ten seconds. */
  readonly tracksApart: number
  /** Enhanced tags for which no rules were given: headers and key frames among them are not known. */
  readonly tagsWithoutRules: number
}

/** A place where a track's time does not go on from where it was. */
export interface FlvDiscontinuity {
  /** Position in the file of the tag behind it. */
  readonly position: number
  /** 8 audio, 9 video. */
  readonly typeId: number
  /** The timestamp that does not follow, in milliseconds. */
  readonly timestamp: number
  /** Milliseconds from the track's last frame to it: negative for a step back. */
  readonly leap: number
}

/** How facts are collected. */
export interface FlvFactsOptions extends FlvRules {
  /** Told of each place where time does not run forward. */
  readonly onDiscontinuity?: (place: FlvDiscontinuity) => void
}

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
  readonly #rules: CompleteRules
  readonly #onDiscontinuity: ((place: FlvDiscontinuity) => void) | undefined
  readonly #audio = new TrackClock()
  readonly #video = new TrackClock()
  readonly #times: number[] = []
  readonly #positions: number[] = []
  #scriptTags = 0
  #scriptSize = 0
  #fileSize = 0
  readonly #clock = new ContinuousClock({ jumps: 'mend' })
  readonly #unwrapper = new TimestampUnwrapper()
  readonly #elapsed = new ElapsedTime()
  #discontinuities = 0
  #tagsWithoutRules = 0

  constructor(options: FlvFactsOptions = {}) {
    this.#rules = new CompleteRules(options)
    this.#onDiscontinuity = options.onDiscontinuity
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
    if (this.#rules.lacks(tag)) this.#tagsWithoutRules += 1
    if (this.#rules.isSequenceHeader(tag)) return
    const time = this.#time(tag, position)
    track.addFrame(this.#elapsed.add(tag.typeId, time))
    if (tag.typeId === TagType.video && this.#rules.isKeyFrame(tag.payload)) {
      this.#times.push(time / 1000)
      this.#positions.push(position)
    }
  }

  /** A frame's time on the clock that goes on, without wrap. */
  #time({ typeId, timestamp }: FlvTagInit, position: number): number {
    const time = this.#unwrapper.unwrap(this.#clock.map(typeId, timestamp))
    const { leap } = this.#clock
    if (leap !== 0) {
      this.#discontinuities += 1
      this.#onDiscontinuity?.({ position, typeId, timestamp, leap })
    }
    return time
  }

  /** What is known so far. */
  facts(): FlvFacts {
    return {
      duration: Math.max(this.#audio.end, this.#video.end),
      firstTimestamp: this.#elapsed.first ?? 0,
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
      discontinuities: this.#discontinuities,
      tracksApart: this.#elapsed.tracksApart,
      tagsWithoutRules: this.#tagsWithoutRules,
    }
  }
}
