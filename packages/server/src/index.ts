/**
 * A complete RTMP and Enhanced RTMP server for Node, and the `rtmp-server` command.
 *
 * @packageDocumentation
 */
export { Connection } from './core/connection.ts'
export {
  type Accept,
  type Awaitable,
  accept,
  type Decision,
  type Redirect,
  type Reject,
  redirect,
  reject,
} from './core/decision.ts'
export type { ServerEvents } from './core/events.ts'
export type {
  ConnectContext,
  ConnectionInfo,
  PlayContext,
  PlayEndReason,
  PublishContext,
  ServerHandler,
} from './core/handler.ts'
export { type ClosingOptions, DEFAULT_CLOSING, type ServerCoreOptions } from './core/options.ts'
export { ServerCore } from './core/server-core.ts'
export type { PublisherSnapshot, StreamSnapshot } from './core/snapshot.ts'
export type { Transport } from './core/transport.ts'
export { nodeCrypto } from './node/crypto.ts'
export type { ListenOptions } from './node/listen.ts'
export { type CloseOptions, createServer, RtmpServer, type ServerOptions } from './node/server.ts'
export type { BatchFormat } from './relay/batch-format.ts'
export type { Latency } from './relay/latency.ts'
export {
  type CacheLimits,
  DEFAULT_CACHE_LIMITS,
  DEFAULT_PLAYER_LIMITS,
  type PlayerLimits,
} from './relay/limits.ts'
export type { LiveStream, LiveStreamState } from './relay/live-stream.ts'
export { Outbox, type OutboxTransport, type QueueLimit } from './relay/outbox.ts'
export { Player, type PlayerCounters, type PlayerOwner, type PlayStopReason } from './relay/player.ts'
export type { Publication, PublicationCounters, PublisherOwner } from './relay/publication.ts'
export type { AbsentStream, RelayOptions, SecondPublisher } from './relay/relay-context.ts'
export {
  DEFAULT_RELAY_OPTIONS,
  DEFAULT_WIDEN_TO_MS,
  StreamRegistry,
  type StreamRegistryOptions,
} from './relay/stream-registry.ts'
export { type Timed, TimerWheel, WheelTimer } from './relay/timer-wheel.ts'
