import { concat } from '@rtmp/bytes'
import type { FeedPiece } from './track-feed.ts'

/** More than this waiting to be appended means that the browser takes nothing any more. Bytes. */
const MOST_WAITING = 64 << 20

/** Sound without times of its own is put right when it is off by more, in seconds. */
const DRIFT = 0.06

/** Who owns a buffer. */
export interface BufferOwner {
  /** The browser does not take what it is given. */
  bufferFailed(reason: string): void
  /** Something was appended or removed. */
  bufferChanged(): void
}

/** A source buffer that is never asked for two things at once. */
export class TrackBuffer {
  readonly #owner: BufferOwner
  readonly #buffer: SourceBuffer
  #mimeType: string
  #waiting: FeedPiece[] = []
  #waitingBytes = 0
  /** Being appended, for another try when there was no room. */
  #retry: Uint8Array<ArrayBuffer> | undefined
  #removal: { readonly from: number; readonly to: number } | undefined
  #playhead = 0
  #closed = false

  constructor(buffer: SourceBuffer, mimeType: string, owner: BufferOwner) {
    this.#buffer = buffer
    this.#mimeType = mimeType
    this.#owner = owner
    buffer.addEventListener('updateend', this.#updated)
    buffer.addEventListener('error', this.#failed)
  }

  /** From the first to behind the last that is buffered, in seconds. */
  get range(): { readonly start: number; readonly end: number } | undefined {
    try {
      const { buffered } = this.#buffer
      if (buffered.length === 0) return undefined
      return { start: buffered.start(0), end: buffered.end(buffered.length - 1) }
    } catch {
      // No longer part of its media source.
      return undefined
    }
  }

  /** Nothing is under way or waiting. */
  get isIdle(): boolean {
    return !this.#buffer.updating && this.#waiting.length === 0 && this.#retry === undefined
  }

  append(pieces: readonly FeedPiece[]): void {
    for (const piece of pieces) {
      this.#waiting.push(piece)
      for (const { length } of piece.slices) this.#waitingBytes += length
    }
    if (this.#waitingBytes > MOST_WAITING) this.#fail('the browser takes no more data')
    else this.#work()
  }

  /** Where the element plays, in seconds: what lies before it can go when there is no room. */
  set playhead(time: number) {
    this.#playhead = time
  }

  /** Lets go of what lies before a time, in seconds. */
  evictBefore(time: number): void {
    const { range } = this
    if (range === undefined || time <= range.start || this.#removal !== undefined) return
    this.#removal = { from: 0, to: time }
    this.#work()
  }

  close(): void {
    this.#closed = true
    this.#waiting = []
    this.#buffer.removeEventListener('updateend', this.#updated)
    this.#buffer.removeEventListener('error', this.#failed)
  }

  readonly #updated = (): void => {
    this.#owner.bufferChanged()
    this.#work()
  }

  readonly #failed = (): void => this.#fail('the browser could not read what it was given')

  #fail(reason: string): void {
    if (this.#closed) return
    this.close()
    this.#owner.bufferFailed(reason)
  }

  #work(): void {
    if (this.#closed || this.#buffer.updating) return
    try {
      this.#next()
    } catch (error) {
      if (error instanceof DOMException && error.name === 'QuotaExceededError' && this.#makeRoom()) return
      this.#fail(error instanceof Error ? error.message : String(error))
    }
  }

  #next(): void {
    const removal = this.#removal
    if (removal !== undefined) {
      this.#removal = undefined
      this.#buffer.remove(removal.from, removal.to)
      return
    }
    const bytes = this.#retry ?? this.#gather()
    if (bytes === undefined) return
    this.#retry = bytes
    this.#buffer.appendBuffer(bytes)
    this.#retry = undefined
  }

  /** All that is waiting and of one type, as one array. */
  #gather(): Uint8Array<ArrayBuffer> | undefined {
    const [first] = this.#waiting
    if (first === undefined) return undefined
    if (first.mimeType !== this.#mimeType) {
      this.#buffer.changeType(first.mimeType)
      this.#mimeType = first.mimeType
    }
    const other = this.#waiting.findIndex(({ mimeType }) => mimeType !== first.mimeType)
    const pieces = this.#waiting.splice(0, other === -1 ? this.#waiting.length : other)
    if (first.start !== undefined) this.#place(first.start / 1000)
    const bytes = concat(pieces.flatMap(({ slices }) => slices))
    this.#waitingBytes -= bytes.length
    return bytes
  }

  /** Says where sound without times begins, unless it goes on where the last one ended. */
  #place(start: number): void {
    const end = this.range?.end
    if (end !== undefined && Math.abs(start - end) < DRIFT) return
    this.#buffer.abort()
    this.#buffer.mode = 'sequence'
    this.#buffer.timestampOffset = start
  }

  /** Removes what has been played, or else half of what there is. Whether there was anything. */
  #makeRoom(): boolean {
    const { range } = this
    if (range === undefined) return false
    const played = this.#playhead - 0.5
    const to = played > range.start + 0.5 ? played : (range.start + range.end) / 2
    if (to - range.start < 0.1) return false
    this.#buffer.remove(0, to)
    return true
  }
}
