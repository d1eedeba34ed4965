import { once } from 'node:events'
import { LightClient } from '../server/light-client.ts'

/** Pause of a place in the crowd between one visitor and the next, in milliseconds. */
const PAUSE_MS = 20
/** Places that are taken up in one go, and the pause behind them: a listener's backlog is 511. */
const AT_ONCE = 50

/** What one visitor does to a server; the visit is over when this resolves or rejects. */
export type Visit = (crowd: Crowd) => Promise<void>

/** Keeps so many clients at a server: who has gone, or was thrown out, is followed by another. */
export class Crowd {
  readonly port: number
  /** Visits begun. */
  visits = 0
  readonly #clients = new Set<LightClient>()
  readonly #places: Promise<void>[]
  #isOver = false

  constructor(port: number, count: number, visit: Visit) {
    this.port = port
    this.#places = Array.from({ length: count }, (_, place) => this.#occupy(place, visit))
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** A client that goes with its visit. */
  client(): LightClient {
    const client = new LightClient(this.port)
    this.#clients.add(client)
    client.socket.once('close', () => this.#clients.delete(client))
    return client
  }

  /** Waits until the server has closed, or so many milliseconds; then the client goes. */
  async stay(client: LightClient, ms?: number): Promise<void> {
    if (client.closed) return
    const closed = once(client.socket, 'close')
    const timer = ms === undefined ? undefined : setTimeout(() => client.destroy(), ms)
    await closed
    clearTimeout(timer)
  }

  async rest(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms))
  }

  /** Everybody goes. */
  async end(): Promise<void> {
    this.#isOver = true
    for (const client of this.#clients) client.destroy()
    await Promise.all(this.#places)
  }

  async #occupy(place: number, visit: Visit): Promise<void> {
    await this.rest(Math.floor(place / AT_ONCE) * PAUSE_MS)
    while (!this.#isOver) {
      this.visits += 1
      await visit(this).catch(() => undefined)
      await this.rest(PAUSE_MS)
    }
  }
}
