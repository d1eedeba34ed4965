/** What a slice costs that is kept, beside its bytes. */
const SLICE_BYTES = 96

/**
 * Slices that arrive one after the other, looked at through one contiguous window.
 *
 * As long as a unit lies inside one slice the window is that slice, and nothing is copied. A unit that crosses slices
 * is gathered in memory of the window's own, which is never written to again once it is full: views of it stay good.
 * Memory grows with the bytes that are there, not with what a header announces.
 */
export class SliceWindow {
  /** The array under the window. */
  bytes: Uint8Array = new Uint8Array(0)
  /** The memory of {@link bytes}, and where in it they begin: asking the array each time is slow. */
  buffer: ArrayBufferLike = this.bytes.buffer
  byteOffset = 0
  /** First byte of the window inside {@link bytes}. */
  at = 0
  /** Behind the last byte of the window inside {@link bytes}. */
  end = 0
  /** Position of the window's first byte in the stream. */
  position: number
  #queue: Uint8Array[] = []
  #next = 0
  /** Of the slices that wait behind the window. */
  #queuedBytes = 0
  #ended = false
  #slab: Uint8Array = new Uint8Array(0)
  #slabAt = 0
  /** Whether `bytes` is ours to fill up behind `end`. */
  #owned = false

  /** @param position - Stream position of the first byte. */
  constructor(position: number) {
    this.position = position
  }

  /** Appends a slice, which the caller leaves unchanged. */
  push(slice: Uint8Array): void {
    if (slice.length === 0) return
    this.#queue.push(slice)
    this.#queuedBytes += slice.length
  }

  /** Says that no slice will follow. */
  finish(): void {
    this.#ended = true
  }

  /** Memory that it keeps: what is under the window, what is behind it, and what is cut for the next ones. */
  get heldBytes(): number {
    const own = this.buffer === this.#slab.buffer ? 0 : this.bytes.length
    return own + this.#slab.length + this.#queuedBytes + (this.#queue.length - this.#next) * SLICE_BYTES
  }

  /** Whether the window reaches to the end of the stream. */
  get isFinal(): boolean {
    return this.#ended && this.#next === this.#queue.length
  }

  /** Moves the window's start forward. */
  advance(count: number): void {
    this.at += count
    this.position += count
  }

  /**
   * Makes the window at least `count` bytes long if the bytes are there; says whether it is, or is final.
   *
   * @param greedy - Take whole slices, for a search that will want what follows, too.
   */
  gather(count: number, greedy = false): boolean {
    while (this.end - this.at < count) {
      const slice = this.#queue[this.#next]
      if (slice === undefined) return this.isFinal
      if (this.end === this.at) {
        this.#look(slice)
        this.at = 0
        this.end = slice.length
        this.#owned = false
        this.#queuedBytes -= slice.length
        this.#shift()
      } else this.#append(slice, greedy ? this.end - this.at + slice.length : count)
    }
    return true
  }

  /** Copies as much of the next slice behind the window as `count` asks for. */
  #append(slice: Uint8Array, count: number): void {
    const length = this.end - this.at
    const piece = Math.min(slice.length, count - length)
    if (!this.#owned || this.bytes.length - this.end < piece) {
      const eager = Math.min(count, Math.max(MAX_EAGER, 2 * (length + piece)))
      const capacity = this.#owned ? Math.max(eager, 2 * length) : eager
      const larger = this.#allocate(capacity)
      larger.set(this.bytes.subarray(this.at, this.end))
      this.#look(larger)
      this.at = 0
      this.end = length
      this.#owned = true
    }
    if (piece === slice.length) {
      this.bytes.set(slice, this.end)
      this.#shift()
    } else {
      this.bytes.set(slice.subarray(0, piece), this.end)
      this.#queue[this.#next] = slice.subarray(piece)
    }
    this.end += piece
    this.#queuedBytes -= piece
  }

  /** Memory for a unit, cut from a slab: one large array costs the garbage collector less than many small ones. */
  #allocate(size: number): Uint8Array {
    if (size > MAX_SLAB / 2) return new Uint8Array(size)
    if (this.#slabAt + size > this.#slab.length) {
      // The first slabs are small, so that a reader of little data holds little memory.
      const grown = Math.max(MIN_SLAB, this.#slab.length * 2, size * 2)
      this.#slab = new Uint8Array(Math.min(MAX_SLAB, grown))
      this.#slabAt = 0
    }
    const start = this.#slabAt
    this.#slabAt += size
    return this.#slab.subarray(start, this.#slabAt)
  }

  #look(bytes: Uint8Array): void {
    this.bytes = bytes
    this.buffer = bytes.buffer
    this.byteOffset = bytes.byteOffset
  }

  #shift(): void {
    this.#next += 1
    if (this.#next === this.#queue.length) {
      this.#queue.length = 0
      this.#next = 0
    } else if (this.#next > 32 && this.#next * 2 > this.#queue.length) {
      this.#queue.splice(0, this.#next)
      this.#next = 0
    }
  }
}

const MIN_SLAB = 1 << 12
const MAX_SLAB = 1 << 18

/** Up to this many bytes are reserved for an announced unit at once; longer ones grow as they arrive. */
const MAX_EAGER = 1 << 18
