import { costOf, type MemoryLedger } from './memory-ledger.ts'

/**
 * What one stream holds, or one subscriber's queue: the part of a {@link MemoryLedger} that it answers for. What it shares with others
 * is in its own sum whole, and in the ledger once.
 */
export class Tally {
  /** That of all tallies together. */
  readonly ledger: MemoryLedger
  #bytes = 0

  constructor(ledger: MemoryLedger) {
    this.ledger = ledger
  }

  /** Shared memory counted whole. */
  get bytes(): number {
    return this.#bytes
  }

  /** See `MemoryLedger.hold`. */
  hold(memory: ArrayBufferLike): void {
    this.#bytes += costOf(memory)
    this.ledger.hold(memory)
  }

  /** See `MemoryLedger.release`. */
  release(memory: ArrayBufferLike): void {
    this.#bytes -= costOf(memory)
    this.ledger.release(memory)
  }

  /** See `MemoryLedger.count`. */
  count(bytes: number): void {
    this.#bytes += bytes
    this.ledger.count(bytes)
  }
}

/** By how much a sum may be off what was told of it, in bytes: to tell of every message would cost more than it is worth. */
const UNTOLD_BYTES = 16_384

/** A {@link Tally} of whose sum somebody is told, when it has changed by much. The ledger knows all of it at once. */
export class ToldTally extends Tally {
  readonly #listener: (bytes: number) => void
  #told = 0

  constructor(ledger: MemoryLedger, listener: (bytes: number) => void) {
    super(ledger)
    this.#listener = listener
  }

  /** See {@link Tally.hold}. */
  override hold(memory: ArrayBufferLike): void {
    super.hold(memory)
    this.#changed()
  }

  /** See {@link Tally.release}. */
  override release(memory: ArrayBufferLike): void {
    super.release(memory)
    this.#changed()
  }

  /** See {@link Tally.count}. */
  override count(bytes: number): void {
    super.count(bytes)
    this.#changed()
  }

  /** Tells it to the byte, if it has changed. */
  tell(): void {
    if (this.bytes === this.#told) return
    this.#told = this.bytes
    this.#listener(this.#told)
  }

  #changed(): void {
    const off = this.bytes - this.#told
    if (off > UNTOLD_BYTES || off < -UNTOLD_BYTES) this.tell()
  }
}
