import type { Piece } from './batch-format.ts'
import { MESSAGE_BYTES, QUEUED_BYTES } from './costs.ts'
import { Frames } from './frames.ts'
import type { MemoryLedger } from './memory-ledger.ts'
import { Tally } from './tally.ts'

/** Spent places at the front that are put up with before the list is cut. */
const SPENT = 64

/** The pieces that an outbox and its transport hold, in their order, counted as long as they do. */
export class HeldPieces<P extends Piece> {
  readonly #tally: Tally
  #pieces: P[] = []
  #head = 0

  constructor(ledger: MemoryLedger) {
    this.#tally = new Tally(ledger)
  }

  get size(): number {
    return this.#pieces.length - this.#head
  }

  /** What they cost, in bytes; what others hold as well is in it too. */
  get bytes(): number {
    return this.#tally.bytes
  }

  add(piece: P): void {
    this.#pieces.push(piece)
    this.#tally.count(QUEUED_BYTES)
    this.#each(piece, 1)
  }

  /** The first so many have left. */
  drop(count: number): void {
    const end = Math.min(this.#head + count, this.#pieces.length)
    for (; this.#head < end; this.#head++) this.#forget(this.#pieces[this.#head] as P)
    if (this.#head === this.#pieces.length) {
      this.#pieces = []
      this.#head = 0
    } else if (this.#head > SPENT && this.#head * 2 > this.#pieces.length) {
      this.#pieces = this.#pieces.slice(this.#head)
      this.#head = 0
    }
  }

  /** The last so many have been taken back. */
  takeBack(count: number): void {
    const kept = Math.max(this.#head, this.#pieces.length - count)
    for (let i = kept; i < this.#pieces.length; i++) this.#forget(this.#pieces[i] as P)
    this.#pieces.length = kept
  }

  #forget(piece: P): void {
    this.#tally.count(-QUEUED_BYTES)
    this.#each(piece, -1)
  }

  #each(piece: P, by: 1 | -1): void {
    if (!(piece instanceof Frames)) {
      this.#note(piece.buffer, by)
      return
    }
    this.#tally.count(by * MESSAGE_BYTES * piece.messages.length)
    let last: ArrayBufferLike | undefined
    for (const { payload } of piece.messages) {
      if (payload.buffer !== last) this.#note(payload.buffer, by)
      last = payload.buffer
    }
  }

  #note(memory: ArrayBufferLike, by: 1 | -1): void {
    if (by > 0) this.#tally.hold(memory)
    else this.#tally.release(memory)
  }
}
