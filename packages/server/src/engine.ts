/**
 * **Unstable.** The server without its sockets and its clock, for tests, simulations and transports of one's own. It may change in every
 * version; what is kept stable is in `@rtmp/server` itself.
 *
 * @packageDocumentation
 */
import type { StreamRegistry, SubscribeOptions, Subscription, TimerWheel } from '@rtmp/live'
import type { Bans } from './contract/ban.ts'
import type { ConnectionInfo } from './contract/connection-info.ts'
import type { PlayContext, PublishContext } from './contract/contexts.ts'
import type { DrainOptions } from './contract/drain-options.ts'
import type { ServerEvents } from './contract/events.ts'
import type { ServerLimits } from './contract/limits.ts'
import type { LocalPublisher } from './contract/local-publisher.ts'
import type { TapListener } from './contract/tap-listener.ts'
import type { ServerCoreOptions } from './core/options.ts'
import { ServerCore as Core } from './core/server-core.ts'
import type { ServerTransport } from './core/transport.ts'

export { nodeCrypto } from './node/crypto.ts'
export type { ServerCoreOptions, ServerTransport }

/** One client, as its transport sees it. */
export interface ServerConnection extends ConnectionInfo {
  /** Whether the session is alive. */
  readonly isOpen: boolean
  /** What it publishes at present. */
  readonly publishings: readonly PublishContext[]
  /** What it plays at present. */
  readonly playings: readonly PlayContext[]
  /** Takes bytes from the transport; they are not used after the call. */
  receive(bytes: Uint8Array, now: number): void
  /** The peer has ended its side; there is nobody to talk to any more. */
  peerEnded(now: number): void
  /** The transport is gone. */
  transportClosed(error: Error | undefined, now: number): void
}

/**
 * A whole server without its sockets: connections, streams, time.
 *
 * Whoever owns it brings transports ({@link admits}, {@link open}), and moves its {@link wheel} along. Nothing here knows Node's
 * sockets, so that a test can run a thousand connections and hours of them in one process.
 */
export interface ServerCore {
  /** Its time: call `advance` when `nextAt` is due. */
  readonly wheel: TimerWheel
  /** Its streams. */
  readonly registry: StreamRegistry
  /** See `ServerEvents`. */
  readonly events: {
    on<Name extends keyof ServerEvents>(name: Name, listener: (event: ServerEvents[Name]) => void): () => void
  }
  /** Kept in memory only. */
  readonly bans: Bans
  /** As they are now; they can be changed while it runs. */
  readonly limits: ServerLimits
  /** Tells this server from others and from itself before a restart. */
  readonly instance: string
  /** Connections that have not gone, in the order in which they came. */
  readonly connections: ReadonlySet<ServerConnection>
  /** What it holds for clients, and what may be held. */
  readonly memory: {
    /** Bytes of all that clients make it keep, with what it costs to keep them. */
    readonly bytes: number
  }
  /** The time in milliseconds. */
  now(): number
  /**
   * Whether a client may connect now, by the limits. Ask before {@link open}, and drop the client at once if not: the
   * attempt has been counted and told.
   */
  admits(remoteAddress: string, remotePort?: number, localPort?: number): boolean
  /** Takes up a client that has just connected. */
  open(transport: ServerTransport): ServerConnection
  /** See `RtmpServer.inject`. */
  inject(app: string, streamName: string, onReplaced?: () => void): LocalPublisher | undefined
  /** See `RtmpServer.tap`. */
  tap(app: string, streamName: string, listener: TapListener, onEnd?: (now: number) => void): () => void
  /** See `RtmpServer.subscribe`. */
  subscribe(app: string, streamName: string, options?: SubscribeOptions): Subscription
  /** Other limits hold from now on, for whoever comes or asks. @throws UsageError `LIMIT_INVALID` */
  setLimits(limits: Partial<ServerLimits>): void
  /** Empties the server. Resolves when all have gone. Whoever brings transports must bring no more. */
  drain(options?: DrainOptions): Promise<void>
  /** Ends every connection in order: streams end, everybody is told. Resolves when all have gone. */
  close(): Promise<void>
  /** Ends every connection at once. */
  destroy(): void
}

/**
 * Makes a server without sockets.
 *
 * @param onSooner - Called when something is due before the last answer of its wheel's `nextAt`.
 * @throws UsageError for options out of range
 */
export const ServerCore: new (options: ServerCoreOptions, onSooner?: () => void) => ServerCore = Core
