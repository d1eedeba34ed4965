import type { ClosedEvent, OwnEndReason, ServerSessionOptions } from '@rtmp/session'
import { chainHandlers } from '../handlers/chain.ts'
import type { LiveStream, StreamTap } from '../relay/live-stream.ts'
import { StreamRegistry } from '../relay/stream-registry.ts'
import { Registrations } from '../registrations/registrations.ts'
import { type Timed, TimerWheel, WheelTimer } from '../relay/timer-wheel.ts'
import { Admission } from './admission.ts'
import { Bans } from './bans.ts'
import { type Announced, announcedIn, SERVER_CAPABILITIES } from './capabilities.ts'
import { Connection } from './connection.ts'
import { isPromise } from './decision.ts'
import { Drain, type DrainOptions } from './drain.ts'
import { EventHub, type RefusedEvent, type ServerEvents } from './events.ts'
import type { ServerHandler } from './handler.ts'
import { resolveLimits, type ServerLimits } from './limits.ts'
import { LocalPublisher } from './local-publisher.ts'
import { MemoryBudget } from './memory-budget.ts'
import {
  type ClosingOptions,
  DEFAULT_CLOSING,
  type EnhancedMode,
  type EnhancedOutput,
  type ServerCoreOptions,
} from './options.ts'
import { PublisherPool } from './publisher-pool.ts'
import type { RelayStats } from './relays.ts'
import { connectionStats, serverStats } from './statistics.ts'
import { StreamControl } from './stream-control.ts'
import type { Transport } from './transport.ts'

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
export class ServerCore implements Timed {
  readonly wheel: TimerWheel
  readonly registry: StreamRegistry
  readonly events: EventHub<ServerEvents>
  readonly handler: ServerHandler
  readonly registrations: Registrations
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
  readonly bans: Bans
  readonly streamControl: StreamControl
  /** Tells this server from others and from itself before a restart. */
  readonly instance: string
  /** In the server's milliseconds. */
  readonly startedAt: number
  /** What connections that have gone have counted. */
  readonly totals = { bytesReceived: 0, bytesSent: 0, refused: 0 }
  /** The time in milliseconds. */
  readonly now: () => number
  /** Relays from and to other servers, as they are now; whoever relays puts in what tells. */
  relays: () => readonly RelayStats[] = () => []
  readonly #connections = new Set<Connection>()
  readonly #checkTimer: WheelTimer = new WheelTimer(this)
  readonly #statsTimer: WheelTimer = new WheelTimer({ onTimer: (now) => this.#tellStats(now) })
  readonly #statsMs: number
  #limits: ServerLimits
  #lastId = 0
  #whenEmpty: (() => void)[] = []
  #drain: Drain | undefined

  /**
   * @param onSooner - See {@link TimerWheel}.
   * @throws UsageError for options out of range
   */
  constructor(options: ServerCoreOptions, onSooner?: () => void) {
    const { session, handler = {}, capabilities = SERVER_CAPABILITIES } = options
    this.now = options.now
    this.startedAt = options.now()
    this.wheel = new TimerWheel(this.startedAt, onSooner === undefined ? {} : { onSooner })
    this.events = new EventHub((where, error) => this.failed(where, error))
    this.registrations = new Registrations(this)
    this.handler = chainHandlers(this.registrations.handler, ...(isList(handler) ? handler : [handler]))
    this.chunkSize = session.chunkSize ?? DEFAULT_CHUNK_SIZE
    this.sessionOptions = { ...session, chunkSize: this.chunkSize }
    this.closing = { ...DEFAULT_CLOSING, ...options.closing }
    this.#limits = resolveLimits(options.limits)
    this.enhanced = options.enhanced ?? 'auto'
    this.enhancedOutput = options.enhancedOutput ?? 'always'
    this.announced = announcedIn(this.enhanced, capabilities)
    this.admission = new Admission(this.limits)
    this.memory = new MemoryBudget(this)
    this.bans = new Bans(this)
    this.streamControl = new StreamControl(this)
    this.instance = hexOf(session.crypto.randomBytes(4))
    this.#statsMs = options.statsIntervalMs ?? DEFAULT_STATS_MS
    const { events } = this
    this.registry = new StreamRegistry(this.wheel, options.streams, {
      streamStarted: (stream) => events.emit('streamStarted', { stream }),
      firstPlayer: (stream) => events.emit('firstPlayer', { stream }),
      lastPlayer: (stream) => events.emit('lastPlayer', { stream }),
      publisherLost: (stream, graceMs) => events.emit('publisherLost', { stream, graceMs }),
      publisherReturned: (stream) => events.emit('publisherReturned', { stream }),
      streamEnded: (stream) => events.emit('streamEnded', { stream }),
    })
  }

