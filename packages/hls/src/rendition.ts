import { concat, type DecodeError } from '@rtmp/bytes'
import { type CmafPiece, CmafWriter, type FragmentPiece, type InitPiece, type TrackConfig } from '@rtmp/cmaf'
import type { MediaFrame } from '@rtmp/e-rtmp'
import { BitRate } from './bit-rate.ts'
import { inOrder } from './frame-order.ts'
import { FrameRate } from './frame-rate.ts'
import type { ResolvedHlsOptions } from './options.ts'
import type { Pace } from './pace.ts'
import { PendingFrames } from './pending-frames.ts'
import { renditionName } from './resource-name.ts'
import { sameBytes } from './same-bytes.ts'
import { SegmentList } from './segment-list.ts'

/** What frames that are not yet in a part may hold; with more a part is cut, however short its time. Bytes. */
const MOST_PENDING = 4 * 1024 * 1024
/** What a segment may hold; with more it ends, wherever it is. Bytes. */
const MOST_IN_SEGMENT = 64 * 1024 * 1024
/** What frames last when nothing says so, in milliseconds. */
const USUAL_FRAME_MS = 40

/** What a {@link Rendition} needs of its stream. */
export interface RenditionOwner {
  readonly options: ResolvedHlsOptions
  readonly pace: Pace
  /** The Discontinuity Sequence Number of what comes now. */
  epochNow(): number
  /** Milliseconds since 1970 of a time of the stream. May change until it is settled. */
  wallClockAt(time: number): number
  settleWallClock(): void
  /** There is a new part or segment: playlists and waiting requests are looked at again. */
  changed(rendition: Rendition): void
  /** A segment has ended, and the next begins at this time. */
  segmentClosed(rendition: Rendition, at: number, now: number): void
  /** The configuration changed in the middle: all renditions go on behind a discontinuity. */
  configurationChanged(rendition: Rendition, now: number): void
}

/** One track of a stream as segments and parts: its frames go in, fragments come out, and where to cut is decided here. */
export class Rendition {
  readonly kind: 'audio' | 'video'
  readonly trackId: number
  readonly name: string
  readonly list: SegmentList
  readonly bitRate: BitRate = new BitRate()
  readonly frameRate: FrameRate = new FrameRate()
  /** Segments end where those of the stream's leader do: sound beside video. */
  follows = false
  /** Where the leader's segment has ended, if this one's has not. */
  cutAt: number | undefined
  readonly #owner: RenditionOwner
  #writer: CmafWriter
  /** What the writer was told before frames: a sequence header, and colour. */
  readonly #headers = new Map<MediaFrame['type'], MediaFrame>()
  readonly #mostInSegment: number
  readonly #inits = new Map<number, Uint8Array>()
  #initBytes = 0
  #init = -1
  #config: TrackConfig | undefined
  /** Frames can be used: of video, a key frame has come. */
  #isStarted = false
  /** Decode times of the first frame that is in no part, and of the newest one. */
  #partFrom: number | undefined
  #newest: number | undefined
  readonly #pending: PendingFrames = new PendingFrames()

  constructor(owner: RenditionOwner, kind: 'audio' | 'video', trackId: number) {
    this.#owner = owner
    this.kind = kind
    this.trackId = trackId
    this.name = renditionName(kind, trackId)
    this.#mostInSegment = Math.min(MOST_IN_SEGMENT, owner.options.maxBytes / 4)
    this.list = new SegmentList(this.name, owner.options)
    this.#writer = this.#newWriter()
  }

