import type { ErtmpCapabilities } from '@rtmp/ertmp'
import type { ServerSessionOptions } from '@rtmp/session'
import type { StreamRegistryOptions } from '../relay/stream-registry.ts'
import type { ServerHandler } from './handler.ts'
import type { ServerLimits } from './limits.ts'

/** How connections are ended, in milliseconds. */
export interface ClosingOptions {
  /** For what is still to be sent when a connection ends in order. */
  readonly flushMs: number
  /** For the peer to end its side after we have ended ours. */
  readonly lingerMs: number
}

/** Defaults of {@link ClosingOptions}: 5 s to send, 2 s to linger. */
export const DEFAULT_CLOSING: ClosingOptions = { flushMs: 5000, lingerMs: 2000 }

/**
 * What is done about Enhanced RTMP when clients connect. Enhanced messages are relayed in every mode.
 *
 * - `'auto'`: clients that announce something are told what the server can do.
 * - `'legacyOnly'`: nobody is told anything.
 * - `'enhancedOnly'`: clients that announce nothing are refused. Many encoders and most players announce nothing.
 */
export type EnhancedMode = 'auto' | 'legacyOnly' | 'enhancedOnly'

/**
 * What players are sent of Enhanced RTMP.
 *
 * - `'always'`: everything as it came, since hardly any player announces what it reads.
 * - `'announced'`: only what a player has announced; the others get track 0, in legacy form where there is one.
 */
export type EnhancedOutput = 'always' | 'announced'

/** How a server behaves, whatever brings it its connections. */
export interface ServerPolicies {
  /** Streams: latency, late join, backpressure, second publishers, absent streams. */
  readonly streams?: StreamRegistryOptions
  readonly closing?: Partial<ClosingOptions>
  /** Hooks that decide and hear; several are asked in turn, see `chainHandlers`. Without any, everybody may do everything. */
  readonly handler?: ServerHandler | readonly ServerHandler[]
  /** Bounds of the whole server. */
  readonly limits?: Partial<ServerLimits>
  /** Default `'auto'`. */
  readonly enhanced?: EnhancedMode
  /** Default `'always'`. */
  readonly enhancedOutput?: EnhancedOutput
  /** What clients are told the server can do of Enhanced RTMP; missing fields are not told. Default `SERVER_CAPABILITIES`. */
  readonly capabilities?: ErtmpCapabilities
  /** How often the hook `statsUpdate` is called and the event `stats` comes, in milliseconds. Default 5000. */
  readonly statsIntervalMs?: number
}

/** Options of a {@link ServerCore}. */
export interface ServerCoreOptions extends ServerPolicies {
  /** Options of every connection's session; its crypto is required. */
  readonly session: ServerSessionOptions
  /** The time in milliseconds, never going back. */
  readonly now: () => number
}
