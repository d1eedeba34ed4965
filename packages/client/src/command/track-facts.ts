import { ContinuousClock, TimestampUnwrapper } from '@rtmp/bytes/time'
import { type ColorInfo, codecTitle, decodeVideoMetadata, type MediaFrame } from '@rtmp/e-rtmp'
import { type CodecFacts, codecFacts } from '@rtmp/e-rtmp/records'
import { isDecodeError } from '@rtmp/bytes'
import { withoutCode } from './problem.ts'
import { type Spread, SpreadCollector } from './spread.ts'

/** Groups of pictures: from one key frame to the next. */
interface GopFacts {
  /** Complete groups. */
  readonly count: number
  readonly frames: Spread
  readonly ms: Spread
}

/** What is known of one track. Times are milliseconds, rates bits a second. */
export interface TrackReport extends Partial<CodecFacts> {
  readonly kind: 'audio' | 'video'
  readonly trackId: number
  readonly codec: string
  /** The codec as people call it. */
  readonly title: string
  /** How its messages are written. */
  readonly form: 'legacy' | 'enhanced'
  /** Frames of sound or picture. */
  readonly frames: number
  /** Bytes of these frames. */
  readonly bytes: number
  readonly bitsPerSecond: number
  /** On a clock that goes on where the track's own does not. */
  readonly durationMs: number
  /** Places where the track's time did not run forward. */
  readonly discontinuities: number
  readonly firstTimestamp: number
  readonly lastTimestamp: number
  /** Frames a second as counted; video only. */
  readonly measuredFrameRate?: number
  /** Video only. */
  readonly keyFrames?: number
  readonly gop?: GopFacts
  /** Whether frames are shown in another order than sent, as with B-frames; video only. */
  readonly reordered?: boolean
  /** Colour as the sender tells it (E-RTMP v2, "Metadata Frame"); video only. */
  readonly color?: ColorInfo
  /** Configuration records that came, and how often they changed. */
  readonly sequenceHeaders: number
  readonly configurationChanges: number
}

/** Collects a {@link TrackReport} frame by frame; keeps no payloads but one configuration record. */
export class TrackFacts {
  readonly kind: 'audio' | 'video'
  readonly trackId: number
  readonly #clock = new ContinuousClock({ jumps: 'mend' })
  readonly #unwrapper = new TimestampUnwrapper()
  readonly #gopFrames = new SpreadCollector()
  readonly #gopMs = new SpreadCollector()
  #codec = 'unknown'
  #form: 'legacy' | 'enhanced' = 'legacy'
  #facts: CodecFacts | undefined
  #record: Uint8Array | undefined
  #headers = 0
  #changes = 0
  #discontinuities = 0
  #frames = 0
  #bytes = 0
  #first: number | undefined
  #firstStamp = 0
  #lastStamp = 0
  #last = 0
  #gap = 0
  #keyFrames = 0
  #gopStart: number | undefined
  #gopCount = 0
  #highestPts = Number.NEGATIVE_INFINITY
  #reordered = false
  #color: ColorInfo | undefined

  constructor(kind: 'audio' | 'video', trackId: number) {
    this.kind = kind
    this.trackId = trackId
  }

  /** Counts a frame of this track. Returns what is wrong with it. */
  add(frame: MediaFrame): string | undefined {
    if (frame.codec !== 'unknown') {
      this.#codec = frame.codec
      this.#form = frame.form
    }
    if (frame.type === 'sequenceHeader') this.#header(frame.payload)
    if (frame.type === 'coded' && frame.payload.length > 0) this.#coded(frame)
    return this.#wantsToLearn(frame) ? this.#learn(frame) : undefined
  }

  /** What is known so far. */
  report(): TrackReport {
    const { kind, trackId } = this
    const span = this.#first === undefined ? 0 : this.#last - this.#first
    const durationMs = span + this.#gap
    return {
      kind,
      trackId,
      title: codecTitle(kind, this.#codec),
      form: this.#form,
      ...this.#facts,
      codec: this.#facts?.codec ?? this.#codec,
      frames: this.#frames,
      bytes: this.#bytes,
      bitsPerSecond: durationMs === 0 ? 0 : Math.round((this.#bytes * 8000) / durationMs),
      durationMs,
      discontinuities: this.#discontinuities,
      firstTimestamp: this.#firstStamp,
      lastTimestamp: this.#lastStamp,
      ...(kind === 'video' ? this.#picture(span) : {}),
      sequenceHeaders: this.#headers,
      configurationChanges: this.#changes,
    }
  }

  #picture(span: number): Partial<TrackReport> {
    const frames = this.#gopFrames.spread
    const ms = this.#gopMs.spread
    const rate = span === 0 ? undefined : Math.round(((this.#frames - 1) * 1e5) / span) / 100
    return {
      ...(rate === undefined ? {} : { measuredFrameRate: rate }),
      keyFrames: this.#keyFrames,
      ...(frames === undefined || ms === undefined
        ? {}
        : { gop: { count: this.#gopFrames.count, frames, ms } }),
      reordered: this.#reordered,
      ...(this.#color === undefined ? {} : { color: this.#color }),
    }
  }

  #header(record: Uint8Array): void {
    this.#headers += 1
    const known = this.#record
    if (known !== undefined && !same(known, record)) {
      this.#changes += 1
      this.#facts = undefined
    }
    this.#record = record.slice()
  }

  #coded(frame: MediaFrame): void {
    const time = this.#unwrapper.unwrap(this.#clock.map(0, frame.dts))
    if (this.#clock.leap !== 0) this.#discontinuities += 1
    if (this.#first === undefined) {
      this.#first = time
      this.#firstStamp = frame.dts
    } else if (time > this.#last) this.#gap = time - this.#last
    this.#last = this.#frames === 0 ? time : Math.max(this.#last, time)
    this.#lastStamp = frame.dts
    this.#frames += 1
    this.#bytes += frame.payload.length
    if (this.kind !== 'video') return
    const pts = time + (frame.pts - frame.dts)
    if (pts < this.#highestPts) this.#reordered = true
    else this.#highestPts = pts
    if (frame.keyFrame) {
      this.#keyFrames += 1
      if (this.#gopStart !== undefined) {
        this.#gopFrames.add(this.#gopCount)
        this.#gopMs.add(time - this.#gopStart)
      }
      this.#gopStart = time
      this.#gopCount = 0
    }
    this.#gopCount += 1
  }

  /** Records tell, and the first frames; key frames until the size is known, since the records of VP8 and VP9 lack it. */
  #wantsToLearn({ type, keyFrame }: MediaFrame): boolean {
    if (type !== 'coded' || this.#facts === undefined) return true
    return this.kind === 'video' && keyFrame && this.#facts.width === undefined
  }

  #learn(frame: MediaFrame): string | undefined {
    try {
      if (frame.type === 'metadata') this.#color = decodeVideoMetadata(frame.payload).colorInfo ?? this.#color
      const facts = codecFacts(frame)
      if (facts !== undefined) this.#facts = { ...this.#facts, ...facts }
      return undefined
    } catch (error) {
      if (!isDecodeError(error)) throw error
      return `${frame.kind} track ${frame.trackId}: ${withoutCode(error.message)} (${error.code})`
    }
  }
}

const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])
