/**
 * Bytes that arrive in slices and are read as if they were one array.
 *
 * The queue keeps the slices it is given, without copying and without writing to them, until their bytes have been
 * taken. `peek` and `u8At` consume nothing, so a reader can look for a whole unit first and take it only when all of
 * it is there. Work is linear in the bytes, however small the slices.
 *
 * @example
 * ```ts
 * const queue = new ByteQueue()
 * queue.push(Uint8Array.of(0, 3))
 * queue.push(Uint8Array.of(1, 2, 3))
 * const head = queue.peek(2) // undefined while there are fewer
 * if (head !== undefined && queue.length >= 2 + (head[1] ?? 0)) queue.take(2 + (head[1] ?? 0))
 * ```
 */
export class ByteQueue {
  #slices: Uint8Array[] = []
  /** Index of the first slice still in use; the ones before it are spent. */
  #first = 0
  /** Bytes of the first slice that have been taken. */
  #offset = 0
  #length = 0
  #taken = 0

  /** How many bytes wait to be taken. */
  get length(): number {
    return this.#length
  }

  /** How many bytes have been taken since the queue was made: the stream position of the next byte. */
  get position(): number {
    return this.#taken
  }

  /** Appends a slice, which the caller must leave unchanged until its bytes have been taken. */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#slices.push(bytes)
    this.#length += bytes.length
  }

  /** The byte `index` places ahead, 0 being the next one; `undefined` when it has not arrived. */
  u8At(index: number): number | undefined {
    if (index >= this.#length) return undefined
    let at = index + this.#offset
    for (let i = this.#first; ; i++) {
      const slice = this.#slices[i] as Uint8Array
      if (at < slice.length) return slice[at]
      at -= slice.length
    }
  }

  /**
   * The next `count` bytes without taking them, or `undefined` when they have not all arrived: a view when they lie
   * in one slice, otherwise a copy.
   */
  peek(count: number): Uint8Array | undefined {
    if (count > this.#length) return undefined
    const first = this.#slices[this.#first]
    if (first !== undefined && first.length - this.#offset >= count) {
      return first.subarray(this.#offset, this.#offset + count)
    }
    const joined = new Uint8Array(count)
    this.#copyTo(joined)
    return joined
  }

  /** As {@link peek}, and the bytes are taken. */
  take(count: number): Uint8Array | undefined {
    const bytes = this.peek(count)
    if (bytes !== undefined) this.skip(count)
    return bytes
  }

  /** Drops up to `count` bytes and returns how many there were to drop. */
  skip(count: number): number {
    const dropped = Math.min(count, this.#length)
    this.#length -= dropped
    this.#taken += dropped
    let left = dropped
    while (left > 0) {
      const slice = this.#slices[this.#first] as Uint8Array
      const rest = slice.length - this.#offset
      if (left < rest) {
        this.#offset += left
        break
      }
      left -= rest
      this.#offset = 0
      this.#first += 1
    }
    this.#forgetSpent()
    return dropped
  }

  #copyTo(target: Uint8Array): void {
    let at = 0
    let from = this.#offset
    for (let i = this.#first; at < target.length; i++) {
      const slice = this.#slices[i] as Uint8Array
      const piece = slice.subarray(from, Math.min(slice.length, from + target.length - at))
      target.set(piece, at)
      at += piece.length
      from = 0
    }
  }

  /** Lets go of spent slices; halving keeps the shift linear over time. */
  #forgetSpent(): void {
    if (this.#first === this.#slices.length) {
      this.#slices.length = 0
      this.#first = 0
    } else if (this.#first > 32 && this.#first * 2 > this.#slices.length) {
      this.#slices.splice(0, this.#first)
      this.#first = 0
    }
  }
}
