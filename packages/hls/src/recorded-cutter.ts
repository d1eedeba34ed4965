import { concat, isDecodeError } from '@rtmp/bytes'
import { type CmafPiece, CmafWriter, type TrackConfig } from '@rtmp/cmaf'
import type { MediaFrame, MediaMessage } from '@rtmp/e-rtmp'
import { FrameRate } from './frame-rate.ts'
import type { PlannedSegment } from './recorded-plan.ts'
import type { RecordedSource } from './recorded-source.ts'
import { renditionName } from './resource-name.ts'
import { TrackHeaders } from './track-headers.ts'
import { TrackNames } from './track-names.ts'

/** Sound can stand in a file this far before or behind the picture that it belongs to. Milliseconds. */
const SKEW_MS = 1000

/** What frames of one segment may hold in memory, in bytes; what is behind that is left out. */
const MOST_BYTES = 128 * 1024 * 1024

/** The most tracks of a kind that become renditions. */
const MOST_TRACKS = 32

/** A segment of one track. */
export interface CutTrack {
  readonly rendition: string
  readonly kind: 'audio' | 'video'
  readonly trackId: number
  readonly config: TrackConfig
  readonly init: Uint8Array
  readonly bytes: Uint8Array
}

/** One track while a segment is cut. */
class Cutting {
  readonly kind: 'audio' | 'video'
  readonly trackId: number
  readonly frameRate = new FrameRate()
  readonly writer: CmafWriter
  /** A frame behind the segment has come. */
  isOver = false

  constructor(kind: 'audio' | 'video', trackId: number, onFault: (fault: Error) => void) {
    this.kind = kind
    this.trackId = trackId
    this.writer = new CmafWriter({ holdLast: true, patience: 0, onFault })
  }
}

/** Cuts segments out of a recording, one at a time: reads what belongs to one, and makes it of that. */
export class RecordedCutter {
  readonly headers: TrackHeaders = new TrackHeaders()
  readonly names: TrackNames = new TrackNames()
  /** Of the tracks of the segment that was cut last. */
  readonly frameRates: Map<string, FrameRate> = new Map()
  readonly #source: RecordedSource
  readonly #onFault: (fault: Error) => void
  readonly #onHeld: () => void
  #heldBytes = 0

  /** @param onHeld - Told when what it holds has changed. */
  constructor(source: RecordedSource, onFault: (fault: Error) => void, onHeld: () => void = () => {}) {
    this.#source = source
    this.#onFault = onFault
    this.#onHeld = onHeld
  }

  /** What has been read of the segment that is being cut, in bytes. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /**
   * Cuts a segment.
   *
   * @param isFirst - What stands before the first start belongs to it, too. @param isLast - And what is behind.
   * @returns its tracks, in order; none where it holds no frame that can be used
   */
  async cut(segment: PlannedSegment, isFirst: boolean, isLast: boolean): Promise<readonly CutTrack[]> {
    const from = isFirst ? Number.NEGATIVE_INFINITY : segment.start
    const until = isLast ? Number.POSITIVE_INFINITY : segment.end
    const tracks = new Map<string, Cutting>()
    try {
      await this.#read(segment, isFirst, tracks, from, until)
    } finally {
      this.#hold(0)
    }
    this.frameRates.clear()
    return [...tracks.values()]
      .toSorted((a, b) => a.trackId - b.trackId)
      .flatMap((track) => this.#ended(track) ?? [])
  }

  async #read(
    segment: PlannedSegment,
    isFirst: boolean,
    tracks: Map<string, Cutting>,
    from: number,
    until: number,
  ): Promise<void> {
    let bytes = 0
    await this.#source.seek(isFirst ? segment.start : Math.max(0, segment.start - SKEW_MS))
    for (;;) {
      const messages = await this.#source.next()
      if (messages === undefined) return
      for (const message of messages) {
        if (message.kind === 'data') {
          this.names.add(message)
          continue
        }
        if (message.isCoded && message.timestamp >= until + SKEW_MS) return
        for (const frame of this.#framesOf(message)) bytes += this.#push(tracks, frame, from, until)
      }
      this.#hold(bytes)
      if (bytes > MOST_BYTES) {
        this.#onFault(new Error(`a segment of more than ${MOST_BYTES} bytes`))
        return
      }
      if (tracks.size > 0 && [...tracks.values()].every(({ isOver }) => isOver)) return
    }
  }

  #hold(bytes: number): void {
    if (bytes === this.#heldBytes) return
    this.#heldBytes = bytes
    this.#onHeld()
  }

  #framesOf(message: MediaMessage): readonly MediaFrame[] {
    try {
      return message.frames()
    } catch (error) {
      if (!isDecodeError(error)) throw error
      this.#onFault(error)
      return []
    }
  }

  /** Takes a frame that belongs to a segment. @returns how many bytes are kept */
  #push(tracks: Map<string, Cutting>, frame: MediaFrame, from: number, until: number): number {
    const trackId = this.headers.trackOf(frame)
    if (trackId === undefined || trackId >= MOST_TRACKS) return 0
    const rendition = renditionName(frame.kind, trackId)
    let track = tracks.get(rendition)
    if (track === undefined) {
      track = new Cutting(frame.kind, trackId, this.#onFault)
      tracks.set(rendition, track)
    }
    if (frame.type !== 'coded') {
      if (frame.type === 'sequenceHeader' || frame.type === 'metadata') this.headers.add(rendition, frame)
      track.writer.push({ ...frame, trackId })
      return 0
    }
    if (frame.dts < from || track.isOver) return 0
    track.isOver = frame.dts >= until
    // The one behind the segment says how long the last one lasts.
    track.writer.push(frame)
    if (track.isOver) return 0
    track.frameRate.add(frame.dts)
    return frame.payload.length
  }

  #ended(track: Cutting): CutTrack | undefined {
    const { writer, isOver, kind, trackId, frameRate } = track
    const pieces: CmafPiece[] = isOver ? writer.take() : writer.finish()
    const init = pieces.find((piece) => piece.kind === 'init')
    const config = init?.tracks[0]?.config
    if (init === undefined || config === undefined) return undefined
    const rendition = renditionName(kind, trackId)
    this.frameRates.set(rendition, frameRate)
    const bytes = concat(pieces.flatMap((piece) => (piece.kind === 'fragment' ? piece.slices : [])))
    return { rendition, kind, trackId, config, init: init.bytes, bytes }
  }
}
