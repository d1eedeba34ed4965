import type { ResolvedHlsOptions } from './options.ts'
import { segmentName } from './resource-name.ts'
import { ENTRY_BYTES, type Part, Segment, type SegmentPlace } from './segment.ts'

/** RFC 8216bis §6.2.2: what is in a playlist lasts three target durations at least. */
const LEAST_TARGETS = 3

/**
 * The segments of a rendition: those in the playlist, the open one behind them, and those before them that players may still
 * ask for. Knows how much of it is in memory.
 */
export class SegmentList {
  readonly #rendition: string
  readonly #options: ResolvedHlsOptions
  /** All closed segments that can be asked for, each one Media Sequence Number behind the one before. */
  #segments: Segment[] = []
  /** How many of them are in the playlist no more. */
  #retired = 0
  /** When each of those was taken out, and until when it can be asked for. */
  #retiredUntil: number[] = []
  #open: Segment | undefined
  #nextSequence = 0
  #lastEpoch = 0
  #heldBytes = 0
  #listedMs = 0
  /** Segments from the end whose parts are listed, or that have not reached the storage. */
  #hot = 0

  constructor(rendition: string, options: ResolvedHlsOptions) {
    this.#rendition = rendition
    this.#options = options
  }

  /** The segments in the playlist that are closed. */
  get listed(): readonly Segment[] {
    return this.#segments.slice(this.#retired)
  }

  get open(): Segment | undefined {
    return this.#open
  }

  /** The Media Sequence Number of the first segment in the playlist. */
  get firstSequence(): number {
    return this.#segments[this.#retired]?.place.sequence ?? this.#nextSequence
  }

  /** The Media Sequence Number of the next segment to be closed. */
  get nextSequence(): number {
    return this.#nextSequence
  }

  /** The last closed segment. */
  get last(): Segment | undefined {
    return this.#segments.at(-1)
  }

