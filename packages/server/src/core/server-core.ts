import type { ClosedEvent, OwnEndReason, ServerSessionOptions, TraceHook } from '@rtmp/session'
import {
  type LiveStream,
  StreamRegistry,
  type SubscribeOptions,
  type Subscription,
  type Timed,
  TimerWheel,
  WheelTimer,
} from '@rtmp/live/engine'
import { Admission, type Way } from './admission.ts'
import { BanList } from './bans.ts'
import { type Announced, announcedIn, SERVER_CAPABILITIES } from './capabilities.ts'
import { askAbout } from './ask-about.ts'
import { CallbackDoor } from './callback-door.ts'
import { type ClientProtocol, rtmpProtocol } from './client-protocol.ts'
import { Connection } from './connection.ts'
import type { ConnectionServices } from './connection-services.ts'
import type { DrainOptions } from '../contract/drain-options.ts'
import { Drain } from './drain.ts'
import type { ServerEvents } from '../contract/events.ts'
import { EventHub } from './event-hub.ts'
import type { ServerHandler } from '../contract/handler.ts'
import { resolveLimits, type ServerLimits } from '../contract/limits.ts'
import { LocalPublisher } from './local-publisher.ts'
import type { TapListener } from '../contract/tap-listener.ts'
import { MemoryBudget } from './memory-budget.ts'
import {
  type ClosingOptions,
  DEFAULT_CLOSING,
  type EnhancedMode,
  type EnhancedOutput,
} from '../contract/options.ts'
import type { ServerCoreOptions } from './options.ts'
import type { RecordedStreams } from './recorded-stream.ts'
import { ServerGate } from './server-gate.ts'
import type { SharedCounts } from './shared-counts.ts'
import type { RelayStats } from '../contract/relays.ts'
import { connectionStats, type ServerFacts, serverStats } from './statistics.ts'
import { StreamControl } from './stream-control.ts'
import { streamEvents } from './stream-events.ts'
import { Subscriptions } from './subscriptions.ts'
import type { ServerTransport } from './transport.ts'

/** Most messages fit in one chunk of this size, and FFmpeg takes it over for what it sends. */
const DEFAULT_CHUNK_SIZE = 60_000

/** How often slow connections, rates and memory are looked at, in milliseconds. */
const CHECK_MS = 1000

const DEFAULT_STATS_MS = 5000

/**
 * A whole server without its sockets: connections, streams, time.
 *
 * Whoever owns it brings transports ({@link ServerCore.admits}, {@link ServerCore.open}), and moves its
 * {@link ServerCore.wheel} along. Nothing here knows Node, so that a test can run a thousand connections and hours of
 * them in one process.
 */
export class ServerCore implements ConnectionServices, ServerFacts, Timed {
  readonly wheel: TimerWheel
  readonly registry: StreamRegistry
  readonly events: EventHub<ServerEvents>
  readonly handler: ServerHandler
  readonly door: CallbackDoor
  readonly sessionOptions: ServerSessionOptions
  /** Largest chunk that players are sent, in bytes. */
  readonly chunkSize: number
  readonly closing: ClosingOptions
  readonly enhanced: EnhancedMode
  readonly enhancedOutput: EnhancedOutput
  /** What clients are told of Enhanced RTMP. */
  readonly announced: Announced
  readonly admission: Admission
  readonly memory: MemoryBudget
  readonly bans: BanList
  readonly streamControl: StreamControl
  readonly gate: ServerGate
  /** Tells this server from others and from itself before a restart. */
  readonly instance: string
  /** What connections, bans and recordings are counted up from, so that nodes of a cluster have other numbers. */
  readonly firstNumber: number
  /** In the server's milliseconds. */
  readonly startedAt: number
  /** What connections that have gone have counted. */
  readonly totals = { bytesReceived: 0, bytesSent: 0, refused: 0 }
  /** The time in milliseconds. */
  readonly now: () => number
  /** Relays from and to other servers, as they are now; whoever relays puts in what tells. */
  relays: () => readonly RelayStats[] = () => []
  /** Recordings that can be played; whoever has them puts them in. */
  recorded: RecordedStreams | undefined
  readonly #connections = new Set<Connection>()
  readonly #subscriptions: Subscriptions
  readonly #checkTimer: WheelTimer = new WheelTimer(this)
  readonly #statsTimer: WheelTimer = new WheelTimer({ onTimer: (now) => this.#tellStats(now) })
  readonly #statsMs: number
  #limits: ServerLimits
  #lastId: number
  #whenEmpty: (() => void)[] = []
  #drain: Drain | undefined
  #others: SharedCounts | undefined

