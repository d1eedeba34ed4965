/** What is gathered before it is written: two buffers, of which one is filled while the other one is written. */
export class Block {
  #filling: Uint8Array
  #other: Uint8Array
  #length = 0

  /** @param capacity - Bytes to begin with; grows. */
  constructor(capacity: number) {
    this.#filling = new Uint8Array(capacity)
    this.#other = new Uint8Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  /** What both buffers take up, in bytes. */
  get heldBytes(): number {
    return this.#filling.length + this.#other.length
  }

  /** Adds a copy of bytes. */
  add(bytes: Uint8Array): void {
    const end = this.#length + bytes.length
    if (end > this.#filling.length) {
      const larger = new Uint8Array(Math.max(end, this.#filling.length * 2))
      larger.set(this.#filling.subarray(0, this.#length))
      this.#filling = larger
    }
    this.#filling.set(bytes, this.#length)
    this.#length = end
  }

  /** What was added since the last time: stays as it is until the next call. */
  take(): Uint8Array {
    const taken = this.#filling.subarray(0, this.#length)
    const next = this.#other
    this.#other = this.#filling
    this.#filling = next
    this.#length = 0
    return taken
  }
}
