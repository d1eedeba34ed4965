import { type Allocate, SlabPool } from '@rtmp/chunk'

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
  #used = 0
  /** Slabs without room, of which payloads may be held. */
  #full: Uint8Array<ArrayBuffer>[] = []
  readonly #spare: Uint8Array<ArrayBuffer>[] = []
  /** How many full slabs there have to be for {@link isDue}. */
  #dueAt = WORTH_A_LOOK

  /** @param allocate - See `SlabPool`. */
  constructor(allocate?: Allocate) {
    super({ slabSize: SLAB_BYTES, ...(allocate === undefined ? {} : { allocate }) })
  }

  override take(size: number): number {
    const start = this.#used
    if (start + size <= this.memory.length) {
      this.#used = (start + size + 7) & ~7
      return start
    }
    if (this.memory.length > 0) this.#full.push(this.memory)
    this.memory = this.#spare.pop() ?? this.allocate(SLAB_BYTES)
    this.#used = (size + 7) & ~7
    return 0
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
      if (this.#spare.length < MOST_SPARE && !held.has(slab.buffer)) this.#spare.push(slab)
    }
    const kept = this.#full.length
    this.#dueAt = kept + Math.max(WORTH_A_LOOK, kept >> 1)
  }

  /** Leaves all payloads so far to those who may hold them: their memory is not used again. */
  giveAway(): void {
    this.#full = []
    this.#dueAt = WORTH_A_LOOK
    this.memory = NOTHING
    this.#used = 0
  }
}

const NOTHING = new Uint8Array(0)
