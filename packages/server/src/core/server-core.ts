import type { ClosedEvent, OwnEndReason, ServerSessionOptions } from '@rtmp/session'
import type { LiveStream } from '../relay/live-stream.ts'
import { StreamRegistry } from '../relay/stream-registry.ts'
import { type Timed, TimerWheel, WheelTimer } from '../relay/timer-wheel.ts'
import { Connection } from './connection.ts'
import { EventHub, type ServerEvents } from './events.ts'
import type { ServerHandler } from './handler.ts'
import { type ClosingOptions, DEFAULT_CLOSING, type ServerCoreOptions } from './options.ts'
import type { Transport } from './transport.ts'

/** Most messages fit in one chunk of this size, and FFmpeg takes it over for what it sends. */
const DEFAULT_CHUNK_SIZE = 60_000

/** How often slow connections are looked at, in milliseconds. */
const CHECK_MS = 1000

/**
 * A whole server without its sockets: connections, streams, time.
 *
 * Whoever owns it brings transports ({@link ServerCore.open}), and moves its {@link ServerCore.wheel} along. Nothing
 * here knows Node, so that a test can run a thousand connections and hours of them in one process.
 */
export class ServerCore implements Timed {
  readonly wheel: TimerWheel
  readonly registry: StreamRegistry
  readonly events: EventHub<ServerEvents>
  readonly handler: ServerHandler
  readonly sessionOptions: ServerSessionOptions
  /** Largest chunk that players are sent, in bytes. */
  readonly chunkSize: number
  readonly closing: ClosingOptions
  /** The time in milliseconds. */
  readonly now: () => number
  readonly #connections = new Set<Connection>()
  readonly #checkTimer: WheelTimer = new WheelTimer(this)
  #lastId = 0
  #whenEmpty: (() => void)[] = []

  /**
   * @param onSooner - See {@link TimerWheel}.
   * @throws UsageError for options out of range
   */
  constructor(options: ServerCoreOptions, onSooner?: () => void) {
    this.now = options.now
    this.wheel = new TimerWheel(options.now(), onSooner === undefined ? {} : { onSooner })
    this.events = new EventHub((where, error) => this.failed(where, error))
    this.handler = options.handler ?? {}
    this.chunkSize = options.session.chunkSize ?? DEFAULT_CHUNK_SIZE
    this.sessionOptions = { ...options.session, chunkSize: this.chunkSize }
    this.closing = { ...DEFAULT_CLOSING, ...options.closing }
    const { events } = this
    this.registry = new StreamRegistry(this.wheel, options.streams, {
      publisherLost: (stream, graceMs) => events.emit('publisherLost', { stream, graceMs }),
      publisherReturned: (stream) => events.emit('publisherReturned', { stream }),
      streamEnded: (stream) => events.emit('streamEnded', { stream }),
    })
  }

  /** Connections that have not gone, in the order in which they came. */
  get connections(): ReadonlySet<Connection> {
    return this.#connections
  }

  /** Streams that somebody publishes, plays or waits for. */
  streams(): IterableIterator<LiveStream> {
    return this.registry.streams()
  }

  /** Takes up a client that has just connected. */
  open(transport: Transport): Connection {
    const now = this.now()
    const connection = new Connection(++this.#lastId, this, transport, now)
    if (this.#connections.size === 0) this.wheel.set(this.#checkTimer, now + CHECK_MS)
    this.#connections.add(connection)
    if (this.events.has('connectionOpened')) this.events.emit('connectionOpened', { connection })
    return connection
  }

  /** Ends every connection in order: streams end, everybody is told. Resolves when all have gone. */
  async close(reason: OwnEndReason = 'shutdown', description = 'the server is shutting down'): Promise<void> {
    const now = this.now()
    // Publishers first, so that players get the end of their streams in its order.
    const all = [...this.#connections].toSorted((a, b) => b.publishings.length - a.publishings.length)
    for (const connection of all) connection.close(reason, description, now)
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
    if (this.#connections.size > 0) return
    this.wheel.cancel(this.#checkTimer)
    const waiting = this.#whenEmpty
    this.#whenEmpty = []
    for (const resolve of waiting) resolve()
  }

  /** @internal Calls a hook that decides nothing. */
  notify(hook: keyof ServerHandler, call: () => unknown): void {
    try {
      const answer = call()
      if (answer instanceof Promise) answer.catch((error: unknown) => this.failed(`the ${hook} hook`, error))
    } catch (error) {
      this.failed(`the ${hook} hook`, error)
    }
  }

  /** @internal Something threw that must not. */
  failed(where: string, error: unknown): void {
    if (!where.endsWith(' of error')) this.events.emit('error', { where, error })
  }

  /** @internal Looks at connections that do not take what they are sent. */
  onTimer(now: number): void {
    for (const connection of this.#connections) connection.checkStalled(now)
    if (this.#connections.size > 0) this.wheel.set(this.#checkTimer, now + CHECK_MS)
  }
}
