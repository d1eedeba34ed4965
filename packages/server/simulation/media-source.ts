import type { SeededRandom } from '@rtmp/testkit/fuzz'
import { encodeFrame } from './frame.ts'
import { Kind, type PublicationLog } from './publication-log.ts'

/** What a publisher sends. */
export interface MediaStyle {
  /** First timestamp, uint32. */
  readonly start: number
  /** Milliseconds between two video frames, or audio frames where there is no video. */
  readonly intervalMs: number
  /** From this age on it hurries for a while, at {@link HURRY_MS} between frames; `undefined` never. */
  readonly hurryAtMs: number | undefined
  readonly hurryForMs: number
  readonly video: boolean
  readonly audio: boolean
  /** Video tracks; more than one are sent as enhanced multitrack. */
  readonly tracks: number
  /** Frames from key frame to key frame. */
  readonly gop: number
  /** Whether headers and data frames are sent. */
  readonly headers: boolean
  /** Bytes of a frame at most. */
  readonly size: number
}

const HURRY_MS = 40

/** How often headers and data frames change in the middle, 0 to 1 for each key frame. */
const CHANGE = 0.05

/** Something to send. */
export type Item =
  | { readonly kind: 'media'; readonly typeId: 8 | 9; readonly payload: Uint8Array }
  | { readonly kind: 'data'; readonly values: readonly [string, ...unknown[]] }

/** Makes what one publication sends, numbered and noted in its log. */
export class MediaSource {
  readonly #random: SeededRandom
  readonly #log: PublicationLog
  readonly #style: MediaStyle
  readonly #videoHeaders: number[]
  #audioHeader = 0
  #dataFrame = 0
  #frames = 0

  constructor(random: SeededRandom, log: PublicationLog, style: MediaStyle) {
    this.#random = random
    this.#log = log
    this.#style = style
    this.#videoHeaders = Array.from({ length: style.tracks }, () => 0)
  }

  /** Milliseconds until there is more. */
  pause(age: number): number {
    const { intervalMs, hurryAtMs, hurryForMs } = this.#style
    const hurries = hurryAtMs !== undefined && age >= hurryAtMs && age < hurryAtMs + hurryForMs
    const interval = hurries ? HURRY_MS : intervalMs
    return interval * 0.9 + this.#random.below(Math.ceil(interval * 0.2))
  }

  /** The next frames, and what must come before them. */
  take(timestamp: number, age: number): Item[] {
    const { video, audio, tracks, gop, headers, size } = this.#style
    const items: Item[] = []
    const isKey = video && this.#frames % gop === 0
    if (headers && (this.#frames === 0 || (isKey && this.#random.chance(CHANGE)))) {
      this.#configure(items, timestamp)
    }
    this.#frames += 1
    if (video) {
      for (let track = 0; track < tracks; track++) {
        const kind = isKey ? Kind.keyFrame : Kind.interFrame
        items.push(this.#media(kind, track, timestamp, isKey ? size : this.#random.below(size)))
      }
    }
    if (audio) items.push(this.#media(Kind.audio, 0, timestamp, this.#random.below(size >> 1)))
    if (this.#random.chance(0.01) && age > 0) {
      items.push(this.#data('onCue', this.#log.add(Kind.cue, 0)))
    }
    return items
  }

  #configure(items: Item[], timestamp: number): void {
    const { video, audio, tracks } = this.#style
    const number = this.#log.add(Kind.dataFrame, 0)
    this.#dataFrame = number + 1
    items.push(this.#data('@setDataFrame', 'onMetaData', number))
    for (let track = 0; video && track < tracks; track++) {
      items.push(this.#media(Kind.videoHeader, track, timestamp, 40))
    }
    if (audio) items.push(this.#media(Kind.audioHeader, 0, timestamp, 40))
  }

  #data(...head: readonly [...string[], number]): Item {
    const number = head.at(-1) as number
    const names = head.slice(0, -1) as string[]
    const values = [...names, { publication: this.#log.id, number }] as unknown as readonly [
      string,
      ...unknown[],
    ]
    return { kind: 'data', values }
  }

  #media(kind: Kind, track: number, timestamp: number, size: number): Item {
    const number = this.#log.add(kind, track)
    if (kind === Kind.videoHeader) this.#videoHeaders[track] = number + 1
    if (kind === Kind.audioHeader) this.#audioHeader = number + 1
    const frame = {
      kind,
      track,
      publication: this.#log.id,
      number,
      videoHeader: this.#videoHeaders[track] ?? 0,
      audioHeader: this.#audioHeader,
      dataFrame: this.#dataFrame,
      timestamp,
    }
    const isAudio = kind === Kind.audio || kind === Kind.audioHeader
    const payload = encodeFrame(frame, this.#style.tracks > 1, size)
    return { kind: 'media', typeId: isAudio ? 8 : 9, payload }
  }
}
