/** More than a client sends before it is answered: both halves of its handshake. */
const MOST = 16 * 1024

/** Few clients send more than their half of the handshake before they are answered. */
const FIRST = 2048

/** What a client sends before it is decided whether it may. Copies: what comes byte by byte costs no more than what comes at once. */
export class EarlyBytes {
  #bytes = new Uint8Array(FIRST)
  #length = 0

  /** Keeps bytes; false when there are too many. */
  add(bytes: Uint8Array): boolean {
    const length = this.#length + bytes.length
    if (length > MOST) return false
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(MOST)
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    this.#bytes.set(bytes, this.#length)
    this.#length = length
    return true
  }

  get length(): number {
    return this.#length
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }
}
