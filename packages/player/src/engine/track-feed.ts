import { CmafWriter } from '@rtmp/cmaf'
import type { MediaFrame } from '@rtmp/e-rtmp'
import { RAW_MP3, type StreamTrack } from './stream-track.ts'

/** What a source buffer takes next. */
export interface FeedPiece {
  readonly mimeType: string
  readonly slices: readonly Uint8Array[]
  /** For formats that carry no time: where it belongs, and where it ends, in milliseconds. */
  readonly start?: number
  readonly end?: number
}

/** What cuts frames of one track. */
interface Cutter {
  push(frame: MediaFrame): void
  take(): FeedPiece[]
}

/** Fragmented MP4. */
class Mp4Cutter implements Cutter {
  readonly #writer = new CmafWriter({ patience: 0 })
  #mimeType = ''

  push(frame: MediaFrame): void {
    this.#writer.push({ ...frame, trackId: 0 })
  }

  take(): FeedPiece[] {
    return this.#writer.finish().map((piece) => {
      if (piece.kind === 'init') this.#mimeType = piece.mimeType
      const mimeType = this.#mimeType
      if (piece.kind === 'init') return { mimeType, slices: [piece.bytes] }
      return { mimeType, slices: piece.slices }
    })
  }
}

/** MP3 frames one behind the other. */
class RawCutter implements Cutter {
  #frames: MediaFrame[] = []

  push(frame: MediaFrame): void {
    if (frame.type === 'coded' && frame.payload.length > 0) this.#frames.push(frame)
  }

  take(): FeedPiece[] {
    const frames = this.#frames
    const [first] = frames
    if (first === undefined) return []
    this.#frames = []
    const slices = frames.map(({ payload }) => payload)
    return [{ mimeType: RAW_MP3, slices, start: first.pts, end: frames.at(-1)?.pts ?? first.pts }]
  }
}

/** The frames of the chosen track of a kind, cut; changes to another track at that one's next key frame. */
export class TrackFeed {
  #track: StreamTrack
  #next: StreamTrack | undefined
  #cutter: Cutter
  #waitsForKey = true
  #done: FeedPiece[] = []

  constructor(track: StreamTrack) {
    this.#track = track
    this.#cutter = this.#begin(track)
  }

  /** What is played, or will be from its next key frame on. */
  get selected(): StreamTrack {
    return this.#next ?? this.#track
  }

  /** Goes over to a track at its next key frame. */
  select(track: StreamTrack): void {
    this.#next = track === this.#track ? undefined : track
  }

  /** Takes a frame of the stream; gives whether it is played. */
  push(frame: MediaFrame): boolean {
    const next = this.#next
    if (next !== undefined && frame.trackId === next.trackId) {
      if (frame.type !== 'coded' || !frame.keyFrame) return false
      this.#done.push(...this.#cutter.take())
      this.#next = undefined
      this.#track = next
      this.#cutter = this.#begin(next)
    }
    if (frame.trackId !== this.#track.trackId) return false
    if (frame.type === 'coded' && this.#waitsForKey) {
      if (!frame.keyFrame) return false
      this.#waitsForKey = false
    }
    this.#cutter.push(frame)
    return frame.type === 'coded'
  }

  take(): FeedPiece[] {
    const pieces = [...this.#done, ...this.#cutter.take()]
    this.#done = []
    return pieces
  }

  #begin(track: StreamTrack): Cutter {
    const cutter = track.mimeType === RAW_MP3 ? new RawCutter() : new Mp4Cutter()
    for (const header of track.headers) cutter.push(header)
    this.#waitsForKey = true
    return cutter
  }
}
