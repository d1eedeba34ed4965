import { type DecodeError, isDecodeError } from '@rtmp/bytes'
import { timestampDifference } from '@rtmp/bytes/time'
import { decodeVideoMetadata, type MediaFrame, type MediaKind } from '@rtmp/e-rtmp'
import { CMAF_CODECS, noPlace } from './describe-track.ts'
import { requireRange } from './errors.ts'
import { encodeFragment, type FragmentOptions } from './fragment.ts'
import { encodeInitSegment, MAX_TIMESCALE } from './init-segment.ts'
import type { CmafPiece, CmafWriterTrack } from './piece.ts'
import { DEFAULT_TIMESCALE, mimeTypeOf, type TrackConfig } from './track-config.ts'
import { type Description, TrackState } from './track-state.ts'

/** How a {@link CmafWriter} writes. */
export interface CmafWriterOptions {
  /** Which frames are taken, by kind and track; default all. For Media Source Extensions: one writer for each track. */
  readonly accept?: (frame: MediaFrame) => boolean
  /**
   * Units of a second, a multiple of 1000 up to 1,000,000,000. Default 1000: RTMP's milliseconds, exactly. 1,000,000
   * keeps E-RTMP's nanosecond offsets to the microsecond.
   */
  readonly timescale?: number
  /**
   * What is shown at 0, by an edit list: a time in milliseconds, or `'first'`, the presentation time of the first
   * frame that is written. Default: none, the times of the stream are those of the file.
   */
  readonly presentFrom?: number | 'first'
  /**
   * Tracks that the first init segment should have. {@link CmafWriter.take} gives nothing until each of them, and each
   * whose header has come, has a frame, so that the first init segment names them all. Name those that begin without a
   * header, MP3 for example; the others are known by theirs.
   */
  readonly expect?: readonly ExpectedTrack[]
  /** How much of the stream is held back at most for tracks that do not begin, in milliseconds. Default 1000. */
  readonly patience?: number
  /**
   * Keep each track's newest frame until the next one has come and said how long it lasts; {@link CmafWriter.finish} gives
   * it out. Default false: no frame waits, and the duration of the last of each fragment is that of the codec's frame,
   * or that of the picture before. Decode times are exact either way, since each fragment says its own; this is for
   * files, for exact lengths of segments, and for readers that only add up durations.
   */
  readonly holdLast?: boolean
  /**
   * Told what cannot be used, each time a header is broken and once for each codec that has no place in MP4. The stream
   * goes on: a broken header is as if it had not come, frames that cannot be described are dropped and counted.
   */
  readonly onFault?: (fault: DecodeError, frame: MediaFrame) => void
}

/** A track of a stream. */
export interface ExpectedTrack {
  /** Whether it is sound or pictures. */
  readonly kind: MediaKind
  /** Default 0. */
  readonly trackId?: number
}

/** How what was pushed is cut. */
export type TakeOptions = Omit<FragmentOptions, 'sequenceNumber'>

/** Frames that were not written, by reason. */
export interface DroppedFrames {
  /** No sequence header had come, or none that could be read; of VP8 and VP9 no key frame. */
  beforeHeader: number
  /** Without a byte: MP4 has no sample of size 0. */
  empty: number
  /** Of a codec that has no place in MP4. */
  unsupported: number
  /** Of a codec whose frames describe themselves, with a header that cannot be read. */
  broken: number
}

const DEFAULT_PATIENCE = 1000

/**
 * Media frames, as they come, to fragmented MP4. Sans-io: frames are pushed, pieces are taken.
 *
 * Decode times are the stream's: they go on where 32-bit timestamps begin anew, keep gaps, and need not begin at 0. An
 * init segment comes before the first fragment and again whenever a track's configuration changes, or a track is new.
 * Payloads are kept until they are taken and passed on as views; between two takes a caller holds what it has pushed.
 *
 * @example
 * const writer = new CmafWriter()
 * for (const frame of toMediaFrames('video', message.timestamp, message.payload)) writer.push(frame)
 * for (const piece of writer.take()) send(piece.kind === 'init' ? piece.bytes : concat(piece.slices))
 */
