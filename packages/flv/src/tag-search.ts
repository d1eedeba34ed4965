import { flvError } from './errors.ts'
import type { SliceWindow } from './slice-window.ts'
import { TAG_HEADER_SIZE } from './tag.ts'
import { type Evidence, isConfirmed } from './tag-evidence.ts'
import { isPlausibleTagHeader } from './tag-header.ts'

const BACK_POINTER_SIZE = 4

/** The search for the next good tag behind a damaged one, which stands at a window's start. */
export class TagSearch {
  /** From the window's start to the next place to try, or to the tag that was found; −1 while nothing is searched. */
  distance = -1
  readonly #limit: number
  readonly #memory: number
  readonly #maxSize: number
  /** The damaged tag was given up: nothing can point at it any more. */
  #tagLost = false

  /**
   * @param limit - How far from the damaged tag the search goes, in bytes.
   * @param memory - How much of the input it holds.
   * @param maxSize - DataSizes above it are not believed.
   */
  constructor(limit: number, memory: number, maxSize: number) {
    this.#limit = limit
    this.#memory = memory
    this.#maxSize = maxSize
  }

  /** Begins a search behind a damaged tag. */
  start(distance: number): void {
    this.distance = distance
    this.#tagLost = false
  }

  /** Whether more of the input is held than the search may hold. */
  isLong(lead: number): boolean {
    return this.distance > this.#memory + lead
  }

  /** What was looked at goes, and the damaged tag with it. Returns how many bytes; the back pointer before the next place stays. */
  giveUpTag(): number {
    const given = this.distance - BACK_POINTER_SIZE
    this.distance = BACK_POINTER_SIZE
    this.#tagLost = true
    return given
  }

  /**
   * Goes on with the search.
   *
   * @param lead - Bytes from the window's start to the damaged tag.
   * @returns true when a good tag stands at {@link distance}, false when the input ends before one, otherwise how long
   *   the window has to be for the search to go on
   * @throws DecodeError `FLV_RESYNC_FAILED`
   */
  advance(window: SliceWindow, lead: number): Evidence {
    const damagedAt = this.#tagLost ? Number.NaN : window.at + lead
    for (; this.distance <= Math.min(this.#limit, this.#memory) + lead; this.distance++) {
      const at = window.at + this.distance
      if (window.end - at < TAG_HEADER_SIZE) return !window.isFinal && this.distance + TAG_HEADER_SIZE
      if (!isPlausibleTagHeader(window.bytes, at)) continue
      const found = isConfirmed(window, at, damagedAt, this.#maxSize)
      if (typeof found === 'number') return found - window.at
      if (found) return true
    }
    if (this.#limit > this.#memory) return this.distance
    const message = `no tag in the ${this.#limit} bytes behind a damage`
    throw flvError('FLV_RESYNC_FAILED', message, window.position + this.distance)
  }
}
