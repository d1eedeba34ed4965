import { checkOptions } from '../config/checked-options.ts'
import type { ServerSessionOptions } from '@rtmp/session'
import type { ClusterOptions } from '../contract/cluster-options.ts'
import type { DrainOptions } from '../contract/drain-options.ts'
import type { HttpOptions, HttpsOptions } from '../contract/http-options.ts'
import type { ServerPolicies } from '../contract/options.ts'
import type { RecordingRule } from '../contract/recordings.ts'
import type { RelayRule } from '../contract/relay-rules.ts'
import type { RunOptions } from '../contract/run-options.ts'
import type { AccessOptions } from './access/access-options.ts'
import type { ListenOptions } from '../contract/listen-options.ts'

/** Options of `createServer`. */
export interface ServerOptions extends ServerPolicies {
  /** Where to listen for RTMP. Default port 1935 on every address; `false` listens nowhere, or only at `listeners`. */
  readonly rtmp?: Partial<ListenOptions> | false
  /** More ports, each with or without TLS. */
  readonly listeners?: readonly ListenOptions[]
  /** Streams over HTTP and WebSocket, health, metrics, the API. Default none. */
  readonly http?: HttpOptions | false
  /** What `http` says, over TLS as well. Default none. */
  readonly https?: HttpsOptions | false
  /** Who may do what; asked before `handler`. */
  readonly access?: AccessOptions
  /** Streams that come from other servers, and that go to them, from `listen` on. */
  readonly relays?: readonly RelayRule[]
  /** Streams that are recorded, from `listen` on. */
  readonly recordings?: readonly RecordingRule[]
  /** Commands that are run, from `listen` on. */
  readonly run?: RunOptions
  /** Makes the server one node of several that have their streams in common. */
  readonly cluster?: ClusterOptions
  /** How the server is emptied by `RtmpServer.drain`. */
  readonly drain?: DrainOptions
  /**
   * Whether sockets may be written to past their streams, by a part of Node that is not documented: a third less work for each write.
   * `'auto'` (default) does so where this version of Node has it, which is found out at the first connection; `false` never.
   */
  readonly directWrite?: 'auto' | false
  /** Connections: chunk size, windows, deadlines, pings, limits, strictness. */
  readonly session?: Omit<ServerSessionOptions, 'crypto'>
}

const NAMES: Readonly<Record<keyof ServerOptions, true>> = {
  rtmp: true,
  listeners: true,
  http: true,
  https: true,
  access: true,
  relays: true,
  recordings: true,
  run: true,
  cluster: true,
  drain: true,
  session: true,
  directWrite: true,
  streams: true,
  closing: true,
  handler: true,
  limits: true,
  enhanced: true,
  enhancedOutput: true,
  capabilities: true,
  statsIntervalMs: true,
}

/** Checks options as those of a configuration are. @throws UsageError `OPTION_INVALID`, `OPTION_UNKNOWN` */
export const checkServerOptions = (options: object): void => checkOptions(options, Object.keys(NAMES))

/** How a server is closed. */
export interface CloseOptions {
  /** How long connections may take to end in order, in milliseconds; then they are cut. Default 10,000. */
  readonly drainMs?: number
}

/** What a listener of `error` throws has nowhere to go but to the process. */
export const warnOf = (error: unknown): void => {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.emitWarning('a listener of the event error has failed', { type: 'RtmpServerWarning', detail })
}
