import { EventEmitter, once } from 'node:events'
import { createServer, type Server } from 'node:net'

import { LOOPBACK } from './loopback.ts'
import { TappedConnection } from './tapped-connection.ts'

/** A TCP proxy on the loopback that keeps the bytes of every connection in both directions. */
export class Tap {
  readonly port: number
  readonly #server: Server
  readonly #connections: TappedConnection[]
  readonly #news: EventEmitter

  private constructor(port: number, server: Server, connections: TappedConnection[], news: EventEmitter) {
    this.port = port
    this.#server = server
    this.#connections = connections
    this.#news = news
  }

  /** Listens on a free port and passes every connection on to `targetPort`. */
  static async open(targetPort: number): Promise<Tap> {
    const connections: TappedConnection[] = []
    const news = new EventEmitter()
    const server = createServer({ allowHalfOpen: true }, (client) => {
      connections.push(new TappedConnection(client, targetPort))
      news.emit('connection')
    })
    server.listen(0, LOOPBACK)
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the tap has no port')
    return new Tap(address.port, server, connections, news)
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
    const limit = AbortSignal.timeout(limitMs)
    for (;;) {
      const [connection] = this.#connections
      if (connection !== undefined) return connection
      await once(this.#news, 'connection', { signal: limit }).catch(() => {
        throw new Error(`nobody connected in ${limitMs} ms`)
      })
    }
  }

  /** Ends every connection and stops listening. */
  async close(): Promise<void> {
    for (const connection of this.#connections) connection.close()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
