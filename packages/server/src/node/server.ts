import type { AddressInfo } from 'node:net'
import type { ServerSessionOptions } from '@rtmp/session'
import type { ServedConfiguration } from '../config/live-configuration.ts'
import type { Bans } from '../core/bans.ts'
import type { Connection } from '../core/connection.ts'
import { DEFAULT_DRAIN_MS, type DrainOptions } from '../core/drain.ts'
import type { ServerEvents } from '../core/events.ts'
import type { ServerLimits } from '../core/limits.ts'
import type { LocalPublisher } from '../core/local-publisher.ts'
import type { ServerPolicies } from '../core/options.ts'
import type { RelayStats } from '../core/relays.ts'
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
import type { StreamDrain } from '../core/stream-drain.ts'
import type { Registrations } from '../registrations/registrations.ts'
import type { StreamTap } from '../relay/live-stream.ts'
import type { StreamRegistry } from '../relay/stream-registry.ts'
import type { AccessOptions } from './access/access-options.ts'
import { LoadedAccess } from './access/loaded-access.ts'
import { CoreClock } from './clock.ts'
import { nodeCrypto } from './crypto.ts'
import type { HttpOptions } from './http/http-options.ts'
import type { ListenOptions } from './listen.ts'
import { payloadPool } from './payload-pool.ts'
import { Ports, RTMP_PORT } from './ports.ts'
import { LoadedRelays } from './relay/loaded-relays.ts'
import type { RelayRule } from './relay/relay-rules.ts'
import { type ByteStream, type Origin, plainAddress, SocketTransport } from './socket-transport.ts'

/** Options of {@link createServer}. */
export interface ServerOptions extends ServerPolicies {
  /** Where to listen for RTMP. Default port 1935 on every address; `false` listens nowhere, or only at `listeners`. */
  readonly rtmp?: Partial<ListenOptions> | false
  /** More ports, each with or without TLS. */
  readonly listeners?: readonly ListenOptions[]
  /** Health, metrics, an API, and RTMP over WebSocket. Default none. */
  readonly http?: HttpOptions | false
  /** Who may do what; asked before `handler`. */
  readonly access?: AccessOptions
  /** Streams that come from other servers, and that go to them, from {@link RtmpServer.listen} on. */
  readonly relays?: readonly RelayRule[]
  /** How the server is emptied by {@link RtmpServer.drain}. */
  readonly drain?: DrainOptions
  /** Connections: chunk size, windows, deadlines, pings, limits, strictness. */
  readonly session?: Omit<ServerSessionOptions, 'crypto'>
}

/** How a server is closed. */
export interface CloseOptions {
  /** How long connections may take to end in order, in milliseconds; then they are cut. Default 10,000. */
  readonly drainMs?: number
}

/** An RTMP server; see {@link createServer}. */
export class RtmpServer {
  readonly #core: ServerCore
  readonly #clock = new CoreClock()
  readonly #ports: Ports
  readonly #access: LoadedAccess
  readonly #relays: LoadedRelays
  readonly #drain: DrainOptions
  #stopping = false
  #configuration: ServedConfiguration | undefined

