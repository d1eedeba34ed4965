import type { IncomingMessage, RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { cutPath } from '@rtmp/message'
import type { Bans } from '../contract/ban.ts'
import type { ConnectionInfo } from '../contract/connection-info.ts'
import { DEFAULT_DRAIN_MS, type DrainOptions } from '../contract/drain-options.ts'
import type { ServerEvents } from '../contract/events.ts'
import type { ServerLimits } from '../contract/limits.ts'
import type { LocalPublisher } from '../contract/local-publisher.ts'
import type { RelayStats } from '../contract/relays.ts'
import type { TapListener } from '../contract/tap-listener.ts'
import { ServerCore } from '../core/server-core.ts'
import type { ConnectionStats, ServerStats, StreamDetails, StreamStats } from '../contract/statistics.ts'
import { connectionStats, serverStats, streamDetails, streamStats } from '../core/statistics.ts'
import type { StreamDrain } from '../contract/stream-drain.ts'
import { chainHandlers } from '../handlers/chain.ts'
import type { Registrations } from '../registrations/registration.ts'
import { RegistrationTable } from '../registrations/registrations.ts'
import type { StreamRegistry, SubscribeOptions, Subscription } from '@rtmp/live'
import type { AccessOptions } from './access/access-options.ts'
import { LoadedCluster } from './cluster/loaded-cluster.ts'
import { ServerAccess } from './access/server-access.ts'
import { CoreClock } from './clock.ts'
import { nodeCrypto } from './crypto.ts'
import { fetchHandler, type FetchOrigin, requestListener, upgradeHandler } from './mounted.ts'
import { checkServerOptions, type CloseOptions, type ServerOptions, warnOf } from './options.ts'
import { GarbageCollection } from './garbage.ts'
import { payloadPool } from './payload-pool.ts'
import { Ports, RTMP_PORT } from './ports.ts'
import { defaultMemoryBytes } from './memory-allowed.ts'
import { Companions } from './companions.ts'
import type { RecordingControl } from '../contract/recordings.ts'
import { servedConfigurationOf } from './served-configuration.ts'
import { type ByteStream, type Origin, SocketTransport, writeByStreamOnly } from './socket-transport.ts'
import { seatOf, type WorkerSeat } from './worker-seat.ts'
import { plainAddress } from '../transport/address.ts'

/** An RTMP server; see {@link createServer}. */
export class RtmpServer {
  readonly #core: ServerCore
  readonly #registrations = new RegistrationTable()
  readonly #clock = new CoreClock()
  readonly #ports: Ports
  readonly #access: ServerAccess
  readonly #companions: Companions
  readonly #cluster: LoadedCluster
  readonly #drain: DrainOptions
  readonly #seat: WorkerSeat | undefined
  #stopping = false

  /** @throws UsageError for options out of range */
  constructor(options: ServerOptions = {}) {
    checkServerOptions(options)
    const {
      rtmp,
      listeners = [],
      http = false,
      https = false,
      access = {},
      cluster,
      drain = {},
      session,
      handler,
      ...policies
    } = options
    this.#drain = drain
    this.#seat = seatOf(options)
    this.#access = new ServerAccess(access, (error) => this.#core.failed('asking again', error))
    this.#companions = new Companions(options, this.#seat?.place.index)
    this.#cluster = new LoadedCluster(cluster, this.#seat?.place)
    this.#core = new ServerCore(
      {
        ...policies,
        limits: { memoryBytes: defaultMemoryBytes(), ...policies.limits },
        handler: this.#cluster.around(
          chainHandlers(
            this.#registrations.handler,
            this.#access.handler,
            ...(handler === undefined ? [] : [handler].flat()),
            ...this.#companions.handlers,
          ),
        ),
        firstNumber: this.#cluster.firstNumber,
        session: { pool: payloadPool, ...session, crypto: nodeCrypto },
        now: this.#clock.now,
        errorListenerFailed: warnOf,
      },
      this.#clock.onSooner,
    )
    const garbage = new GarbageCollection()
    this.#core.events.on('memoryShed', (event) => garbage.shed(event))
    if (options.directWrite === false) writeByStreamOnly(this.#core)
    this.#ports = new Ports(
      this.#core,
      [...(rtmp === false ? [] : [{ port: RTMP_PORT, ...rtmp }]), ...listeners],
      { http, https },
      {
        isReady: () => this.isReady,
        drain: async (options) => this.drain(options),
        drainDefaults: drain,
        rtmpPort: () => this.address('rtmp')?.port,
        credentialNames: () => this.#access.credentialNames,
        configuration: () => servedConfigurationOf(this),
        cluster: () => this.#cluster.node,
        recordings: () => this.#companions.recordings,
        relays: this.#companions.relays,
      },
      this.#seat?.sharing,
    )
    if (this.#seat !== undefined) this.#core.shareCounts(this.#seat.counts)
    this.#registrations.standIn(this.#core)
    this.#registrations.openPortsWith({
      own: (port) => this.#ports.own(port),
      open: (port, tls) => {
        this.#clock.start(this.#core)
        return this.#ports.openRegistered(port, tls)
      },
    })
  }

  /**
   * Starts to listen, at all ports or at none.
   * @throws Error of Node (`EADDRINUSE`, `EACCES`, …) or of a certificate; UsageError for access options or relays that cannot be used
   */
  async listen(): Promise<void> {
    this.#access.prepare()
    this.#clock.start(this.#core)
    try {
      await this.#cluster.start(this.#core, this.#ports)
      await this.#companions.start(this.#core)
      await this.#ports.open()
    } catch (error) {
      await this.#companions.close(0)
      await this.#cluster.close()
      this.#clock.stop()
      throw error
    }
  }

  /** Where the server listens first for RTMP, RTMPS, HTTP or HTTPS; `undefined` before {@link listen} and after {@link close}. */
  address(kind: 'rtmp' | 'rtmps' | 'http' | 'https' = 'rtmp'): AddressInfo | undefined {
    if (kind === 'http' || kind === 'https') return this.#ports[kind]?.address
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
   * @param origin - What the stream itself does not know of the client.
   */
  accept(stream: ByteStream, origin: Origin = {}): boolean {
    const remoteAddress = plainAddress(origin.remoteAddress ?? stream.remoteAddress ?? '')
    if (this.#stopping || !this.#core.admits(remoteAddress)) {
      stream.destroy()
      return false
    }
    this.#clock.start(this.#core)
    new SocketTransport(this.#core, stream, origin)
    return true
  }

  /** For other servers, such as Hono's: what the HTTP port answers. Needs `http`, maybe with `port: false`. */
  readonly fetchHandler: () => (request: Request, origin?: FetchOrigin) => Promise<Response> = () =>
    fetchHandler(this.#ports)

  /** As {@link fetchHandler} for `node:http` and what is built on it (Fastify); media go past the response to the socket. */
  readonly requestListener: () => RequestListener = () => requestListener(this.#ports)

  /** For `upgrade` of `node:http`: takes what is for this server, and says whether it was. */
  readonly upgradeHandler: () => (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean = () =>
    upgradeHandler(this.#ports)

  /** Reads the certificates of all ports again. Those that cannot be used leave the ones before in use, and come as event `error`. */
  async reloadCertificates(): Promise<void> {
    await this.#ports.reloadCertificates()
  }

  /** Streams that somebody publishes, plays or waits for, as they are now. */
  get streams(): StreamStats[] {
    return Array.from(this.#core.streams(), (stream) => streamStats(stream, this.#core.now()))
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

  /** What is being recorded, and what was; `undefined` without rules for it, before {@link listen} and after {@link close}. */
  get recordings(): RecordingControl | undefined {
    return this.#companions.recordings
  }

  /**
   * Publishes from inside the process; `undefined` when somebody else publishes that name and keeps it.
   * @param onReplaced - Called when another publisher takes the name over, or an administrator ends the stream.
   */
  inject(app: string, streamName: string, onReplaced?: () => void): LocalPublisher | undefined {
    return this.#core.inject(app, streamName, onReplaced)
  }

  /**
   * Listens to a stream inside the process, whoever publishes it: called while the stream is at work. One that throws hurts
   * nobody. `onEnd` is called whenever the stream is over; the tap stays. Returns what ends it.
   */
  tap(app: string, streamName: string, listener: TapListener, onEnd?: (now: number) => void): () => void {
    return this.#core.tap(app, streamName, listener, onEnd)
  }

  /**
   * Subscribes to a stream inside the process: headers, the current group of pictures, and what comes. Waits as a player does.
   * @param path - App and stream name, for example `'live/show'`.
   * @example
   * ```ts
   * for await (const item of server.subscribe('live/show', { overflow: 'gap' })) {
   *   if (item.kind === 'video') console.log(item.timestamp, item.payload.length)
   *   if (item.kind === 'gap') console.log(`missed ${item.to - item.from} ms`)
   *   if (item.kind === 'end') console.log(`over: ${item.reason}`)
   * }
   * ```
   */
  subscribe(path: string, options?: SubscribeOptions): Subscription {
    this.#clock.start(this.#core)
    const { app, streamName } = cutPath(path)
    return this.#core.subscribe(app, streamName, options)
  }

  /** The streams themselves, to look into or to take part in. */
  get registry(): StreamRegistry {
    return this.#core.registry
  }

  /** Who wants what is published, and whose players may come, by port, app and name. */
  get registrations(): Registrations {
    return this.#registrations
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

  /** Ends a stream, which anyone may begin again: its publisher is told by a status, its players by the end. False when there is none. */
  endStream(app: string, streamName: string, description?: string): boolean {
    return this.#core.streamControl.end(app, streamName, description)
  }

  /**
   * Empties one stream, as {@link drain} does the server. Its publisher and players that know reconnect requests are sent one; a
   * publisher that does not is ended at once. Whoever asks for it is refused until the deadline. `undefined` when there is none.
   */
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
   * @throws UsageError for options that cannot be used; the rules before go on to hold
   */
  async setAccess(access: AccessOptions): Promise<void> {
    this.#access.replace(access)
  }

  /** Clients that are connected. */
  get connections(): ReadonlySet<ConnectionInfo> {
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
    if (this.#seat?.isReplaced === true) this.#ports.close()
    else this.#ports.stopRtmp()
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
    const companions = this.#companions.close(drainMs)
    await this.#core.close()
    await companions
    await this.#cluster.close()
    clearTimeout(cut)
    this.#clock.stop()
    this.#seat?.closed()
  }

  /** Ends everything at once. */
  async destroy(): Promise<void> {
    this.#core.destroy()
    await this.close({ drainMs: 0 })
  }
}
