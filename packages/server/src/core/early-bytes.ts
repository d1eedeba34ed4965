import { concat } from '@rtmp/bytes'

/** More than a client sends before it is answered: both halves of its handshake. */
const MOST = 16 * 1024

/** What a client sends before it is decided whether it may. Copies. */
export class EarlyBytes {
  #pieces: Uint8Array[] = []
  #length = 0

  /** Keeps bytes; false when there are too many. */
  add(bytes: Uint8Array): boolean {
    this.#length += bytes.length
    if (this.#length > MOST) return false
    this.#pieces.push(bytes.slice())
    return true
  }

  get length(): number {
    return this.#length
  }

  get bytes(): Uint8Array {
    return concat(this.#pieces)
  }
}