  /** @throws UsageError for options out of range */
  constructor(options: ServerOptions = {}) {
    const {
      rtmp,
      listeners = [],
      http = false,
      access = {},
      relays = [],
      drain = {},
      session,
      handler,
      ...policies
    } = options
    this.#drain = drain
    this.#access = new LoadedAccess(access, (error) => this.#core.failed('asking again', error))
    this.#relays = new LoadedRelays(relays)
    this.#core = new ServerCore(
      {
        ...policies,
        handler: [
          this.#access.handler,
          ...(handler === undefined ? [] : [handler].flat()),
          ...this.#relays.handlers,
        ],
        session: { pool: payloadPool, ...session, crypto: nodeCrypto },
        now: this.#clock.now,
      },
      this.#clock.onSooner,
    )
    this.#ports = new Ports(
      this.#core,
      [...(rtmp === false ? [] : [{ port: RTMP_PORT, ...rtmp }]), ...listeners],
      http,
      {
        isReady: () => this.isReady,
        drain: async (options) => this.drain(options),
        drainDefaults: drain,
        configuration: () => this.#configuration,
      },
    )
    this.#core.registrations.openPortsWith({
      own: (port) => this.#ports.own(port),
      open: (port, tls) => {
        this.#clock.start(this.#core)
        return this.#ports.openRegistered(port, tls)
      },
    })
  }

  /**
   * Starts to listen, at all ports or at none.
   *
   * @throws Error of Node: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, …, or of a certificate that cannot be used; UsageError for
   *   access options or relays that cannot be used
   */
  async listen(): Promise<void> {
    await this.#access.load()
    await this.#relays.start(this.#core)
    try {
      await this.#ports.open()
    } catch (error) {
      await this.#relays.close(0)
      throw error
    }
    this.#clock.start(this.#core)
  }

  /** Where the server listens first for RTMP, RTMPS or HTTP; `undefined` before {@link listen} and after {@link close}. */
  address(kind: 'rtmp' | 'rtmps' | 'http' = 'rtmp'): AddressInfo | undefined {
    if (kind === 'http') return this.#ports.http?.address
    return this.#ports.listeners.find(({ secure }) => secure === (kind === 'rtmps'))?.address
  }

  /** Where the server listens for RTMP and RTMPS, in the order of the options. */
  get addresses(): readonly AddressInfo[] {
    return this.#ports.listeners.map(({ address }) => address)
  }

  /** Whether new clients are taken. */
  get isReady(): boolean {
    return this.#ports.isOpen && !this.#stopping
  }

  /**
   * Takes a connection that the application brings: a socket, or another stream of bytes both ways. Nobody else may read it.
   * False when a limit does not let it in; it is destroyed then.
   *
   * @param origin - What the stream itself does not know of the client.
   */
  accept(stream: ByteStream, origin: Origin = {}): boolean {
    const remoteAddress = origin.remoteAddress ?? plainAddress(stream.remoteAddress ?? '')
    if (this.#stopping || !this.#core.admits(remoteAddress)) {
      stream.destroy()
      return false
    }
    this.#clock.start(this.#core)
    new SocketTransport(this.#core, stream, origin)
    return true
  }

  /** Reads the certificates of all ports again. Those that cannot be used leave the ones before in use, and come as event `error`. */
  async reloadCertificates(): Promise<void> {
    await this.#ports.reloadCertificates()
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

  /** What comes from other servers and goes to them, as it is now. */
  get relays(): readonly RelayStats[] {
    return this.#core.relays()
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

  /** Who wants what is published, and whose players may come, by port, app and name. */
  get registrations(): Registrations {
    return this.#core.registrations
  }

  /** Addresses and streams that are kept away for a while. */
  get bans(): Bans {
    return this.#core.bans
  }

  /** Ends a connection in order, by its number. False when there is none. */
  kick(connection: number, description?: string): boolean {
    const found = this.#core.connection(connection)
    if (found?.isOpen !== true) return false
    found.client.kick(description)
    return true
  }

  /** Ends a stream; see {@link StreamControl.end}. False when there is none. */
  endStream(app: string, streamName: string, description?: string): boolean {
    return this.#core.streamControl.end(app, streamName, description)
  }

  /** Empties one stream; see {@link StreamDrain}. `undefined` when there is none. */
  drainStream(app: string, streamName: string, options: DrainOptions = {}): StreamDrain | undefined {
    return this.#core.streamControl.drain(app, streamName, { ...this.#drain, ...options })
  }

  /** Other limits hold from now on, for whoever comes or asks. Those that are not given stay. @throws UsageError `LIMIT_INVALID` */
  setLimits(limits: Partial<ServerLimits>): void {
    this.#core.setLimits(limits)
  }

  /**
   * Other access rules hold from now on, in place of those before: for what begins, and for what goes on when it is asked
   * about again (`recheckSeconds`).
   *
   * @throws UsageError for options that cannot be used; the rules before go on to hold
   */
  async setAccess(access: AccessOptions): Promise<void> {
    await this.#access.replace(access)
  }

  /** @internal What `/api/config` shows and changes. */
  serveConfiguration(configuration: ServedConfiguration): void {
    this.#configuration = configuration
  }

  /** Clients that are connected. */
  get connections(): ReadonlySet<Connection> {
    return this.#core.connections
  }

  /** Calls a listener at each event of that name from now on; returns what ends it. */
  on<Name extends keyof ServerEvents>(name: Name, listener: (event: ServerEvents[Name]) => void): () => void {
    return this.#core.events.on(name, listener)
  }

  /**
   * Takes no more clients, asks those that can to reconnect elsewhere and ends the others, see {@link DrainOptions}. Resolves when
   * all have gone. A publisher that follows the request loses no frame.
   */
  async drain(options: DrainOptions = {}): Promise<void> {
    this.#stopping = true
    this.#ports.stopRtmp()
    const { deadlineMs = DEFAULT_DRAIN_MS, ...rest } = { ...this.#drain, ...options }
    const { flushMs, lingerMs } = this.#core.closing
    const cut = setTimeout(() => this.#core.destroy(), deadlineMs + flushMs + lingerMs)
    await this.#core.drain({ ...rest, deadlineMs })
    clearTimeout(cut)
    await this.close()
  }

  /** Takes no more clients and ends those there are in order: streams end, everybody is told. */
  async close({ drainMs = 10_000 }: CloseOptions = {}): Promise<void> {
    this.#stopping = true
    this.#ports.close()
    const cut = setTimeout(() => this.#core.destroy(), drainMs)
    const relays = this.#relays.close(drainMs)
    await this.#core.close()
    await relays
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
