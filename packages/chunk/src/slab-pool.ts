import { NOTHING } from './nothing.ts'

/** Memory for payloads, `size` bytes; its content need not be zero, as all of it is overwritten before it is seen. */
export type Allocate = (size: number) => Uint8Array<ArrayBuffer>

const DEFAULT_SLAB_SIZE = 262_144

/** A slab holds at least this many of the largest payloads that are cut from it, so little is lost at its end. */
const PAYLOADS_PER_SLAB = 4

/**
 * Memory that small payloads are cut from, one behind the other.
 *
 * A fresh array for each message costs several times the copying itself; cutting from a slab costs an addition. The
 * price is that a payload which is kept keeps its whole slab. Any number of readers may share a pool, and by default
 * all do; only complete messages lie in slabs, so a peer that stalls in mid-message holds none.
 *
 * @example
 * ```ts
 * const pool = new SlabPool({ slabSize: 65_536 })
 * const readers = [new ChunkReader({ pool }), new ChunkReader({ pool })]
 * ```
 */
export class SlabPool {
  readonly #slabSize: number
  /** Where memory comes from; messages that are not cut from a slab get theirs by it too. */
  readonly allocate: Allocate
  #used = 0
  /** The slab in use; valid for the position that the last {@link take} returned. */
  memory: Uint8Array<ArrayBuffer> = NOTHING

  /**
   * @param options.slabSize - Bytes of a slab; 256 KiB unless given.
   * @param options.allocate - Where memory comes from; a server in Node passes `Buffer.allocUnsafeSlow`, which saves
   *   clearing it.
   */
  constructor(options: { slabSize?: number; allocate?: Allocate } = {}) {
    this.#slabSize = options.slabSize ?? DEFAULT_SLAB_SIZE
    this.allocate = options.allocate ?? zeroed
  }

  /** Largest payload that is cut from a slab, in bytes; a larger one gets memory of its own. */
  get largest(): number {
    return this.#slabSize / PAYLOADS_PER_SLAB
  }

  /** Reserves `size` bytes, at most {@link largest}, in {@link memory} and returns where they begin. */
  take(size: number): number {
    const start = this.#used
    if (start + size <= this.memory.length) {
      this.#used = (start + size + 7) & ~7
      return start
    }
    this.memory = this.nextSlab()
    this.#used = (size + 7) & ~7
    return 0
  }

  /**
   * Where to go on when {@link memory} is full. A pool may give a slab again of which it knows that nobody holds a
   * payload any more.
   */
  protected nextSlab(): Uint8Array<ArrayBuffer> {
    return this.allocate(this.#slabSize)
  }
}

const zeroed: Allocate = (size) => new Uint8Array(size)

/** The pool of readers that were given none. */
export const sharedPool: SlabPool = new SlabPool()