  /** Memory for the payloads of one publisher. */
  publisherPool(): PublisherPool {
    return new PublisherPool(this.sessionOptions.pool?.allocate)
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
   * attempt has been counted and told.
   */
  admits(remoteAddress: string, remotePort = 0, localPort = 0): boolean {
    const refusal = this.memory.isOver
      ? 'the memory budget is used up'
      : this.admission.refusal(remoteAddress, this.now())
    if (refusal === undefined) return true
    if (this.events.has('turnedAway')) {
      this.events.emit('turnedAway', { remoteAddress, remotePort, localPort, description: refusal })
    }
    return false
  }

  /** Takes up a client that has just connected. */
  open(transport: Transport): Connection {
    const now = this.now()
    const connection = new Connection(++this.#lastId, this, transport, now)
    if (this.#connections.size === 0) this.#startTimers(now)
    this.#connections.add(connection)
    this.admission.opened(connection.remoteAddress)
    if (this.events.has('connectionOpened')) this.events.emit('connectionOpened', { connection })
    if (this.handler.connection !== undefined) this.#askAbout(connection, now)
    return connection
  }

  /**
   * Publishes from inside the process.
   *
   * @param onReplaced - Called when another publisher takes the name over, or an administrator ends the stream.
   * @returns `undefined` when somebody else publishes that name and keeps it.
   */
  inject(app: string, streamName: string, onReplaced?: () => void): LocalPublisher | undefined {
    return LocalPublisher.begin(this.registry, app, streamName, this.now, onReplaced)
  }

  /**
   * Listens to a stream inside the process, whoever publishes it; see {@link StreamRegistry.tap}. A listener that throws
   * hurts nobody.
   *
   * @returns what ends it
   */
  tap(app: string, streamName: string, listener: StreamTap): () => void {
    const guarded: StreamTap = (message, now) => {
      try {
        listener(message, now)
      } catch (error) {
        this.failed(`the tap on ${app}/${streamName}`, error)
      }
    }
    return this.registry.tap(app, streamName, guarded, this.now())
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
    this.notify('disconnect', () => this.handler.disconnect?.(connection, closed))
    if (this.events.has('connectionClosed')) this.events.emit('connectionClosed', { connection, closed })
  }

  /** @internal A connection's transport is gone. */
  connectionGone(connection: Connection): void {
    this.#connections.delete(connection)
    this.admission.closed(connection.remoteAddress)
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
  refused(event: RefusedEvent): void {
    this.totals.refused += 1
    if (this.events.has('refused')) this.events.emit('refused', event)
  }

  /** @internal Calls a hook that decides nothing. */
  notify(hook: keyof ServerHandler, call: () => unknown): void {
    try {
      const answer = call()
      if (isPromise(answer))
        answer.then(undefined, (error: unknown) => this.failed(`the ${hook} hook`, error))
    } catch (error) {
      this.failed(`the ${hook} hook`, error)
    }
  }

  /** @internal Something threw that must not. */
  failed(where: string, error: unknown): void {
    if (!where.endsWith(' of error')) this.events.emit('error', { where, error })
  }

  /** @internal Looks at what nobody else has an eye on. */
  onTimer(now: number): void {
    for (const { publication } of this.registry.streams()) publication?.sample(now)
    for (const connection of this.#connections) connection.check(now)
    this.memory.check(now)
    if (this.#connections.size > 0) this.wheel.set(this.#checkTimer, now + CHECK_MS)
  }

  #startTimers(now: number): void {
    this.wheel.set(this.#checkTimer, now + CHECK_MS)
    if (this.#statsMs > 0) this.wheel.set(this.#statsTimer, now + this.#statsMs)
  }

  #tellStats(now: number): void {
    if (this.handler.statsUpdate !== undefined) {
      for (const connection of this.#connections) {
        if (!connection.isOpen) continue
        this.notify('statsUpdate', () =>
          this.handler.statsUpdate?.(connection, connectionStats(connection, now)),
        )
      }
    }
    if (this.events.has('stats')) this.events.emit('stats', serverStats(this, now))
    if (this.#connections.size > 0) this.wheel.set(this.#statsTimer, now + this.#statsMs)
  }

  #askAbout(connection: Connection, now: number): void {
    const failed = (error: unknown): false => {
      this.failed('the connection hook', error)
      return false
    }
    let answer: ReturnType<NonNullable<ServerHandler['connection']>>
    try {
      answer = this.handler.connection?.(connection)
    } catch (error) {
      answer = failed(error)
    }
    if (!isPromise<boolean | void>(answer)) {
      connection.admit(answer !== false, now)
      return
    }
    connection.hold()
    answer.then(
      (admitted) => connection.admit(admitted !== false, this.now()),
      (error: unknown) => connection.admit(failed(error), this.now()),
    )
  }
}

const isList = (handler: ServerHandler | readonly ServerHandler[]): handler is readonly ServerHandler[] =>
  Array.isArray(handler)

const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
