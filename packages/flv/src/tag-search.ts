import { flvError } from './errors.ts'
import type { SliceWindow } from './slice-window.ts'
import { TAG_HEADER_SIZE } from './tag.ts'
import { type Evidence, isConfirmed } from './tag-evidence.ts'
import { isPlausibleTagHeader } from './tag-header.ts'

/** The search for the next good tag behind a damaged one, which stands at a window's start. */
export class TagSearch {
  /** From the window's start to the next place to try, or to the tag that was found; −1 while nothing is searched. */
  distance = -1
  readonly #limit: number
  readonly #maxSize: number

  /**
   * @param limit - How far from the damaged tag the search goes, in bytes.
   * @param maxSize - DataSizes above it are not believed.
   */
  constructor(limit: number, maxSize: number) {
    this.#limit = limit
    this.#maxSize = maxSize
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
    for (; this.distance <= this.#limit + lead; this.distance++) {
      const at = window.at + this.distance
      if (window.end - at < TAG_HEADER_SIZE) return !window.isFinal && this.distance + TAG_HEADER_SIZE
      if (!isPlausibleTagHeader(window.bytes, at)) continue
      const found = isConfirmed(window, at, window.at + lead, this.#maxSize)
      if (typeof found === 'number') return found - window.at
      if (found) return true
    }
    const message = `no tag in the ${this.#limit} bytes behind a damage`
    throw flvError('FLV_RESYNC_FAILED', message, window.position + this.distance)
  }
}