  /** The first init segment that somebody may still ask for. */
  get firstInit(): number {
    return (this.#segments[0] ?? this.#open)?.place.init ?? 0
  }

  /** Bytes in memory, and a little for each segment and part. */
  get heldBytes(): number {
    return this.#heldBytes + this.#segments.length * ENTRY_BYTES
  }

  /** How long all segments in the playlist are, in milliseconds. */
  get listedMs(): number {
    return this.#listedMs
  }

  /** A segment by its Media Sequence Number, the open one included. */
  find(sequence: number): Segment | undefined {
    if (this.#open?.place.sequence === sequence) return this.#open
    const first = this.#segments[0]
    return first === undefined ? undefined : this.#segments[sequence - first.place.sequence]
  }

  /** Discontinuities between what is listed and the next part, where the next is the first of its segment. @param epoch - Of what comes now. */
  discontinuitiesAhead(epoch: number): number {
    const open = this.#open
    if (open === undefined) return epoch - this.#lastEpoch
    return open.place.listsParts && open.parts.length > 0 ? 0 : open.place.discontinuities
  }

  /**
   * The last segment, where it is not yet said that it has ended: a discontinuity follows, and nothing is there behind it. As soon as a segment has
   * ended, hls.js 1.6 takes the next one for one of the same stretch, and keeps that number and that init segment whatever is said later.
   *
   * @param epoch - Of what comes now.
   */
  unfinished(epoch: number): Segment | undefined {
    const { last } = this
    if (last === undefined || last.isGap || !last.place.listsParts || last.parts.length === 0)
      return undefined
    const isAlone = this.#segments.length - this.#retired < 2
    return !isAlone && this.discontinuitiesAhead(epoch) > 0 ? last : undefined
  }

  /** Begins a segment. There must be no open one. */
  begin(place: Omit<SegmentPlace, 'sequence' | 'discontinuities'>): Segment {
    const discontinuities = place.epoch - this.#lastEpoch
    this.#lastEpoch = place.epoch
    this.#open = new Segment({ ...place, sequence: this.#nextSequence, discontinuities })
    return this.#open
  }

  /** The open segment, which has no part yet, wants another init segment. */
  reopen(init: number): void {
    if (this.#open !== undefined) this.#open = new Segment({ ...this.#open.place, init })
  }

  addPart(part: Part): void {
    this.#open?.add(part)
    this.#heldBytes += part.bytes.length
  }

  /**
   * Closes the open segment. One without a part never was.
   *
   * @param isBreak - A discontinuity follows: it may be {@link unfinished} for a while.
   */
  close(end: number, now: number, targetMs: number, isBreak = false): Segment | undefined {
    const segment = this.#open
    this.#open = undefined
    if (segment === undefined) return undefined
    if (segment.parts.length === 0) {
      this.#lastEpoch -= segment.place.discontinuities
      return undefined
    }
    segment.close(end)
    this.#append(segment)
    this.#store(segment)
    this.trim(now, targetMs, isBreak ? segment.duration : 0)
    return segment
  }

  /** Adds a segment that says that there was nothing. */
  addGap(place: Omit<SegmentPlace, 'sequence' | 'discontinuities'>, end: number): Segment {
    const segment = this.begin(place)
    this.#open = undefined
    segment.isGap = true
    segment.close(end)
    this.#append(segment)
    return segment
  }

  #append(segment: Segment): void {
    this.#segments.push(segment)
    this.#nextSequence += 1
    this.#listedMs += segment.duration
    this.#hot += 1
  }

  /**
   * Takes segments out of the playlist that are older than the window, and lets those go for which nobody can ask any
   * more: a playlist's length after they were in one.
   *
   * @param unfinishedMs - How long the segment at the end is that does not count.
   */
  trim(now: number, targetMs: number, unfinishedMs = 0): void {
    const least = LEAST_TARGETS * targetMs + unfinishedMs
    const windowMs = Math.max(this.#options.windowMs, least)
    for (;;) {
      const first = this.#segments[this.#retired]
      if (first === undefined || this.#listedMs - first.duration < windowMs) break
      this.#retireFirst(now)
    }
    // However short segments are, and whatever the clock of the stream says, there are only so many.
    const most = Math.ceil((2 * windowMs) / 500) + 20
    while (this.#segments.length - this.#retired > most) this.#retireFirst(now)
    while (this.#retired > 0 && ((this.#retiredUntil[0] ?? 0) <= now || this.#retired > most))
      this.dropFirst()
    this.#cool(LEAST_TARGETS * targetMs)
  }

  /** Lets the oldest segment go at once. False when there is none but the newest. */
  dropFirst(): boolean {
    if (this.#segments.length < 2) return false
    const segment = this.#segments.shift() as Segment
    if (this.#retired > 0) {
      this.#retired -= 1
      this.#retiredUntil.shift()
    } else this.#listedMs -= segment.duration
    this.#hot = Math.min(this.#hot, this.#segments.length)
    this.#heldBytes -= segment.release()
    if (!segment.isGap) this.#options.storage?.delete(this.#nameOf(segment))
    return true
  }

  /** Lets everything go. */
  clear(): void {
    for (const segment of this.#segments) {
      if (!segment.isGap) this.#options.storage?.delete(this.#nameOf(segment))
    }
    this.#segments = []
    this.#retired = this.#hot = this.#listedMs = this.#heldBytes = 0
    this.#retiredUntil = []
    this.#open = undefined
  }

  #retireFirst(now: number): void {
    const segment = this.#segments[this.#retired] as Segment
    this.#retiredUntil.push(now + this.#listedMs + segment.duration)
    this.#listedMs -= segment.duration
    this.#retired += 1
  }

  #nameOf(segment: Segment): string {
    return segmentName(this.#rendition, segment.place.sequence)
  }

  /** With a storage, only what is near the live edge stays in memory. */
  #cool(hotMs: number): void {
    if (this.#options.storage === undefined) return
    let ms = 0
    let hot = 0
    while (hot < this.#segments.length && ms < hotMs) {
      ms += (this.#segments.at(-1 - hot) as Segment).duration
      hot += 1
    }
    for (; this.#hot > hot; this.#hot -= 1) {
      const segment = this.#segments[this.#segments.length - this.#hot]
      if (segment !== undefined) this.#heldBytes -= segment.release()
    }
    this.#hot = Math.min(hot, this.#segments.length)
  }

  #store(segment: Segment): void {
    const { storage, onFault } = this.#options
    if (storage === undefined || segment.bytes === undefined) return
    storage.put(this.#nameOf(segment), segment.bytes).catch((error: unknown) => {
      segment.isGap = true
      segment.lines = undefined
      onFault(error instanceof Error ? error : new Error(String(error)))
    })
  }
}
