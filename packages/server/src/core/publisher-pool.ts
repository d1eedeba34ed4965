import { type Allocate, SlabPool } from '@rtmp/chunk'
import { MemoryLedger, Tally } from '@rtmp/live/engine'

/** Small, so that what a group of pictures keeps alive is little more than itself. */
const SLAB_BYTES = 65_536

/** The least number of full slabs beyond those found in use that is worth a look. */
const WORTH_A_LOOK = 2

/** Slabs that are kept to be used again, at most. */
const MOST_SPARE = 16

/**
 * Memory for the payloads of one publisher, which is used again as soon as nobody holds them any more.
 *
 * Its frames live as long as a group of pictures, each publisher's for another time: cut from slabs that others share
 * they would keep those alive. And to leave spent slabs to the garbage collector is dear, since it goes through all of
 * the process's memory for each 64 MiB of them. Whether somebody holds a payload is for the owner to say.
 */
export class PublisherPool extends SlabPool {
  /** Slabs without room, of which payloads may be held. */
  #full: Uint8Array<ArrayBuffer>[] = []
  readonly #spare: Uint8Array<ArrayBuffer>[] = []
  /** How many full slabs there have to be for {@link isDue}. */
  #dueAt = WORTH_A_LOOK
  readonly #tally: Tally

  /**
   * @param allocate - See `SlabPool`.
   * @param ledger - Where the slabs are counted that are its own.
   */
  constructor(allocate?: Allocate, ledger: MemoryLedger = new MemoryLedger()) {
    super({ slabSize: SLAB_BYTES, ...(allocate === undefined ? {} : { allocate }) })
    this.#tally = new Tally(ledger)
  }

  /** Bytes of all slabs that it has not given away. */
  get bytes(): number {
    return this.#tally.bytes
  }

  protected override nextSlab(): Uint8Array<ArrayBuffer> {
    if (this.memory.length > 0) this.#full.push(this.memory)
    const spare = this.#spare.pop()
    if (spare !== undefined) return spare
    const slab = super.nextSlab()
    this.#tally.hold(slab.buffer)
    return slab
  }

  /** Whether enough slabs are full to see which of them can be used again. */
  get isDue(): boolean {
    return this.#full.length >= this.#dueAt
  }

  /**
   * Uses the full slabs again, but for those in which somebody holds a payload.
   *
   * @param held - The memory of all payloads from this pool that anybody holds, unfinished messages included.
   */
  reclaim(held: ReadonlySet<ArrayBufferLike>): void {
    const full = this.#full
    this.#full = full.filter((slab) => held.has(slab.buffer))
    for (const slab of full) {
      if (held.has(slab.buffer)) continue
      if (this.#spare.length < MOST_SPARE) this.#spare.push(slab)
      else this.#tally.release(slab.buffer)
    }
    const kept = this.#full.length
    this.#dueAt = kept + Math.max(WORTH_A_LOOK, kept >> 1)
  }

  /** Leaves all payloads so far to those who may hold them: their memory is not used again. */
  giveAway(): void {
    for (const slab of this.#full) this.#tally.release(slab.buffer)
    if (this.memory.length > 0) this.#tally.release(this.memory.buffer)
    this.#full = []
    this.#dueAt = WORTH_A_LOOK
    this.memory = NOTHING
  }

  /** Forgets the slabs that nobody uses: for want of memory. */
  trim(): void {
    for (const slab of this.#spare) this.#tally.release(slab.buffer)
    this.#spare.length = 0
  }

  /** Gives all of it up: nothing is cut from it any more. */
  close(): void {
    this.giveAway()
    this.trim()
  }
}

const NOTHING = new Uint8Array(0)
