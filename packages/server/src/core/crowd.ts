import { addressGroup } from '../transport/address.ts'
import { Counts } from './counts.ts'
import type { SharedCounts } from './shared-counts.ts'

/** Those of one kind who are there, in all and by address (IPv6: its /64), and how many there may be. */
export class Crowd {
  readonly #what: string
  readonly #key: string
  readonly #addressKey: string
  readonly #byAddress = new Counts()
  #size = 0
  #others: SharedCounts | undefined

  /**
   * @param what - What they are called where one is refused: `'connections'`.
   * @param key - How all of them are called among {@link SharedCounts}.
   * @param addressKey - ... and, before a group of addresses, those of one.
   */
  constructor(what: string, key: string, addressKey: string) {
    this.#what = what
    this.#key = key
    this.#addressKey = addressKey
  }

  /** How many are there. */
  get size(): number {
    return this.#size
  }

  /** Counts what other processes of the same server count as well. */
  share(others: SharedCounts): void {
    this.#others = others
  }

  /** How many are there from an address, at other processes of the server as well. */
  from(address: string): number {
    const group = addressGroup(address)
    return this.#byAddress.of(group) + this.#ofOthers(this.#addressKey + group)
  }

  /** One has come (1), or has gone (-1). */
  count(address: string, by: 1 | -1): void {
    const group = addressGroup(address)
    this.#size += by
    this.#byAddress.add(group, by)
    this.#others?.changed(this.#key, by)
    this.#others?.changed(this.#addressKey + group, by)
  }

  /** Why one more may not come. @param most - How many may be there, in all and of one address; 0 for as many as want */
  refusal(address: string, most: number, mostOfAddress: number): string | undefined {
    if (most > 0 && this.#size + this.#ofOthers(this.#key) >= most)
      return `there are ${most} ${this.#what} already`
    if (mostOfAddress > 0 && this.from(address) >= mostOfAddress)
      return `there are ${mostOfAddress} ${this.#what} from ${addressGroup(address)} already`
    return undefined
  }

  #ofOthers(key: string): number {
    return this.#others?.of(key) ?? 0
  }
}
