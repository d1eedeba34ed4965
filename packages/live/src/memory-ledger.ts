/** What a piece of memory costs beside its bytes: the objects that stand for it. */
export const BUFFER_BYTES = 256

/** What memory costs with the objects that stand for it, in bytes. */
export const costOf = (memory: ArrayBufferLike): number => memory.byteLength + BUFFER_BYTES

/** Memory, with how often it is held, for each ledger. */
type Held = ArrayBufferLike & { [ledger: symbol]: number | undefined }

/**
 * What is held in memory, what several hold counted once: slabs in which payloads lie, pieces that were encoded for many.
 *
 * Whoever keeps such memory {@link hold}s it, and {@link release}s it as often. The sum is kept in place: to ask for it costs nothing.
 *
 * How often memory is held stands on the memory itself. In a table of the ledger it would cost far more than it seems: tables grow
 * old, those they were outgrown from keep what they name alive until the next full collection, and each slab moves to the old
 * generation with them.
 */
export class MemoryLedger {
  readonly #holds: symbol = Symbol('holds')
  #size = 0
  #bytes = 0

  /** Bytes held, with what the objects cost that stand for them, and what was added by {@link count}. */
  get bytes(): number {
    return this.#bytes
  }

  /** How many different pieces of memory are held. */
  get size(): number {
    return this.#size
  }

  /** Memory is held from now on; what somebody holds already counts no second time. */
  hold(memory: ArrayBufferLike): void {
    const held = memory as Held
    const holds = held[this.#holds] ?? 0
    held[this.#holds] = holds + 1
    if (holds > 0) return
    this.#size += 1
    this.#bytes += costOf(memory)
  }

  /** Ends one {@link hold}. */
  release(memory: ArrayBufferLike): void {
    const held = memory as Held
    const holds = held[this.#holds] ?? 0
    if (holds === 0) return
    held[this.#holds] = holds - 1
    if (holds > 1) return
    this.#size -= 1
    this.#bytes -= costOf(memory)
  }

  /** Counts what nobody shares; a negative number takes it back. */
  count(bytes: number): void {
    this.#bytes += bytes
  }
}
