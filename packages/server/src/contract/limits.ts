import { UsageError } from '@rtmp/bytes'

/** Bounds of a whole server; 0 is none. Those of one connection are `session.limits` and `session.deadlines`. */
export interface ServerLimits {
  /** Connections at once. */
  readonly connections: number
  /** Connections at once from one IP address; of IPv6, from one /64 network. */
  readonly connectionsPerAddress: number
  /** Connections at once to one app. */
  readonly connectionsPerApp: number
  /** Players of one stream at once. */
  readonly playersPerStream: number
  /** Rate limit: new connections in a second. */
  readonly newConnectionsPerSecond: number
  /** Rate limit: new connections in a second from one IP address; of IPv6, from one /64 network. */
  readonly newConnectionsPerSecondPerAddress: number
  /** Sockets at once over which one may ask by HTTP; those that carry a client are connections instead. */
  readonly httpSockets: number
  /** ... from one IP address; of IPv6, from one /64 network. */
  readonly httpSocketsPerAddress: number
  /**
   * Rate limit: requests over HTTP in a second from one IP address (of IPv6, from one /64 network), each new socket counted as one; 20 more
   * for every client that is connected from there. Further ones are answered with 429, and who goes on is ended.
   */
  readonly httpRequestsPerSecondPerAddress: number
  /**
   * Bytes that clients may make the server keep in all, with what it costs to keep them. Over it, what is kept for late joiners is
   * forgotten first, then the largest owner pays: an address (of IPv6, a /64 network), or a user. Nobody is refused meanwhile.
   */
  readonly memoryBytes: number
  /** How long what a client is sent may stand still before the client is given up, in milliseconds. */
  readonly writeStallMs: number
  /** Idle timeout of publishers: from the start of a publish to its first audio or video message, in milliseconds. */
  readonly firstMediaMs: number
  /** Idle timeout of players: how long one may be given nothing (paused, or a stream that stands still), in milliseconds. */
  readonly playerIdleMs: number
}

/**
 * Defaults: a gibibyte, stalls of 30 s, 30 s to the first media, 1000 requests over HTTP in a second from one address; nothing else is
 * bounded.
 */
export const DEFAULT_SERVER_LIMITS: ServerLimits = {
  connections: 0,
  connectionsPerAddress: 0,
  connectionsPerApp: 0,
  playersPerStream: 0,
  newConnectionsPerSecond: 0,
  newConnectionsPerSecondPerAddress: 0,
  httpSockets: 0,
  httpSocketsPerAddress: 0,
  httpRequestsPerSecondPerAddress: 1000,
  memoryBytes: 1024 * 1024 * 1024,
  writeStallMs: 30_000,
  firstMediaMs: 30_000,
  playerIdleMs: 0,
}

/**
 * The limits that are given; those that are not are as `others` says.
 *
 * @throws UsageError `LIMIT_INVALID`
 */
export const resolveLimits = (
  limits: Partial<ServerLimits> = {},
  others: ServerLimits = DEFAULT_SERVER_LIMITS,
): ServerLimits => {
  for (const [name, value] of Object.entries(limits)) {
    if (!(typeof value === 'number' && value >= 0)) {
      throw new UsageError('LIMIT_INVALID', `${String(value)} is not a number from 0 on`, `limits.${name}`)
    }
  }
  return { ...others, ...limits }
}
