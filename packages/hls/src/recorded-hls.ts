import type { HlsRequest } from './answer.ts'
import { type HlsAnswer, mediaAnswer, NOT_FOUND, playlistAnswer, TOO_BUSY } from './hls-answer.ts'
import { multivariantPlaylist, startingAt } from './multivariant-playlist.ts'
import { requireRange } from './options.ts'
import { type CutTrack, RecordedCutter } from './recorded-cutter.ts'
import { type PlannedSegment, planSegments } from './recorded-plan.ts'
import { recordedPlaylist } from './recorded-playlist.ts'
import type { RecordedSource } from './recorded-source.ts'
import type { RenditionFacts } from './rendition-facts.ts'
import { parseResourceName } from './resource-name.ts'
import { sameBytes } from './same-bytes.ts'

/** How a recording becomes HLS. */
export interface RecordedHlsOptions {
  /** How long a segment should be, in milliseconds, 500 to 60,000: it ends at the first key frame behind that. Default 6000. */
  readonly segmentMs?: number
  /** How much of what was cut is kept for others who ask, in bytes. Default 32 MiB; the segment that was cut last is kept always. */
  readonly maxBytes?: number
  /** The most requests that may wait for a segment; the next is answered with 503. Default 100. */
  readonly maxWaiting?: number
  /** Told what of the recording could not be used. */
  readonly onFault?: (fault: Error) => void
  /** Told how many bytes it holds when that has changed, also while a segment is cut. */
  readonly onHeld?: (bytes: number) => void
}

/** What is asked of a recording; see {@link HlsRequest}. */
export type RecordedHlsRequest = Pick<HlsRequest, 'name' | 'base' | 'start'>

/** A segment in all its renditions. */
interface Cut {
  readonly tracks: ReadonlyMap<string, CutTrack>
  readonly bytes: number
}

/**
 * A recording as HLS, as long as it is: playlists of all of it at once, segments cut out of the file when they are asked for. What
 * it holds is bounded however long the recording is and however many watch it.
 *
 * As live, each track is a rendition of its own. Its configuration is that with which the recording begins.
 *
 * @example
 * ```ts
 * const hls = await RecordedHls.open(await openRecording(nodeFiles, 'recordings/live/show.flv'))
 * const { body } = await hls.answer({ name: 'index.m3u8' })
 * ```
 */
export class RecordedHls {
  readonly #cutter: RecordedCutter
  readonly #segments: readonly PlannedSegment[]
  readonly #maxBytes: number
  readonly #maxWaiting: number
  readonly #onFault: (fault: Error) => void
  readonly #onHeld: (bytes: number) => void
  readonly #facts: readonly RenditionFacts[] = []
  readonly #inits = new Map<string, Uint8Array>()
  readonly #playlists = new Map<string, string>()
  /** The one that was used last stands last. */
  readonly #cuts = new Map<number, Cut>()
  /** Of the segments that are kept, and of the playlists, in bytes. */
  #heldBytes = 0
  #playlistBytes = 0
  #waiting = 0
  #work: Promise<unknown> = Promise.resolve()

  private constructor(
    cutter: RecordedCutter,
    segments: readonly PlannedSegment[],
    first: readonly CutTrack[],
    options: Required<RecordedHlsOptions>,
  ) {
    this.#cutter = cutter
    this.#segments = segments
    this.#maxBytes = options.maxBytes
    this.#maxWaiting = options.maxWaiting
    this.#onFault = options.onFault
    this.#onHeld = options.onHeld
    for (const { rendition, init } of first) this.#inits.set(rendition, init)
    this.#facts = this.#factsOf(first)
    this.#keep(0, first)
  }

  /**
   * Looks into a recording: where it can be cut, and what its first segment holds.
   *
   * @param source - Used by this alone from now on, and for as long as requests come; closing it is its owner's.
   * @throws UsageError `HLS_OPTION_RANGE`; what the source throws
   */
  static async open(source: RecordedSource, options: RecordedHlsOptions = {}): Promise<RecordedHls> {
    const all: Required<RecordedHlsOptions> = {
      segmentMs: requireRange(options.segmentMs ?? 6000, 500, 60_000, 'segmentMs'),
      maxBytes: requireRange(options.maxBytes ?? 32 * 1024 * 1024, 0, Number.MAX_SAFE_INTEGER, 'maxBytes'),
      maxWaiting: requireRange(options.maxWaiting ?? 100, 1, Number.MAX_SAFE_INTEGER, 'maxWaiting'),
      onFault: options.onFault ?? (() => {}),
      onHeld: options.onHeld ?? (() => {}),
    }
    const segments = planSegments(await source.starts(), source.durationMs, all.segmentMs)
    let hls: RecordedHls | undefined
    const cutter = new RecordedCutter(source, all.onFault, () =>
      all.onHeld(hls?.heldBytes ?? cutter.heldBytes),
    )
    const first = await cutter.cut(segments[0] as PlannedSegment, true, segments.length === 1)
    hls = new RecordedHls(cutter, segments, first, all)
    return hls
  }

  /** Bytes in memory: segments, what is being cut, playlists, and the plan. */
  get heldBytes(): number {
    return (
      this.#heldBytes + this.#playlistBytes + this.#cutter.heldBytes + this.#segments.length * PLANNED_BYTES
    )
  }

  /** From its beginning to its end, in milliseconds. */
  get durationMs(): number {
    return this.#segments.at(-1)?.end ?? 0
  }

