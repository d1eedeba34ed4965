import { addressGroup } from '../transport/address.ts'

/** What can be ended at once. */
interface Ended {
  destroy(): unknown
}

/**
 * Sockets or requests of a kind of which there are only so many at a time. Whoever has brought most of them loses the oldest of it for the next
 * one: a crowd keeps nobody else out.
 */
export class Crowded<Member extends Ended> {
  readonly #most: number
  readonly #groups = new Map<Member, string>()

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#groups.size
  }

  add(member: Member, address: string): void {
    if (this.#groups.size >= this.#most) this.#makeRoom()
    this.#groups.set(member, addressGroup(address))
  }

  delete(member: Member): void {
    this.#groups.delete(member)
  }

  /** Ends all of them. */
  close(): void {
    for (const member of this.#groups.keys()) member.destroy()
  }

  #makeRoom(): void {
    const counts = new Map<string, number>()
    for (const group of this.#groups.values()) counts.set(group, (counts.get(group) ?? 0) + 1)
    const most = Math.max(...counts.values())
    for (const [member, group] of this.#groups) {
      if (counts.get(group) !== most) continue
      this.#groups.delete(member)
      member.destroy()
      return
    }
  }
}
