import type { LiveStream, MemoryLedger } from '@rtmp/live/engine'

/** Who can be made to give memory back. */
export interface MemoryPayer {
  /** What it may hold before it is among the first to pay, in bytes: what it costs to be there, and more for what it moves. */
  readonly allowedBytes: number
  /** Whether it has been ended, so that what it holds itself goes with it. */
  readonly isLeaving?: boolean
  /** Gives back what it can do without for now: what is made again when it is needed. */
  trim?(): void
  /** Gives up everything: whoever it is is told, and ended. @param isCrowd - Too many are about to go: at once, without a word. */
  payMemory(now: number, isCrowd: boolean): void
}

/** Knows who answers for memory. */
export interface MemoryUsers {
  /** Somebody is known to be a user, who answers for what is held from now on. */
  isUser(share: MemoryShare, user: string): void
}

/**
 * Who answers for memory: an address (of IPv6, its /64 network) as long as nobody is known to be behind it, else a user. Everything that
 * belongs to the same one is added up.
 */
export class MemoryOwner {
  readonly name: string
  readonly shares = new Set<MemoryShare>()
  /** What all its shares hold, in bytes. */
  bytes = 0

  constructor(name: string) {
    this.name = name
  }

  /** What it may hold before it is among the first to pay, at most so many bytes. */
  allowed(most: number): number {
    let sum = 0
    for (const { payer, isClosed } of this.shares) {
      if (payer === undefined) return Number.POSITIVE_INFINITY
      if (!isClosed) sum += payer.allowedBytes
    }
    return Math.min(sum, most)
  }
}

/**
 * What one connection holds, or whoever else is counted: a part that is its own, a part that it shares with others (queues, slabs), and the
 * streams that it publishes or waits for. Shares of one owner add up in it, what is shared whole in each; the ledger has it once.
 */
export class MemoryShare {
  /** Who can be made to pay; nobody for the server's own. */
  readonly payer: MemoryPayer | undefined
  readonly streams = new Map<LiveStream, number>()
  readonly #ledger: MemoryLedger
  #owner: MemoryOwner
  #own = 0
  #shared = 0
  #bytes = 0
  #closed = false

  constructor(ledger: MemoryLedger, owner: MemoryOwner, payer: MemoryPayer | undefined) {
    this.#ledger = ledger
    this.#owner = owner
    this.payer = payer
    owner.shares.add(this)
  }

  get owner(): MemoryOwner {
    return this.#owner
  }

  /** What nobody else counts, in bytes. */
  get ownBytes(): number {
    return this.#own
  }

  /** What it answers for in all, in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether whoever it belonged to has gone; streams may have been left behind. */
  get isClosed(): boolean {
    return this.#closed
  }

  /**
   * Says what is held now.
   *
   * @param own - What nobody else counts, in bytes.
   * @param shared - What is in the ledger already, in bytes.
   */
  set(own: number, shared: number): void {
    if (this.#closed || (own === this.#own && shared === this.#shared)) return
    this.#ledger.count(own - this.#own)
    this.#add(own + shared - this.#own - this.#shared)
    this.#own = own
    this.#shared = shared
  }

  /** Nothing is held any more, but streams that were left behind. */
  close(): void {
    this.set(0, 0)
    this.#closed = true
    if (this.streams.size === 0) this.#owner.shares.delete(this)
  }

  /** A stream for which it answers holds so many bytes now. */
  setStream(stream: LiveStream, bytes: number): void {
    this.#add(bytes - (this.streams.get(stream) ?? 0))
    if (bytes > 0) this.streams.set(stream, bytes)
    else this.streams.delete(stream)
    if (this.#closed && this.streams.size === 0) this.#owner.shares.delete(this)
  }

  /** Somebody else answers for it from now on. */
  moveTo(owner: MemoryOwner): void {
    this.#owner.bytes -= this.#bytes
    this.#owner.shares.delete(this)
    this.#owner = owner
    owner.bytes += this.#bytes
    if (!this.#closed || this.streams.size > 0) owner.shares.add(this)
  }

  #add(bytes: number): void {
    this.#bytes += bytes
    this.#owner.bytes += bytes
  }
}
