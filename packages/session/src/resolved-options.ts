import type { ChunkReaderOptions } from '@rtmp/chunk'
import { DEFAULT_SESSION_LIMITS, type SessionLimits } from './limits.ts'
import {
  DEFAULT_DEADLINES,
  type PingOptions,
  type SessionDeadlines,
  type SessionLeniency,
  type SessionOptions,
} from './options.ts'

/** The options of both roles with all defaults filled in. */
export interface ResolvedOptions {
  readonly limits: SessionLimits
  readonly deadlines: SessionDeadlines
  readonly ping: PingOptions
  readonly strict: boolean
  readonly leniency: SessionLeniency
  readonly initialWindowAckSize: number
  readonly chunkReader: ChunkReaderOptions
}

/** What differs between the roles. */
export interface RoleDefaults {
  readonly ping: PingOptions
  readonly initialWindowAckSize: number
}

/**
 * Makes the function that fills in a role's defaults. Thousands of sessions are made from one options object: they
 * share what it resolves to.
 */
export const optionsResolver = (role: RoleDefaults): ((options: SessionOptions) => ResolvedOptions) => {
  const resolved = new WeakMap<SessionOptions, ResolvedOptions>()
  return (options) => {
    const known = resolved.get(options)
    if (known !== undefined) return known
    const strict = options.strict ?? false
    const limits: SessionLimits = { ...DEFAULT_SESSION_LIMITS, ...options.limits }
    const fresh: ResolvedOptions = {
      limits,
      deadlines: { ...DEFAULT_DEADLINES, ...options.deadlines },
      ping: { ...role.ping, ...options.ping },
      strict,
      leniency: {
        streamZero: !strict,
        publishFalse: !strict,
        deleteByName: !strict,
        unnumberedAnswers: !strict,
        ...options.leniency,
      },
      initialWindowAckSize: options.initialWindowAckSize ?? role.initialWindowAckSize,
      chunkReader: {
        strict,
        limits: {
          maxMediaLength: limits.maxMediaMessageBytes,
          maxMessageLength: limits.maxCommandMessageBytes,
          maxBufferedBytes: limits.maxBufferedBytes,
          maxChunkStreams: limits.maxChunkStreams,
        },
        leniency: options.chunkLeniency ?? {},
        ...(options.pool === undefined ? {} : { pool: options.pool }),
      },
    }
    resolved.set(options, fresh)
    return fresh
  }
}