  #newWriter(): CmafWriter {
    const onFault = (fault: DecodeError): void => this.#owner.options.onFault(fault)
    return new CmafWriter({ holdLast: true, patience: 0, onFault })
  }

  /** Times that follow are not on the clock of those before. What is pending must be out. */
  restartClock(): void {
    this.#writer = this.#newWriter()
    for (const header of this.#headers.values()) this.#writer.push(header)
    this.#newest = undefined
  }

  /** As the init segment says it that is in force. */
  get config(): TrackConfig | undefined {
    return this.#config
  }

  /** The decode time of the newest frame; `undefined` before any. */
  get newest(): number | undefined {
    return this.#newest
  }

  /** Whether something of it can be in a playlist. */
  get hasBegun(): boolean {
    return this.#config !== undefined
  }

  /** How long frames last, in milliseconds. */
  get frameMs(): number {
    return (
      (this.kind === 'audio' ? this.#config?.frameDuration : undefined) ??
      this.frameRate.frameMs ??
      this.#config?.frameDuration ??
      USUAL_FRAME_MS
    )
  }

  /** Bytes in memory. */
  get heldBytes(): number {
    return this.list.heldBytes + this.#initBytes + this.#pending.bytes
  }

  init(index: number): Uint8Array | undefined {
    return this.#inits.get(index)
  }

  /** Adds the memory of payloads that are in no part. */
  addMemoryTo(memory: Set<ArrayBufferLike>): void {
    this.#pending.addMemoryTo(memory)
  }

  /** A sequence header, or colour. */
  pushHeader(frame: MediaFrame): void {
    this.#headers.set(frame.type, { ...frame, payload: frame.payload.slice() })
    this.#writer.push(frame)
  }

  /** A frame, its `dts` on the stream's clock; one that is a little out of order is decoded with the one before it. */
  push(given: MediaFrame, now: number): void {
    const frame = inOrder(given, this.#newest)
    const { dts: time, keyFrame } = frame
    if (!this.#isStarted && this.kind === 'video' && !keyFrame) return
    const dropped = droppedBy(this.#writer)
    this.#endBeforeNewest(time, now)
    const cut = this.#cutBefore(frame)
    this.#writer.push(frame)
    if (droppedBy(this.#writer) !== dropped) return
    this.#isStarted = true
    this.frameRate.add(time)
    if (cut !== 'none') {
      this.#take(this.#writer.take(), this.#pending.take(), now)
      this.#partFrom = undefined
      if (cut === 'segment') this.#close(time, now)
    }
    this.#partFrom ??= time
    this.#newest = time
    this.#pending.keep(frame)
    if (this.list.open === undefined) this.#begin(frame)
  }

  /** What is pending goes out and the segment ends: nothing follows it directly. */
  break(now: number, needsKeyFrame: boolean): void {
    const last = this.#newest ?? 0
    const { open } = this.list
    const end = this.#take(this.#writer.finish(), this.#pending.take(), now) ?? last + this.frameMs
    this.#partFrom = undefined
    if (needsKeyFrame) this.#isStarted = false
    // How long the last frame lasts is a guess, and no guess may make the segment too long.
    this.#close(Math.min(end, (open?.place.start ?? end) + this.#owner.pace.longestMs), now, true)
  }

  /**
   * The stream went on without this track: its playlist says so.
   *
   * @param from - Where the gap begins unless something of this stretch is there.
   */
  fillGap(from: number, until: number, now: number): void {
    const { list } = this
    if (list.open !== undefined) this.break(now, false)
    const { last } = list
    if (last === undefined) return
    const { pace } = this.#owner
    const epoch = this.#owner.epochNow()
    let start = this.coveredUntil ?? from
    while (until - start > 1) {
      const end = Math.min(until, start + pace.targetSeconds * 1000)
      const place = { epoch, init: last.place.init, start, shown: start, listsParts: false }
      list.addGap(place, end).wallClock = this.#owner.wallClockAt(start)
      start = end
    }
    list.trim(now, pace.targetSeconds * 1000)
    this.#owner.changed(this)
  }

  /** The end of what the playlist covers of this stretch, in decode time; `undefined` when there is nothing. */
  get coveredUntil(): number | undefined {
    const { open, last } = this.list
    if (open !== undefined) return this.#newest
    if (last === undefined || last.place.epoch !== this.#owner.epochNow()) return undefined
    return last.place.start + last.duration
  }

  clear(): void {
    this.list.clear()
    this.#inits.clear()
    this.#initBytes = 0
    this.#pending.take()
  }

  /** The newest frame lasts until this time. Where that makes a part or a segment too long, it ends before that frame. */
  #endBeforeNewest(time: number, now: number): void {
    const newest = this.#newest
    const from = this.#partFrom
    const { open } = this.list
    const { pace } = this.#owner
    if (newest === undefined || from === undefined || open === undefined) return
    const isPart = time - from > pace.partTargetMs && newest > from
    const isSegment = time - open.place.start > pace.longestMs && newest > open.place.start
    if (!isPart && !isSegment) return
    const pending = this.#pending.take()
    const frame = pending.at(-1)
    // The writer keeps it back.
    this.#take(this.#writer.take(), pending.slice(0, -1), now)
    if (frame !== undefined) this.#pending.keep(frame)
    this.#partFrom = newest
    if (!isSegment || frame === undefined) return
    this.#close(newest, now)
    this.#begin(frame)
  }

  /** Whether the open segment or part ends before a frame. */
  #cutBefore({ dts: time, keyFrame }: MediaFrame): 'none' | 'part' | 'segment' {
    const { pace } = this.#owner
    const { open } = this.list
    const from = this.#partFrom
    if (from === undefined) return 'none'
    // The next frame will last as long as usual, or as the last one did.
    const frameMs = Math.max(this.frameMs, time - (this.#newest ?? time))
    if (open !== undefined) {
      const length = time - open.place.start
      const isPlace = this.follows
        ? this.cutAt !== undefined && time >= this.cutAt
        : keyFrame && pace.isLongEnough(length, this.frameMs)
      if (
        isPlace ||
        length + frameMs > pace.longestMs ||
        open.byteLength + this.#pending.bytes > this.#mostInSegment
      )
        return 'segment'
    }
    const isLong = time + frameMs - from > pace.partTargetMs
    return isLong || this.#pending.bytes > MOST_PENDING ? 'part' : 'none'
  }

  #begin({ dts, pts }: MediaFrame): void {
    const { pace } = this.#owner
    this.list.begin({
      epoch: this.#owner.epochNow(),
      init: Math.max(0, this.#init),
      start: dts,
      shown: pts,
      listsParts: pace.hasParts && pace.isDecided,
    })
  }

  #close(end: number, now: number, isBreak = false): void {
    this.cutAt = undefined
    const { targetSeconds } = this.#owner.pace
    this.#owner.settleWallClock()
    const { open } = this.list
    if (open !== undefined) open.wallClock = this.#owner.wallClockAt(open.place.shown)
    const segment = this.list.close(end, now, targetSeconds * 1000, isBreak)
    if (segment === undefined) return
    this.bitRate.add(segment.byteLength, segment.duration, targetSeconds * 1000)
    this.#dropInits()
    this.#owner.segmentClosed(this, end, now)
    this.#owner.changed(this)
  }

  /**
   * Pieces become parts.
   *
   * @param frames - What is in them.
   * @returns when the last of them ends
   */
  #take(pieces: readonly CmafPiece[], frames: readonly MediaFrame[], now: number): number | undefined {
    const hasKeyFrame = frames.some(({ keyFrame }) => keyFrame)
    let run: FragmentPiece[] = []
    let end: number | undefined
    const emit = (): void => {
      const [first] = run
      if (first !== undefined) this.#addPart(first, run, hasKeyFrame)
      run = []
    }
    for (const piece of pieces) {
      if (piece.kind === 'init') {
        emit()
        this.#adopt(piece, now)
      } else {
        run.push(piece)
        end = piece.end
      }
    }
    emit()
    return end
  }

  #addPart(first: FragmentPiece, run: readonly FragmentPiece[], hasKeyFrame: boolean): void {
    const { open } = this.list
    if (open !== undefined && open.place.listsParts && open.parts.length === 0) {
      this.#owner.settleWallClock()
      open.wallClock = this.#owner.wallClockAt(open.place.shown)
    }
    this.list.addPart({
      bytes: concat(run.flatMap(({ slices }) => slices)),
      duration: run.reduce((sum, { start, end }) => sum + Math.max(0, end - start), 0),
      independent: hasKeyFrame,
      startsIndependent: first.independent,
    })
    this.#owner.changed(this)
  }

  /** A new init segment. Behind fragments of the open segment it begins another one. */
  #adopt({ bytes, tracks }: InitPiece, now: number): void {
    const { open } = this.list
    this.#config = tracks[0]?.config
    const known = this.#inits.get(this.#init)
    if (known !== undefined && sameBytes(known, bytes)) return
    this.#init += 1
    this.#inits.set(this.#init, bytes)
    this.#initBytes += bytes.length
    if (open === undefined) return
    if (open.parts.length === 0) {
      this.list.reopen(this.#init)
      return
    }
    const at = open.place.start + open.duration
    this.#close(at, now)
    this.#owner.configurationChanged(this, now)
    const { pace } = this.#owner
    const listsParts = pace.isDecided && pace.hasParts
    this.list.begin({ epoch: this.#owner.epochNow(), init: this.#init, start: at, shown: at, listsParts })
  }

  #dropInits(): void {
    for (const [index, bytes] of this.#inits) {
      if (index >= this.list.firstInit) break
      this.#inits.delete(index)
      this.#initBytes -= bytes.length
    }
  }
}

const droppedBy = ({ dropped }: CmafWriter): number =>
  dropped.beforeHeader + dropped.broken + dropped.empty + dropped.unsupported
