import { type LiveStream, MemoryLedger, type Timed, WheelTimer } from '@rtmp/live/engine'
import { addressGroup } from '../transport/address.ts'
import { Activities } from './activities.ts'
import { MemoryOwner, type MemoryPayer, MemoryShare } from './memory-share.ts'
import { MemoryShedding } from './memory-shedding.ts'
import type { Services } from './services.ts'
import { Viewer } from './viewer.ts'

/** What the budget is given of the server. */
type BudgetServices = Pick<Services, 'registry' | 'events' | 'limits' | 'wheel' | 'now'>

/**
 * The one budget of memory: what every connection and every stream holds is counted in one ledger, as it comes and goes. When there is too
 * much, {@link MemoryShedding} takes back what serves the fewest, from whoever holds the most.
 */
export class MemoryBudget implements Timed {
  /** Everything that is counted. */
  readonly ledger: MemoryLedger = new MemoryLedger()
  readonly #services: BudgetServices
  readonly #owners = new Map<string, MemoryOwner>()
  readonly #shareOf = new Map<LiveStream, MemoryShare>()
  /** What the server brings by itself: relays, publishers inside the process. Nobody pays for it. */
  readonly #house: MemoryShare
  readonly #timer: WheelTimer = new WheelTimer(this)
  readonly #shedding: MemoryShedding

  constructor(services: BudgetServices) {
    this.#services = services
    this.#house = this.#open('the server itself', undefined)
    this.#shedding = new MemoryShedding(services, this.ledger, this.#owners)
  }

  /** Bytes that are counted now. */
  get bytes(): number {
    return this.ledger.bytes
  }

  /** Whether more is held than may be. */
  get isOver(): boolean {
    const { memoryBytes } = this.#services.limits
    return memoryBytes > 0 && this.ledger.bytes > memoryBytes
  }

  /** Whether there is no room although all was done that could be; ask it after {@link shed}. */
  get isUsedUp(): boolean {
    return this.isOver && this.ledger.bytes - this.#shedding.leaving > this.#services.limits.memoryBytes
  }

  /** Connections that were given up for it. */
  get shedConnections(): number {
    return this.#shedding.connections
  }

  /** Groups of pictures that were forgotten for it. */
  get shedCaches(): number {
    return this.#shedding.caches
  }

  /** Somebody has come who holds memory: an address answers for it, until a user is known. */
  open(address: string, payer: MemoryPayer): MemoryShare {
    return this.#open(addressGroup(address), payer)
  }

  /** Something is kept of a stream beside it, as its segments: whoever answers for the stream answers for that. */
  openBeside(stream: LiveStream, payer: MemoryPayer): MemoryShare {
    const { owner } = this.#answering(stream) ?? this.#house
    return new MemoryShare(this.ledger, owner, payer)
  }

  /** Somebody is known to be a user, who answers for what is held from now on. */
  isUser(share: MemoryShare, user: string): void {
    const before = share.owner
    share.moveTo(this.#owner(`user ${user}`))
    this.#forget(before)
  }

  /** Whoever it belonged to has gone. */
  close(share: MemoryShare): void {
    share.close()
    this.#forget(share.owner)
  }

  /** A stream holds so many bytes now; 0 when it is over. */
  streamChanged(stream: LiveStream, bytes: number): void {
    const before = this.#shareOf.get(stream)
    const share = this.#answering(stream) ?? before ?? this.#house
    if (before !== undefined && before !== share) {
      before.setStream(stream, 0)
      this.#forget(before.owner)
    }
    share.setStream(stream, bytes)
    if (bytes > 0) {
      if (before !== share) this.#shareOf.set(stream, share)
    } else {
      this.#shareOf.delete(stream)
      this.#forget(share.owner)
    }
    // The stream is at work: shedding has to wait until it is not.
    if (this.isOver) this.#services.wheel.set(this.#timer, this.#services.now())
  }

  /** Takes back what is too much. Must not be called while a stream or a connection is at work. */
  shed(now: number): void {
    if (this.isOver) this.#shedding.shed(now)
  }

  /** @internal */
  onTimer(now: number): void {
    this.shed(now)
  }

  #open(name: string, payer: MemoryPayer | undefined): MemoryShare {
    return new MemoryShare(this.ledger, this.#owner(name), payer)
  }

  #owner(name: string): MemoryOwner {
    let owner = this.#owners.get(name)
    if (owner === undefined) {
      owner = new MemoryOwner(name)
      this.#owners.set(name, owner)
    }
    return owner
  }

  #forget(owner: MemoryOwner): void {
    if (owner.shares.size === 0) this.#owners.delete(owner.name)
  }

  /** Whose share a stream is in: its publisher's, or while there is none, that of the first who waits for one. */
  #answering({ publication, subscribers }: LiveStream): MemoryShare | undefined {
    const publisher = publication?.owner
    if (publisher !== undefined) {
      return publisher instanceof Activities ? publisher.peer.memory : this.#house
    }
    const viewer = subscribers[0]?.owner
    return viewer instanceof Viewer ? viewer.peer.memory : undefined
  }
}