  /**
   * @param onSooner - See {@link TimerWheel}.
   * @throws UsageError for options out of range
   */
  constructor(options: ServerCoreOptions, onSooner?: () => void) {
    const { session, handler = {}, capabilities = SERVER_CAPABILITIES } = options
    this.now = options.now
    this.#lastId = this.firstNumber = options.firstNumber ?? 0
    this.startedAt = options.now()
    this.wheel = new TimerWheel(this.startedAt, onSooner === undefined ? {} : { onSooner })
    this.events = new EventHub((name, error) => {
      // Told as an event again, it would fail again.
      if (name === 'error') options.errorListenerFailed?.(error)
      else this.failed(`a listener of ${name}`, error)
    })
    this.door = new CallbackDoor(this, handler)
    this.handler = handler
    this.chunkSize = session.chunkSize ?? DEFAULT_CHUNK_SIZE
    const { trace } = session
    this.sessionOptions = {
      ...session,
      chunkSize: this.chunkSize,
      ...(trace === undefined ? {} : { trace: this.door.guarded('the trace', trace) as TraceHook }),
    }
    this.closing = { ...DEFAULT_CLOSING, ...options.closing }
    this.#limits = resolveLimits(options.limits)
    this.enhanced = options.enhanced ?? 'auto'
    this.enhancedOutput = options.enhancedOutput ?? 'obey'
    this.announced = announcedIn(this.enhanced, capabilities)
    this.admission = new Admission(this.limits)
    this.memory = new MemoryBudget(this)
    this.bans = new BanList(this, this.firstNumber)
    this.streamControl = new StreamControl(this)
    this.gate = new ServerGate(this)
    this.instance = hexOf(session.crypto.randomBytes(4))
    this.#statsMs = options.statsIntervalMs ?? DEFAULT_STATS_MS
    const streams = { ...options.streams, memory: this.memory.ledger }
    this.registry = new StreamRegistry(this.wheel, streams, streamEvents(this.events, this.memory))
    this.#subscriptions = new Subscriptions(this.registry, this.now, this.door)
  }

  /** Connections that have not gone, in the order in which they came. */
  get connections(): ReadonlySet<Connection> {
    return this.#connections
  }

  /** Streams that somebody publishes, plays or waits for. */
  streams(): IterableIterator<LiveStream> {
    return this.registry.streams()
  }

  /**
   * Whether a client may connect now, by the limits. Ask before {@link open}, and drop the client at once if not: the
   * attempt has been counted and told. Memory that others hoard is taken back first; and it does not keep anybody from the HTTP port,
   * where one can ask how it stands.
   */
  admits(remoteAddress: string, remotePort = 0, localPort = 0, way: Way = 'client'): boolean {
    this.memory.shed(this.now())
    const refusal =
      way === 'client' && this.memory.isUsedUp
        ? 'the memory budget is used up'
        : this.admission.refusal(remoteAddress, this.now(), way)
    if (refusal === undefined) return true
    this.#turnedAway(remoteAddress, remotePort, localPort, refusal)
    return false
  }

  /** Whether a request over HTTP is answered, by the limits; the request has been counted, and refusals are told once a second. */
  answers(remoteAddress: string, remotePort = 0, localPort = 0): boolean {
    const verdict = this.admission.asked(remoteAddress, this.now())
    if (verdict === 'told')
      this.#turnedAway(remoteAddress, remotePort, localPort, this.admission.requestsRefusal(remoteAddress))
    return verdict === 'answered'
  }

