import { concat } from '@rtmp/bytes'

/** What a segment or part costs beside its bytes, roughly: objects, and its lines in the playlist. */
export const ENTRY_BYTES = 400

/** A part of a segment: one fragment, or what came out of one cut. */
export interface Part {
  readonly bytes: Uint8Array
  /** Milliseconds. */
  readonly duration: number
  /** Decoding can start somewhere in it. */
  readonly independent: boolean
  /** Decoding can start at its first frame. */
  readonly startsIndependent: boolean
}

/** Where a segment stands in its rendition. */
export interface SegmentPlace {
  /** Its Media Sequence Number. */
  readonly sequence: number
  /** Its Discontinuity Sequence Number. */
  readonly epoch: number
  /** Discontinuities between the segment before and this one. */
  readonly discontinuities: number
  /** Which init segment it wants. */
  readonly init: number
  /** Decode time of its first frame on the stream's clock, in milliseconds. */
  readonly start: number
  /** When its first frame is shown, on the same clock. */
  readonly shown: number
  /** Whether its parts stand in the playlist. */
  readonly listsParts: boolean
}

/** A segment of a rendition: open while parts are added, then closed for good. */
export class Segment {
  readonly place: SegmentPlace
  /** There is nothing in it: its time has passed without a frame, or it was lost. */
  isGap = false
  /** In milliseconds; of an open segment so far. */
  duration = 0
  /** Bytes of all parts. */
  byteLength = 0
  /** When its first frame is shown, in milliseconds since 1970. */
  wallClock = 0
  /** Decoding can start at its first frame. */
  independent = false
  isClosed = false
  /** Its lines in the playlist once it is closed, with and without its parts. */
  lines: string | undefined
  #parts: Part[] = []
  #bytes: Uint8Array | undefined

  constructor(place: SegmentPlace) {
    this.place = place
  }

  get parts(): readonly Part[] {
    return this.#parts
  }

  /** The whole segment, as long as it is in memory and closed. */
  get bytes(): Uint8Array | undefined {
    return this.#bytes
  }

  add(part: Part): void {
    if (this.#parts.length === 0) this.independent = part.startsIndependent
    this.#parts.push(part)
    this.byteLength += part.bytes.length
    this.duration += part.duration
  }

  /** @param end - The decode time at which the next segment begins, or this one's last frame ends. */
  close(end: number): void {
    this.duration = Math.max(0, end - this.place.start)
    this.isClosed = true
    if (this.#parts.length < 2) {
      this.#bytes = this.#parts[0]?.bytes
      return
    }
    // Parts become views of the whole, so that nothing is held twice.
    const whole = concat(this.#parts.map(({ bytes }) => bytes))
    let at = 0
    this.#parts = this.#parts.map((part) => {
      const view = whole.subarray(at, at + part.bytes.length)
      at += part.bytes.length
      return { ...part, bytes: view }
    })
    this.#bytes = whole
  }

  /** The segment lies elsewhere from now on, or nowhere. Says how many bytes were let go. */
  release(): number {
    const held = this.#bytes === undefined ? 0 : this.byteLength
    this.#bytes = undefined
    this.#parts = []
    return held
  }
}
