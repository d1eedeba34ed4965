import type { ErtmpCapabilities } from '@rtmp/e-rtmp'
import type { StreamRegistryOptions } from '@rtmp/live'
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

/** How a server behaves, whatever brings it its connections. */
export interface ServerPolicies {
  /** Streams: latency, late join, backpressure, second publishers, absent streams. */
  readonly streams?: StreamRegistryOptions
  /** Default 5 s to send what waits, 2 s for the peer to end its side. */
  readonly closing?: Partial<ClosingOptions>
  /** Hooks that decide and hear; several are asked in turn, see `chainHandlers`. Without any, everybody may do everything. */
  readonly handler?: ServerHandler | readonly ServerHandler[]
  /** Bounds of the whole server. */
  readonly limits?: Partial<ServerLimits>
  /**
   * What is done about Enhanced RTMP when clients connect. Enhanced messages are relayed in every mode.
   *
   * - `'auto'` (default): clients that announce something are told what the server can do.
   * - `'legacyOnly'`: nobody is told anything.
   * - `'enhancedOnly'`: clients that announce nothing are refused. Many encoders and most players announce nothing.
   */
  readonly enhanced?: 'auto' | 'legacyOnly' | 'enhancedOnly'
  /**
   * What players are sent of Enhanced RTMP.
   *
   * - `'obey'` (default): each announcement in its own dimension: codecs by `fourCcList` and the info maps, further tracks and ModEx by
   *   `capsEx`. What was not announced withholds nothing: a player that says nothing gets everything.
   * - `'always'`: everything as it came, whatever was announced.
   * - `'announced'`: only what a player has announced; the others get track 0, in legacy form where there is one.
   */
  readonly enhancedOutput?: 'obey' | 'always' | 'announced'
  /** What clients are told the server can do of Enhanced RTMP; missing fields are not told. Default `SERVER_CAPABILITIES`. */
  readonly capabilities?: ErtmpCapabilities
  /** How often the hook `statsUpdate` is called and the event `stats` comes, in milliseconds. Default 5000. */
  readonly statsIntervalMs?: number
}

/** See {@link ServerPolicies.enhanced}. */
export type EnhancedMode = NonNullable<ServerPolicies['enhanced']>

/** See {@link ServerPolicies.enhancedOutput}. */
export type EnhancedOutput = NonNullable<ServerPolicies['enhancedOutput']>
