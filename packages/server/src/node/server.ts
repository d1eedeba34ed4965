import type { AddressInfo } from 'node:net'
import type { ServerSessionOptions } from '@rtmp/session'
import type { Connection } from '../core/connection.ts'
import type { ServerEvents } from '../core/events.ts'
import type { LocalPublisher } from '../core/local-publisher.ts'
import type { ServerPolicies } from '../core/options.ts'
import { ServerCore } from '../core/server-core.ts'
import {
  type ConnectionStats,
  connectionStats,
  type ServerStats,
  serverStats,
  type StreamDetails,
  streamDetails,
  type StreamStats,
  streamStats,
} from '../core/statistics.ts'
import type { StreamTap } from '../relay/live-stream.ts'
import type { StreamRegistry } from '../relay/stream-registry.ts'
import { CoreClock } from './clock.ts'
import { nodeCrypto } from './crypto.ts'
import { type Listener, type ListenOptions, listenRtmp } from './listen.ts'
import { payloadPool } from './payload-pool.ts'

/** Options of {@link createServer}. */
export interface ServerOptions extends ServerPolicies {
  /** Where to listen for RTMP. Default port 1935 on every address. */
  readonly rtmp?: Partial<ListenOptions>
  /** Connections: chunk size, windows, deadlines, pings, limits, strictness. */
  readonly session?: Omit<ServerSessionOptions, 'crypto'>
}

/** How a server is closed. */
export interface CloseOptions {
  /** How long connections may take to end in order, in milliseconds; then they are cut. Default 10,000. */
  readonly drainMs?: number
}

const RTMP_PORT = 1935

/** An RTMP server; see {@link createServer}. */
export class RtmpServer {
  readonly #core: ServerCore
  readonly #clock = new CoreClock()
  readonly #rtmp: ListenOptions
  #listener: Listener | undefined

  /** @throws UsageError for options out of range */
  constructor(options: ServerOptions = {}) {
    const { rtmp, session, ...policies } = options
    this.#rtmp = { port: RTMP_PORT, ...rtmp }
    this.#core = new ServerCore(
      { ...policies, session: { pool: payloadPool, ...session, crypto: nodeCrypto }, now: this.#clock.now },
      this.#clock.onSooner,
    )
  }

  /**
   * Starts to listen.
   *
   * @throws Error of Node: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, …
   */
  async listen(): Promise<void> {
    this.#listener = await listenRtmp(this.#core, this.#rtmp)
    this.#clock.start(this.#core)
  }

  /** Where the server listens; `undefined` before {@link listen} and after {@link close}. */
  address(_kind: 'rtmp' = 'rtmp'): AddressInfo | undefined {
    return this.#listener?.address
  }

  /** Streams that somebody publishes, plays or waits for, as they are now. */
  get streams(): StreamStats[] {
    const now = this.#core.now()
    return Array.from(this.#core.streams(), (stream) => streamStats(stream, now))
  }

  /** One stream as it is now, with its tracks and players; `undefined` when nobody publishes, plays or waits for it. */
  streamDetails(app: string, streamName: string): StreamDetails | undefined {
    const stream = this.#core.registry.find(app, streamName)
    return stream && streamDetails(stream, this.#core.now())
  }

  /** Connections as they are now. */
  connectionStats(): ConnectionStats[] {
    const now = this.#core.now()
    return Array.from(this.#core.connections, (connection) => connectionStats(connection, now))
  }

  /** The server as it is now. */
  stats(): ServerStats {
    return serverStats(this.#core, this.#core.now())
  }

  /** Publishes from inside the process; see {@link ServerCore.inject}. */
  inject(app: string, streamName: string, onReplaced?: () => void): LocalPublisher | undefined {
    return this.#core.inject(app, streamName, onReplaced)
  }

  /** Listens to a stream inside the process; see {@link ServerCore.tap}. */
  tap(app: string, streamName: string, listener: StreamTap): () => void {
    return this.#core.tap(app, streamName, listener)
  }

  /** The streams themselves, to look into or to take part in. */
  get registry(): StreamRegistry {
    return this.#core.registry
  }

  /** Clients that are connected. */
  get connections(): ReadonlySet<Connection> {
    return this.#core.connections
  }

  /** Calls a listener at each event of that name from now on; returns what ends it. */
  on<Name extends keyof ServerEvents>(name: Name, listener: (event: ServerEvents[Name]) => void): () => void {
    return this.#core.events.on(name, listener)
  }

  /** Takes no more clients and ends those there are in order: streams end, everybody is told. */
  async close({ drainMs = 10_000 }: CloseOptions = {}): Promise<void> {
    this.#listener?.close()
    this.#listener = undefined
    const cut = setTimeout(() => this.#core.destroy(), drainMs)
    await this.#core.close()
    clearTimeout(cut)
    this.#clock.stop()
  }

  /** Ends everything at once. */
  async destroy(): Promise<void> {
    this.#core.destroy()
    await this.close({ drainMs: 0 })
  }
}

/**
 * An RTMP server: any number of publishers and players, any app and name unless a handler says otherwise.
 *
 * @example
 * ```ts
 * const server = createServer({ rtmp: { port: 1935 } })
 * server.on('publishStarted', ({ app, streamName }) => console.log(`${app}/${streamName} is live`))
 * await server.listen()
 * ```
 *
 * @throws UsageError for options out of range
 */
export const createServer = (options?: ServerOptions): RtmpServer => new RtmpServer(options)
