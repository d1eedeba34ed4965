import type { MediaMessage } from '@rtmp/e-rtmp'
import { isFrame, isStart } from './outgoing.ts'

/** When a file is long enough. */
export interface FlvSplitBounds {
  /** Milliseconds of media. */
  readonly splitMs: number
  readonly splitBytes: number
}

/** How far a file has got. */
export interface FlvExtent {
  readonly ms: number
  readonly bytes: number
}

/** Without a picture for so long, files are split where the sound is. Milliseconds. */
const NO_VIDEO_MS = 10_000

/**
 * Where a stream is cut into files, and what each of them begins with: the newest metadata and all headers in force. A file
 * begins at a key frame of the first video track; where there is no video, at any sound.
 */
export class FlvSplits {
  readonly #bounds: FlvSplitBounds
  /** By what they are about, in the order in which they came. */
  readonly #headers = new Map<string, MediaMessage>()
  #metadata: MediaMessage | undefined
  #pictureAt: number | undefined

  constructor(bounds: FlvSplitBounds) {
    this.#bounds = bounds
  }

  get headers(): readonly MediaMessage[] {
    return [...this.#headers.values()]
  }

  get metadata(): MediaMessage | undefined {
    return this.#metadata
  }

  /**
   * Takes a message; says whether a new file begins with it.
   *
   * @param extent - Of the file that is open. @param time - Of the message, on a clock that goes on, in milliseconds.
   */
  add(message: MediaMessage, extent: FlvExtent, time: number): boolean {
    if (message.isHeader) {
      const { headerKey } = message
      this.#headers.delete(headerKey)
      this.#headers.set(headerKey, message.detached())
    } else if (message.name === 'onMetaData') this.#metadata = message.detached()
    if (!isFrame(message)) return false
    const { splitMs, splitBytes } = this.#bounds
    const canBegin = message.isVideo
      ? isStart(message)
      : this.#pictureAt === undefined || time - this.#pictureAt > NO_VIDEO_MS
    if (message.isVideo) this.#pictureAt = time
    return canBegin && (extent.ms >= splitMs || extent.bytes >= splitBytes)
  }
}
