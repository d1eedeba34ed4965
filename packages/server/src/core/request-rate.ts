import { addressGroup } from '../transport/address.ts'

/** Requests a second that each client of an address may make beside what the address may: players of LL-HLS make ten at the most. */
const REQUESTS_OF_CLIENT = 20

/** How much of what was not used may be used at once, in seconds. */
const SAVED_S = 2
const SAVED_MS = SAVED_S * 1000

/** How often it is told that requests of an address are refused, in milliseconds. */
const TOLD_MS = 1000

/** What becomes of a request: `'told'` is refused and told, `'refused'` is as those before it. */
export type RequestVerdict = 'answered' | 'told' | 'refused'

interface Bucket {
  /** Requests that may be made now. */
  left: number
  /** When that was so, in milliseconds. */
  at: number
  /** When a refusal of it was last told. */
  toldAt: number
}

/**
 * Requests over HTTP by address (IPv6: its /64). Each may make so many a second, and more for every client that was let in from there, so that
 * many who watch behind one address are many.
 */
export class RequestRate {
  /** Those that have asked within the time that is saved up, the longest silent first. */
  readonly #buckets = new Map<string, Bucket>()
  #refused = 0

  /** Requests that were refused. */
  get refused(): number {
    return this.#refused
  }

  /** Addresses that are remembered now. */
  get size(): number {
    return this.#buckets.size
  }

  /**
   * A request has come.
   *
   * @param perSecond - What the address may, whoever is there; 0 for as many as it wants.
   * @param clients - Those that are there from the address.
   */
  ask(address: string, now: number, perSecond: number, clients: number): RequestVerdict {
    if (perSecond === 0) return 'answered'
    this.#forget(now)
    const group = addressGroup(address)
    const rate = perSecond + clients * REQUESTS_OF_CLIENT
    const bucket = this.#buckets.get(group) ?? {
      left: rate * SAVED_S,
      at: now,
      toldAt: Number.NEGATIVE_INFINITY,
    }
    bucket.left = Math.min(rate * SAVED_S, bucket.left + (rate * (now - bucket.at)) / 1000)
    bucket.at = now
    this.#buckets.delete(group)
    this.#buckets.set(group, bucket)
    if (bucket.left >= 1) {
      bucket.left -= 1
      return 'answered'
    }
    this.#refused += 1
    if (now - bucket.toldAt < TOLD_MS) return 'refused'
    bucket.toldAt = now
    return 'told'
  }

  /** A request that was counted is counted by whoever answers it. */
  giveBack(address: string): void {
    const bucket = this.#buckets.get(addressGroup(address))
    if (bucket !== undefined) bucket.left += 1
  }

  /** What was given back counts here after all. */
  takeBack(address: string): void {
    const bucket = this.#buckets.get(addressGroup(address))
    if (bucket !== undefined) bucket.left = Math.max(0, bucket.left - 1)
  }

  /** Who has been silent as long as anything is saved up may do all that is saved up: nothing has to be known of him. */
  #forget(now: number): void {
    for (const [group, { at }] of this.#buckets) {
      if (now - at < SAVED_MS) return
      this.#buckets.delete(group)
    }
  }
}