export class CmafWriter {
  /** Frames that were not written so far. */
  readonly dropped: Readonly<DroppedFrames>
  readonly #dropped: DroppedFrames = { beforeHeader: 0, empty: 0, unsupported: 0, broken: 0 }
  readonly #options: CmafWriterOptions
  readonly #timescale: number
  readonly #tracks = new Map<number, TrackState>()
  /** The configurations in the init segment that was written last; `undefined` when another one is due. */
  #written: Map<TrackState, TrackConfig> | undefined
  /** The first init segment has been written: from then on nothing waits for other tracks. */
  #begun = false
  #pieces: CmafPiece[] = []
  #sequenceNumber = 0
  #presentFrom: number | undefined
  /** A timestamp, and the time for which it stands. */
  #clock: { readonly dts: number; readonly time: number } | undefined

  /** @throws UsageError `CMAF_FIELD_RANGE` */
  constructor(options: CmafWriterOptions = {}) {
    this.#options = options
    this.#timescale = options.timescale ?? DEFAULT_TIMESCALE
    this.dropped = this.#dropped
    requireRange(this.#timescale, 1000, MAX_TIMESCALE, 'options.timescale')
    requireRange(this.#timescale % 1000, 0, 0, 'options.timescale modulo 1000')
    if (typeof options.presentFrom === 'number') this.#presentFrom = options.presentFrom
    for (const { kind, trackId = 0 } of options.expect ?? [])
      this.#trackOf({ kind, trackId }).announced = true
  }

  /** The tracks that can be written as of now, in order of their ids. */
  get tracks(): readonly CmafWriterTrack[] {
    return [...this.#tracks.values()]
      .flatMap(({ id, trackId, config }) =>
        config === undefined ? [] : [{ id, trackId, config, timescale: this.#timescale }],
      )
      .sort((a, b) => a.id - b.id)
  }

  /** Whether there are frames that {@link take} would cut. */
  get hasPending(): boolean {
    return this.#pieces.length > 0 || [...this.#tracks.values()].some((track) => track.hasPending)
  }

  /**
   * Takes a frame: a sequence header, colour, or sound or a picture. Other kinds have no place in MP4 and are passed over.
   *
   * @param frame - Its `dts` wraps at 2^32, or goes on beyond; its payload must stay as it is until what is cut has
   *   been used.
   */
  push(frame: MediaFrame): void {
    if (this.#options.accept?.(frame) === false) return
    try {
      switch (frame.type) {
        case 'sequenceHeader':
        case 'mpeg2TsSequenceHeader':
          this.#pushHeader(this.#trackOf(frame), frame)
          return
        case 'metadata':
          this.#pushColor(frame)
          return
        case 'coded':
          this.#pushCoded(this.#trackOf(frame), frame)
          return
        default:
          return
      }
    } catch (error) {
      if (!isDecodeError(error)) throw error
      this.#fault(error, frame)
    }
  }

  /**
   * Everything pushed since the last time, cut: one fragment, and before it an init segment where one is due. More than
   * one fragment when a configuration changed in between, or when the time went back. Nothing when nothing is there, or
   * when another track is still waited for (see {@link CmafWriterOptions.expect}).
   */
  take(options: TakeOptions = {}): CmafPiece[] {
    if (this.#begun || !this.#isWaiting()) this.#cut(options, this.#options.holdLast)
    return this.#takePieces()
  }

  /** As {@link take}, without waiting for anything or holding anything: for the end of a stream. The writer can go on. */
  finish(options: TakeOptions = {}): CmafPiece[] {
    this.#cut(options)
    return this.#takePieces()
  }

  #takePieces(): CmafPiece[] {
    const pieces = this.#pieces
    this.#pieces = []
    return pieces
  }

  #isWaiting(): boolean {
    const tracks = [...this.#tracks.values()]
    if (!tracks.some((track) => track.announced && !track.hasPending)) return false
    const held = Math.max(...tracks.map((track) => track.pendingDuration))
    return held < (this.#options.patience ?? DEFAULT_PATIENCE)
  }

  #trackOf({ kind, trackId }: ExpectedTrack & { readonly trackId: number }): TrackState {
    const key = 2 * trackId + (kind === 'video' ? 0 : 1)
    let track = this.#tracks.get(key)
    if (track === undefined) {
      track = new TrackState(kind, trackId)
      this.#tracks.set(key, track)
    }
    return track
  }

  #fault(fault: DecodeError, frame: MediaFrame): void {
    if (fault.code === 'CMAF_CODEC') {
      const track = this.#trackOf(frame)
      const { reported } = track
      track.announced = false
      if (frame.type === 'coded') this.#dropped.unsupported += 1
      if (reported.has(frame.codec)) return
      reported.add(frame.codec)
    } else if (frame.type === 'coded') this.#dropped.broken += 1
    this.#options.onFault?.(fault, frame)
  }

  #pushHeader(track: TrackState, frame: MediaFrame): void {
    // AC-3 and E-AC-3 announce themselves by a header without a body.
    track.announced = CMAF_CODECS.has(frame.codec)
    if (frame.payload.length === 0 || !track.isNewHeader(frame)) return
    this.#adopt(track, track.withHeader(frame))
  }

  #pushColor(frame: MediaFrame): void {
    const { colorInfo } = decodeVideoMetadata(frame.payload)
    const track = this.#colouredTrack(frame)
    if (colorInfo === undefined || track?.isNewColor(colorInfo ?? undefined) !== true) return
    this.#adopt(track, track.withColor(colorInfo ?? undefined))
  }

  /** What is pending was made for the old configuration: it goes out first. */
  #adopt(track: TrackState, description: Description): void {
    if (track.hasPending && !track.allows(description)) this.#cut()
    track.adopt(description)
  }

  /** The track that Metadata is about. FFmpeg sends that of further tracks without a track id: their codec tells. */
  #colouredTrack(frame: MediaFrame): TrackState | undefined {
    const named = this.#trackOf(frame)
    if (named.codec === '' || named.codec === frame.codec) return named
    const same = [...this.#tracks.values()].filter(
      ({ kind, codec }) => kind === 'video' && codec === frame.codec,
    )
    return same.length === 1 ? same[0] : undefined
  }

  #pushCoded(track: TrackState, frame: MediaFrame): void {
    if (frame.payload.length === 0) {
      this.#dropped.empty += 1
      return
    }
    if (!CMAF_CODECS.has(frame.codec)) throw noPlace(frame)
    if (!track.describes(frame)) this.#adopt(track, track.withFrame(frame))
    if (track.config === undefined) {
      this.#dropped.beforeHeader += 1
      return
    }
    if (this.#written !== undefined && this.#written.get(track) !== track.config) {
      this.#cut()
      this.#written = undefined
    }
    const time = this.#timeOf(frame.dts)
    if (!track.continues(time, this.#timescale)) this.#cut()
    track.append(frame, time)
  }

  /** The clock is one for all tracks, so that a wrap between their first frames does not part them. */
  #timeOf(dts: number): number {
    const { dts: from, time } = this.#clock ?? { dts, time: dts }
    const now = Math.max(0, time + timestampDifference(dts, from))
    this.#clock = { dts, time: now }
    return now
  }

  #cut(options: TakeOptions = {}, hold = false): void {
    const pending = [...this.#tracks.values()].filter((track) => track.hasPending)
    const earliest = Math.min(...pending.map((track) => track.earliestPresentation))
    const runs = pending.flatMap((track) => track.takeRun(this.#timescale, hold) ?? [])
    if (runs.length === 0) return
    if (this.#written === undefined) this.#writeInit(earliest)
    this.#sequenceNumber += 1
    const tracks = runs.map(({ told }) => told)
    const sequenceNumber = this.#sequenceNumber
    const slices = encodeFragment(
      runs.map(({ run }) => run),
      { ...options, sequenceNumber },
    )
    this.#pieces.push({
      kind: 'fragment',
      sequenceNumber,
      slices,
      byteLength: slices.reduce((sum, slice) => sum + slice.length, 0),
      tracks,
      start: Math.min(...tracks.map(({ start }) => start)),
      end: Math.max(...tracks.map(({ end }) => end)),
      independent: tracks.every(({ kind, keyFrame }) => kind === 'audio' || keyFrame),
    })
  }

  #writeInit(earliest: number): void {
    const { tracks } = this
    if (this.#presentFrom === undefined && this.#options.presentFrom === 'first') {
      this.#presentFrom = Math.max(0, earliest)
    }
    this.#begun = true
    const presentFrom = this.#presentFrom
    const bytes = encodeInitSegment(tracks, presentFrom === undefined ? {} : { presentFrom })
    this.#written = new Map(
      [...this.#tracks.values()].flatMap((track) =>
        track.config === undefined ? [] : [[track, track.config] as const],
      ),
    )
    const mimeType = mimeTypeOf(tracks.map(({ config }) => config))
    this.#pieces.push({ kind: 'init', bytes, tracks, mimeType })
  }
}
