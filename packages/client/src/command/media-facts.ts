import { isDecodeError } from '@rtmp/bytes'
import { amf3Codec } from '@rtmp/amf3'
import { ContinuousClock, TimestampUnwrapper } from '@rtmp/bytes/time'
import { toMediaFrames } from '@rtmp/e-rtmp'
import { TagType } from '@rtmp/flv'
import { ElapsedTime } from '@rtmp/flv/file'
import { decodeScriptData, stripSetDataFrame } from '@rtmp/flv/script'
import { type JsonValue, jsonValue } from './json-value.ts'
import { formatTime, leapText } from './quantity.ts'
import { withoutCode } from './problem.ts'
import { TrackFacts, type TrackReport } from './track-facts.ts'

/** What is known of a stream, live or in a file. */
export interface MediaReport {
  readonly durationMs: number
  /** Bytes of all payloads. */
  readonly bytes: number
  readonly bitsPerSecond: number
  readonly tracks: readonly TrackReport[]
  /** The last onMetaData: what the sender says of the stream. */
  readonly metadata: JsonValue
  /** How many data messages of which name came. */
  readonly data: Readonly<Record<string, number>>
  /** What is wrong, each thing once. */
  readonly problems: readonly string[]
}

/** An FLV tag, or a packet of a player. */
export interface MediaInput {
  readonly typeId: number
  readonly timestamp: number
  readonly payload: Uint8Array
}

const MAX_PROBLEMS = 100

/** Collects a {@link MediaReport}. */
export class MediaFacts {
  readonly #tracks = new Map<string, TrackFacts>()
  readonly #data = new Map<string, number>()
  readonly #problems = new Set<string>()
  readonly #clock = new ContinuousClock({ jumps: 'mend' })
  readonly #unwrapper = new TimestampUnwrapper()
  readonly #passed = new ElapsedTime()
  #metadata: JsonValue = null
  #bytes = 0
  #last = 0

  /** Whether at least that many audio or video tracks are known by a frame. */
  get trackCount(): number {
    return this.#tracks.size
  }

  add(input: MediaInput): void {
    const { typeId, payload } = input
    this.#bytes += payload.length
    if (typeId === TagType.audio || typeId === TagType.video) this.#addMedia(input)
    else if (typeId === TagType.script || typeId === TagType.scriptAmf3) this.#addData(input)
    else this.problem(`messages of the unknown type ${typeId}`)
  }

  /** Notes something that is wrong. */
  problem(text: string): void {
    if (this.#problems.size < MAX_PROBLEMS) this.#problems.add(text)
  }

  /** What is known so far. */
  report(): MediaReport {
    const tracks = [...this.#tracks.values()].map((track) => track.report()).sort(byKindAndNumber)
    const durationMs = Math.max(this.#last, ...tracks.map((track) => track.durationMs))
    const apart = this.#passed.tracksApart
    if (apart !== 0) this.problem(`sound and picture are ${formatTime(Math.abs(apart))} apart by their times`)
    return {
      durationMs,
      bytes: this.#bytes,
      bitsPerSecond: durationMs === 0 ? 0 : Math.round((this.#bytes * 8000) / durationMs),
      tracks,
      metadata: this.#metadata,
      data: Object.fromEntries(this.#data),
      problems: [...this.#problems],
    }
  }

  #addMedia({ typeId, timestamp, payload }: MediaInput): void {
    const kind = typeId === TagType.audio ? 'audio' : 'video'
    try {
      for (const frame of toMediaFrames(kind, timestamp, payload)) {
        if (frame.type === 'command' || frame.type === 'silence' || frame.type === 'unknown') continue
        const key = `${kind} ${frame.trackId}`
        let track = this.#tracks.get(key)
        if (track === undefined) this.#tracks.set(key, (track = new TrackFacts(kind, frame.trackId)))
        const problem = track.add(frame)
        if (problem !== undefined) this.problem(problem)
        // FFmpeg ends FLAC with a frame of no bytes.
        if (frame.type === 'coded' && frame.payload.length > 0) this.#note(typeId, timestamp)
      }
    } catch (error) {
      if (!isDecodeError(error)) throw error
      this.problem(`${kind}: ${withoutCode(error.message)} (${error.code})`)
    }
  }

  #note(typeId: number, timestamp: number): void {
    const time = this.#unwrapper.unwrap(this.#clock.map(typeId, timestamp))
    const { leap } = this.#clock
    if (leap !== 0)
      this.problem(
        `the time of ${typeId === TagType.audio ? 'sound' : 'picture'} ${leapText(leap)}, to ${timestamp} ms`,
      )
    this.#last = Math.max(this.#last, this.#passed.add(typeId, time))
  }

  #addData({ typeId, payload }: MediaInput): void {
    try {
      const { name, values } = decodeScriptData(stripSetDataFrame(payload), typeId, { amf3: amf3Codec })
      this.#data.set(name, (this.#data.get(name) ?? 0) + 1)
      if (name === 'onMetaData') this.#metadata = jsonValue(values[0])
    } catch (error) {
      if (!isDecodeError(error)) throw error
      this.problem(`data: ${withoutCode(error.message)} (${error.code})`)
    }
  }
}

const byKindAndNumber = (a: TrackReport, b: TrackReport): number =>
  a.kind === b.kind ? a.trackId - b.trackId : a.kind === 'video' ? -1 : 1
