import type { BatchFormat, Piece } from './batch-format.ts'
import { PIECE_BYTES } from './costs.ts'
import type { Tally } from './tally.ts'

/** Kinds that pieces are kept for, at most; the one that was made first makes room. */
const KINDS = 8

interface Shared {
  readonly format: BatchFormat
  readonly audio: boolean
  readonly video: boolean
  readonly piece: Uint8Array
}

/** What was made of the same messages for each kind of subscriber: its format, and whether it wants audio and video. */
export class SharedPieces {
  readonly #tally: Tally
  #shared: Shared[] = []

  /** @param tally - Where what is kept is counted. */
  constructor(tally: Tally) {
    this.#tally = tally
  }

  /** What was made for this kind before, or what `make` makes now. Formats that refer to payloads are not kept. */
  of<P extends Piece>(format: BatchFormat<P>, audio: boolean, video: boolean, make: () => P): P {
    for (const known of this.#shared) {
      if (known.format === format && known.audio === audio && known.video === video) {
        // What a format has made is of its type.
        return known.piece as Piece as P
      }
    }
    const piece = make()
    if (!(piece instanceof Uint8Array)) return piece
    if (this.#shared.length === KINDS) this.#forget(this.#shared.shift() as Shared)
    this.#shared.push({ format, audio, video, piece })
    this.#tally.hold(piece.buffer)
    this.#tally.count(PIECE_BYTES)
    return piece
  }

  /** Forgets all: the messages are others now, or memory is short. */
  clear(): void {
    for (const shared of this.#shared) this.#forget(shared)
    this.#shared = []
  }

  #forget({ piece }: Shared): void {
    this.#tally.release(piece.buffer)
    this.#tally.count(-PIECE_BYTES)
  }
}
