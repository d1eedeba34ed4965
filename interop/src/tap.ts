import { EventEmitter, once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'

import { LOOPBACK } from './loopback.ts'
import { TappedConnection } from './tapped-connection.ts'

/** A TCP proxy on the loopback that keeps the bytes of every connection in both directions. */
export class Tap {
  readonly #server: Server
  readonly #targetPort: number
  readonly #connections: TappedConnection[] = []
  readonly #news = new EventEmitter()
  /** Clients that wait until the tap is open; `undefined` when it is. */
  #waiting: Socket[] | undefined

  private constructor(targetPort: number, shut: boolean) {
    this.#targetPort = targetPort
    this.#waiting = shut ? [] : undefined
    this.#server = createServer({ allowHalfOpen: true }, (client) => {
      if (this.#waiting === undefined) this.#pass(client)
      else this.#waiting.push(client)
      this.#news.emit('connection')
    })
  }

  /**
   * Listens on a free port and passes every connection on to `targetPort`.
   *
   * @param shut - Clients can connect, and what they say waits for {@link release}: so a program's start, which takes as long
   * as the machine is busy, is over before it counts.
   */
  static async open(targetPort: number, shut = false): Promise<Tap> {
    const tap = new Tap(targetPort, shut)
    tap.#server.listen(0, LOOPBACK)
    await once(tap.#server, 'listening')
    return tap
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('the tap has no port')
    return address.port
  }

  /** Every connection so far, oldest first. */
  get connections(): readonly TappedConnection[] {
    return this.#connections
  }

  /** Address of a stream behind the tap; `path` is `app/name`. */
  url(path: string): string {
    return `rtmp://${LOOPBACK}:${this.port}/${path}`
  }

  /** The first connection, as soon as there is one; rejects after `limitMs`. */
  async first(limitMs = 15_000): Promise<TappedConnection> {
    return this.#when(() => this.#connections[0], limitMs)
  }

  /** Resolves when a client is there, let in or not; rejects after `limitMs`. */
  async arrived(limitMs = 15_000): Promise<void> {
    await this.#when(() => this.#connections[0] ?? this.#waiting?.[0], limitMs)
  }

  /** Lets in who has waited, and everybody from now on. */
  release(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const client of waiting) this.#pass(client)
    this.#news.emit('connection')
  }

  /** Ends every connection and stops listening. */
  async close(): Promise<void> {
    for (const connection of this.#connections) connection.close()
    for (const client of this.#waiting ?? []) client.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #pass(client: Socket): void {
    this.#connections.push(new TappedConnection(client, this.#targetPort))
  }

  async #when<T>(found: () => T | undefined, limitMs: number): Promise<T> {
    const limit = AbortSignal.timeout(limitMs)
    for (;;) {
      const one = found()
      if (one !== undefined) return one
      await once(this.#news, 'connection', { signal: limit }).catch(() => {
        throw new Error(`nobody connected in ${limitMs} ms`)
      })
    }
  }
}