  /** Takes up a client that has just connected. */
  open(transport: ServerTransport, speaks: ClientProtocol = rtmpProtocol(this.sessionOptions)): Connection {
    const now = this.now()
    const connection = new Connection(++this.#lastId, this, transport, speaks, now)
    if (this.#connections.size === 0) this.#startTimers(now)
    this.#connections.add(connection)
    if (connection.node === undefined) this.admission.opened(connection.remoteAddress)
    if (this.events.has('connectionOpened')) this.events.emit('connectionOpened', { connection })
    if (this.handler.connection !== undefined) askAbout(this, connection, now)
    return connection
  }

  /**
   * Publishes from inside the process.
   * @param onReplaced - Called when another publisher takes the name over, or an administrator ends the stream.
   * @param isFetched - Whether another node of the cluster publishes it.
   * @returns `undefined` when somebody else publishes that name and keeps it.
   */
  inject(
    app: string,
    streamName: string,
    onReplaced?: () => void,
    isFetched = false,
  ): LocalPublisher | undefined {
    const replaced = onReplaced && (() => this.door.call(`onReplaced of ${app}/${streamName}`, onReplaced))
    return LocalPublisher.begin(this.registry, app, streamName, this.now, replaced, isFetched)
  }

  /**
   * Listens to a stream inside the process, whoever publishes it: called while the stream is at work. One that throws hurts
   * nobody. `onEnd` is called whenever the stream is over; the tap stays. Returns what ends it.
   */
  tap(app: string, streamName: string, listener: TapListener, onEnd?: (now: number) => void): () => void {
    return this.#subscriptions.tap(app, streamName, listener, onEnd)
  }

  /** Subscribes to a stream inside the process; see {@link Subscription}. Ends with the server at the latest. */
  subscribe(app: string, streamName: string, options: SubscribeOptions = {}): Subscription {
    return this.#subscriptions.subscribe(app, streamName, options)
  }

  /** Whether the server is being emptied: nobody begins anything new. */
  get draining(): Drain | undefined {
    return this.#drain
  }

  /**
   * Empties the server: clients that can are asked to reconnect elsewhere, the others are ended, see {@link Drain}.
   * Resolves when all have gone. Whoever brings transports must bring no more.
   */
  async drain(options: DrainOptions = {}): Promise<void> {
    if (this.#drain === undefined) {
      this.#drain = new Drain(this, options, this.now())
      this.#drain.start(this.now())
    }
    await this.#empty()
  }

  /** Counts what other processes of the same server count against the limits. */
  shareCounts(others: SharedCounts): void {
    this.#others = others
    this.admission.share(others)
  }

  /** Players of a stream at other processes of the same server. */
  readonly playersElsewhere = (path: string): number => this.#others?.of(`player ${path}`) ?? 0

  get limits(): ServerLimits {
    return this.#limits
  }

  /** Other limits hold from now on, for whoever comes or asks; nobody who is there is sent away. @throws UsageError `LIMIT_INVALID` */
  setLimits(limits: Partial<ServerLimits>): void {
    this.#limits = resolveLimits(limits, this.#limits)
    this.admission.setLimits(this.#limits)
  }

  /** The connection of that number. */
  connection(id: number): Connection | undefined {
    for (const connection of this.#connections) if (connection.id === id) return connection
    return undefined
  }

  /** Ends every connection in order: streams end, everybody is told. Resolves when all have gone. */
  async close(reason: OwnEndReason = 'shutdown', description = 'the server is shutting down'): Promise<void> {
    const now = this.now()
    // Publishers first, so that players get the end of their streams in its order.
    const all = [...this.#connections].toSorted((a, b) => b.publishings.length - a.publishings.length)
    for (const connection of all) connection.close(reason, description, now)
    await this.#empty()
    this.#subscriptions.close()
  }

  async #empty(): Promise<void> {
    if (this.#connections.size === 0) return
    await new Promise<void>((resolve) => {
      this.#whenEmpty.push(resolve)
    })
  }

  /** Ends every connection at once. */
  destroy(): void {
    const now = this.now()
    for (const connection of this.#connections) connection.destroy(now)
  }

  /** @internal A connection's session is over. */
  connectionClosed(connection: Connection, closed: ClosedEvent): void {
    this.door.tell('disconnect', connection, closed)
    if (this.events.has('connectionClosed')) this.events.emit('connectionClosed', { connection, closed })
  }

  /** @internal A connection's transport is gone. */
  connectionGone(connection: Connection): void {
    this.#connections.delete(connection)
    if (connection.node === undefined) this.admission.closed(connection.remoteAddress)
    const { bytesReceived, bytesSent } = connection.stats
    this.totals.bytesReceived += bytesReceived
    this.totals.bytesSent += bytesSent
    if (this.#connections.size > 0) return
    this.wheel.cancel(this.#checkTimer)
    this.wheel.cancel(this.#statsTimer)
    const waiting = this.#whenEmpty
    this.#whenEmpty = []
    for (const resolve of waiting) resolve()
  }

  /** @internal A request was refused. */
  refused(event: ServerEvents['refused']): void {
    this.totals.refused += 1
    if (this.events.has('refused')) this.events.emit('refused', event)
  }

  /** @internal Something threw that must not. */
  failed(where: string, error: unknown): void {
    this.events.emit('error', { where, error })
  }

  /** @internal Looks at what nobody else has an eye on. */
  onTimer(now: number): void {
    for (const { publication } of this.registry.streams()) publication?.sample(now)
    for (const connection of this.#connections) connection.check(now)
    this.memory.shed(now)
    if (this.#connections.size > 0) this.wheel.set(this.#checkTimer, now + CHECK_MS)
  }

  #turnedAway(remoteAddress: string, remotePort: number, localPort: number, description: string): void {
    if (this.events.has('turnedAway'))
      this.events.emit('turnedAway', { remoteAddress, remotePort, localPort, description })
  }

  #startTimers(now: number): void {
    this.wheel.set(this.#checkTimer, now + CHECK_MS)
    if (this.#statsMs > 0) this.wheel.set(this.#statsTimer, now + this.#statsMs)
  }

  #tellStats(now: number): void {
    if (this.handler.statsUpdate !== undefined) {
      for (const connection of this.#connections) {
        if (!connection.isOpen) continue
        this.door.tell('statsUpdate', connection, connectionStats(connection, now))
      }
    }
    if (this.events.has('stats')) this.events.emit('stats', serverStats(this, now))
    if (this.#connections.size > 0) this.wheel.set(this.#statsTimer, now + this.#statsMs)
  }
}

const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
