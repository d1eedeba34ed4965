/** The least share of the part target that a part must last, by RFC 8216bis §4.4.4.9. */
const LEAST_SHARE = 0.85
/** By how much timestamps in whole milliseconds can be off. */
const JITTER_MS = 1
/** A first segment without a key frame behind it ends here at the latest, or at three times the length aimed at. */
const FIRST_SEGMENT_MS = 10_000

/** The lengths of segments and parts that a stream's playlists promise. They are decided once, and then hold for good. */
export class Pace {
  readonly #segmentMs: number
  readonly #partMs: number
  #targetSeconds: number | undefined
  #partTargetMs: number | undefined

  constructor(segmentMs: number, partMs: number) {
    this.#segmentMs = segmentMs
    this.#partMs = partMs
  }

  /** Whether there are parts in the playlists. */
  get hasParts(): boolean {
    return this.#partMs > 0
  }

  get isDecided(): boolean {
    return this.#targetSeconds !== undefined
  }

  /** EXT-X-TARGETDURATION, in seconds. */
  get targetSeconds(): number {
    return this.#targetSeconds ?? Math.ceil(this.#segmentMs / 1000)
  }

  /** PART-TARGET, in milliseconds; also how often frames are put together where there are no parts. */
  get partTargetMs(): number {
    return this.#partTargetMs ?? (this.hasParts ? this.#partMs : 200) * 1.05
  }

  /** No segment may last longer: its length, rounded to seconds, must not be more than the target duration. */
  get longestMs(): number {
    return this.#targetSeconds === undefined
      ? Math.max(FIRST_SEGMENT_MS, 3 * this.#segmentMs)
      : this.#targetSeconds * 1000 + 499
  }

  /** Whether a segment of that length may end at the next place to start. */
  isLongEnough(ms: number, frameMs: number): boolean {
    return ms >= this.#segmentMs - frameMs / 2 - JITTER_MS
  }

  /**
   * The first segment is there.
   *
   * @param segmentMs - How long it is.
   * @param frameMs - How long frames last, for each track.
   */
  decide(segmentMs: number, frameMs: readonly number[]): void {
    if (this.isDecided) return
    this.#targetSeconds = Math.max(1, Math.ceil(this.#segmentMs / 1000), Math.round(segmentMs / 1000))
    if (this.hasParts) this.#partTargetMs = partTarget(this.#partMs, frameMs)
  }
}

/**
 * The shortest part target, in steps of 10 ms, under which whole frames of every track make parts of 85% of it or more. Up to
 * twice the length that was aimed at; with rates that no such length fits, the one that fits most.
 */
const partTarget = (partMs: number, frameMs: readonly number[]): number => {
  const least = Math.ceil((partMs + 2 * JITTER_MS) / 10) * 10
  const longest = Math.max(0, ...frameMs)
  let best = least
  let bestFits = -1
  for (let target = least; target <= Math.max(2 * least, longest + 10); target += 10) {
    const fits = frameMs.filter((frame) => fitsInto(frame, target)).length
    if (fits > bestFits) {
      best = target
      bestFits = fits
    }
    if (fits === frameMs.length) break
  }
  return best
}

const fitsInto = (frame: number, target: number): boolean => {
  const frames = Math.floor((target - JITTER_MS) / frame)
  return frames > 0 && frames * frame - JITTER_MS >= LEAST_SHARE * target
}