  /**
   * Answers a request for something of it, as `answer` does for a live stream. Rejects with what the source throws.
   *
   * @param request - Directives and signals mean nothing here: nothing is still to come.
   */
  async answer({ name, base = '', start }: RecordedHlsRequest): Promise<HlsAnswer> {
    const resource = parseResourceName(name)
    if (resource === undefined || this.#facts.length === 0) return NOT_FOUND
    if (resource.kind === 'multivariant')
      return playlistAnswer(startingAt(multivariantPlaylist(this.#facts, base), start), 0)
    const facts = this.#facts.find(({ rendition }) => rendition === resource.rendition)
    const init = this.#inits.get(resource.rendition)
    if (facts === undefined || init === undefined) return NOT_FOUND
    const { kind } = facts.config
    switch (resource.kind) {
      case 'playlist': {
        // Cuts lie at key frames of the first video track; others have theirs where they have them.
        const isIndependent = kind === 'audio' || this.#facts[0] === facts || this.#isOnlyVideo(facts)
        return playlistAnswer(this.#playlist(resource.rendition, isIndependent), 0)
      }
      case 'init':
        return resource.index === 0 ? mediaAnswer(kind, init) : NOT_FOUND
      case 'part':
        return NOT_FOUND
      case 'segment': {
        if (resource.sequence >= this.#segments.length) return NOT_FOUND
        const cut = await this.#segment(resource.sequence)
        if (cut === undefined) return TOO_BUSY
        const track = cut.tracks.get(resource.rendition)
        return mediaAnswer(kind, track?.bytes ?? NO_FRAMES)
      }
    }
  }

  /** Of hours it is long, and the same for all who ask. */
  #playlist(rendition: string, isIndependent: boolean): string {
    const known = this.#playlists.get(rendition)
    if (known !== undefined) return known
    const text = recordedPlaylist(rendition, this.#segments, isIndependent)
    this.#playlists.set(rendition, text)
    this.#playlistBytes += text.length
    this.#onHeld(this.heldBytes)
    return text
  }

  #isOnlyVideo(facts: RenditionFacts): boolean {
    return this.#facts.find(({ config }) => config.kind === 'video') === facts
  }

  async #segment(index: number): Promise<Cut | undefined> {
    const known = this.#used(index)
    if (known !== undefined) return known
    if (this.#waiting >= this.#maxWaiting) return undefined
    this.#waiting += 1
    const cutting = this.#work.then(async () => this.#used(index) ?? (await this.#cut(index)))
    this.#work = cutting.catch(() => {})
    return cutting.finally(() => {
      this.#waiting -= 1
    })
  }

  #used(index: number): Cut | undefined {
    const cut = this.#cuts.get(index)
    if (cut === undefined) return undefined
    this.#cuts.delete(index)
    this.#cuts.set(index, cut)
    return cut
  }

  async #cut(index: number): Promise<Cut> {
    const segment = this.#segments[index] as PlannedSegment
    const isLast = index === this.#segments.length - 1
    const tracks = await this.#cutter.cut(segment, index === 0, isLast)
    for (const { rendition, init } of tracks) {
      const first = this.#inits.get(rendition)
      if (first !== undefined && !sameBytes(first, init))
        this.#onFault(new Error(`the configuration of ${rendition} changes at ${segment.start} ms`))
    }
    return this.#keep(index, tracks)
  }

  #keep(index: number, tracks: readonly CutTrack[]): Cut {
    const bytes = tracks.reduce((sum, track) => sum + track.bytes.length, 0)
    const cut = { tracks: new Map(tracks.map((track) => [track.rendition, track])), bytes }
    this.#cuts.set(index, cut)
    this.#heldBytes += bytes
    for (const [old, { bytes: freed }] of this.#cuts) {
      if (this.#heldBytes <= this.#maxBytes || old === index) break
      this.#cuts.delete(old)
      this.#heldBytes -= freed
    }
    this.#onHeld(this.heldBytes)
    return cut
  }

  /** Rates by how far apart the segments lie in the file, shared out as the tracks of the first one share it. */
  #factsOf(first: readonly CutTrack[]): readonly RenditionFacts[] {
    const { headers, names, frameRates } = this.#cutter
    const all = Math.max(
      1,
      first.reduce((sum, { bytes }) => sum + bytes.length, 0),
    )
    const known = this.#segments.filter(({ bytes }) => bytes > 0)
    const rate = (bytes: number, ms: number): number => (bytes * 8000) / Math.max(1, ms)
    const own = this.#segments[0] as PlannedSegment
    const firstRate = rate(all, own.end - own.start)
    const peak = known.reduce(
      (most, { bytes, start, end }) => Math.max(most, rate(bytes, end - start)),
      firstRate,
    )
    const bytes = known.reduce((sum, one) => sum + one.bytes, 0)
    const ms = known.reduce((sum, { start, end }) => sum + end - start, 0)
    const average = known.length === 0 ? firstRate : rate(bytes, ms)
    return first.map(({ rendition, kind, trackId, config, bytes: { length } }) => ({
      rendition,
      trackId,
      config,
      peak: Math.ceil((peak * length) / all),
      average: Math.ceil((average * length) / all),
      frameRate: kind === 'video' ? frameRates.get(rendition)?.perSecond : undefined,
      videoRange: headers.rangeOf(rendition),
      name: names.nameOf(kind, trackId),
      language: names.languageOf(kind, trackId),
    }))
  }
}

/** A segment in which a track has nothing: a `free` box of no content (ISO/IEC 14496-12 §8.1.2), for an answer of 404 would end players. */
const NO_FRAMES: Uint8Array = Uint8Array.of(0, 0, 0, 8, 0x66, 0x72, 0x65, 0x65)

/** What a planned segment costs, roughly. */
const PLANNED_BYTES = 64
