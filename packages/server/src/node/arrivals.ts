import type { Socket } from 'node:net'
import { addressGroup } from '../transport/address.ts'

/**
 * Sockets that are busy with what goes before what they have come for: TLS, the header of a proxy. There are only so many at a time;
 * whoever has brought most of them loses the oldest of it for the next one: a crowd keeps nobody else out.
 */
export class Arrivals {
  readonly #most: number
  readonly #groups = new Map<Socket, string>()

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#groups.size
  }

  add(socket: Socket, address: string): void {
    if (this.#groups.size >= this.#most) this.#makeRoom()
    this.#groups.set(socket, addressGroup(address))
  }

  delete(socket: Socket): void {
    this.#groups.delete(socket)
  }

  /** Ends all of them. */
  close(): void {
    for (const socket of this.#groups.keys()) socket.destroy()
  }

  #makeRoom(): void {
    const counts = new Map<string, number>()
    for (const group of this.#groups.values()) counts.set(group, (counts.get(group) ?? 0) + 1)
    const most = Math.max(...counts.values())
    for (const [socket, group] of this.#groups) {
      if (counts.get(group) !== most) continue
      this.#groups.delete(socket)
      socket.destroy()
      return
    }
  }
}
