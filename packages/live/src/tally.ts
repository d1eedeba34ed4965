import { costOf, type MemoryLedger } from './memory-ledger.ts'

/**
 * What one stream holds, or one subscriber's queue: the part of a {@link MemoryLedger} that it answers for. What it shares with others
 * is in its own sum whole, and in the ledger once.
 */
export class Tally {
  readonly ledger: MemoryLedger
  #bytes = 0

  constructor(ledger: MemoryLedger) {
    this.ledger = ledger
  }

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

/** A {@link Tally} of whose sum somebody is told. */
export class ToldTally extends Tally {
  readonly #listener: (bytes: number) => void
  #told = 0

  constructor(ledger: MemoryLedger, listener: (bytes: number) => void) {
    super(ledger)
    this.#listener = listener
  }

  /** Tells it, if it has changed. */
  tell(): void {
    if (this.bytes === this.#told) return
    this.#told = this.bytes
    this.#listener(this.#told)
  }
}
