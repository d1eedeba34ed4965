import type { ServerSessionOptions } from '@rtmp/session'
import type { ServerHandler } from '../contract/handler.ts'
import type { ServerPolicies } from '../contract/options.ts'

/** Options of a {@link ServerCore}. */
export interface ServerCoreOptions extends Omit<ServerPolicies, 'handler'> {
  /** What decides and hears; several are one by `chainHandlers`. */
  readonly handler?: ServerHandler
  /**
   * Where the failure of a listener of `error` goes, which cannot be told as an event again. By default nowhere.
   */
  readonly errorListenerFailed?: (error: unknown) => void
  /** Options of every connection's session; its crypto is required. */
  readonly session: ServerSessionOptions
  /** What connections, bans and recordings are counted up from, so that several servers of a cluster differ. Default 0. */
  readonly firstNumber?: number
  /** The time in milliseconds, never going back. */
  readonly now: () => number
}
