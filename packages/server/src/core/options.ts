import type { ServerSessionOptions } from '@rtmp/session'
import type { StreamRegistryOptions } from '../relay/stream-registry.ts'
import type { ServerHandler } from './handler.ts'

/** How connections are ended, in milliseconds. */
export interface ClosingOptions {
  /** For what is still to be sent when a connection ends in order. */
  readonly flushMs: number
  /** For the peer to end its side after we have ended ours. */
  readonly lingerMs: number
}

/** Defaults of {@link ClosingOptions}: 5 s to send, 2 s to linger. */
export const DEFAULT_CLOSING: ClosingOptions = { flushMs: 5000, lingerMs: 2000 }

/** Options of a {@link ServerCore}. */
export interface ServerCoreOptions {
  /** Options of every connection's session; its crypto is required. */
  readonly session: ServerSessionOptions
  /** Streams: latency, late join, backpressure, second publishers, absent streams. */
  readonly streams?: StreamRegistryOptions
  readonly closing?: Partial<ClosingOptions>
  readonly handler?: ServerHandler
  /** The time in milliseconds, never going back. */
  readonly now: () => number
}
