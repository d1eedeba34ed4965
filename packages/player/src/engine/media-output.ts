import type { MediaKind } from '@rtmp/e-rtmp'
import type { MediaSourceMaker } from './media-source.ts'
import { type BufferOwner, TrackBuffer } from './track-buffer.ts'
import type { FeedPiece } from './track-feed.ts'

/** One media source with a buffer for each kind. */
export class MediaOutput {
  readonly source: MediaSource
  readonly #owner: BufferOwner
  readonly #types: ReadonlyMap<MediaKind, string>
  readonly #buffers = new Map<MediaKind, TrackBuffer>()
  /** What came before the element had opened the source. */
  readonly #early: { readonly kind: MediaKind; readonly pieces: readonly FeedPiece[] }[] = []
  #ending = false
  #closed = false

  /** @param types - A MIME type for each kind that will be there. */
  constructor(maker: MediaSourceMaker, types: ReadonlyMap<MediaKind, string>, owner: BufferOwner) {
    this.source = new maker()
    this.#types = types
    this.#owner = {
      bufferFailed: (reason) => owner.bufferFailed(reason),
      bufferChanged: () => {
        owner.bufferChanged()
        this.#finish()
      },
    }
    this.source.addEventListener('sourceopen', () => this.#open(), { once: true })
  }

  /** What can be played, in seconds: from the latest start to the earliest end of all kinds. */
  get range(): { readonly start: number; readonly end: number } | undefined {
    const ranges = [...this.#buffers.values()].map(({ range }) => range)
    if (ranges.length === 0) return undefined
    let start = 0
    let end = Number.POSITIVE_INFINITY
    for (const range of ranges) {
      if (range === undefined) return undefined
      start = Math.max(start, range.start)
      end = Math.min(end, range.end)
    }
    return { start, end }
  }

  append(kind: MediaKind, pieces: readonly FeedPiece[]): void {
    if (pieces.length === 0 || this.#closed) return
    const buffer = this.#buffers.get(kind)
    if (buffer === undefined) this.#early.push({ kind, pieces })
    else buffer.append(pieces)
  }

  set playhead(time: number) {
    for (const buffer of this.#buffers.values()) buffer.playhead = time
  }

  evictBefore(time: number): void {
    for (const buffer of this.#buffers.values()) buffer.evictBefore(time)
  }

  /** Nothing more comes: the element plays what there is and has ended. */
  end(): void {
    this.#ending = true
    this.#finish()
  }

  close(): void {
    this.#closed = true
    for (const buffer of this.#buffers.values()) buffer.close()
    this.#early.length = 0
  }

  #open(): void {
    if (this.#closed) return
    try {
      this.source.duration = Number.POSITIVE_INFINITY
      for (const [kind, mimeType] of this.#types)
        this.#buffers.set(kind, new TrackBuffer(this.source.addSourceBuffer(mimeType), mimeType, this.#owner))
    } catch (error) {
      this.#owner.bufferFailed(error instanceof Error ? error.message : String(error))
      return
    }
    for (const { kind, pieces } of this.#early.splice(0)) this.append(kind, pieces)
    this.#finish()
  }

  #finish(): void {
    if (!this.#ending || this.#closed || this.source.readyState !== 'open') return
    if (this.#buffers.size < this.#types.size || ![...this.#buffers.values()].every(({ isIdle }) => isIdle))
      return
    this.#ending = false
    this.source.endOfStream()
  }
}
