/**
 * A complete RTMP and Enhanced RTMP server for Node, and the `rtmp-server` command.
 *
 * @packageDocumentation
 */
export type { Announced } from './core/capabilities.ts'
export { SERVER_CAPABILITIES } from './core/capabilities.ts'
export type { CallAnswer, ClientHandle } from './core/client-handle.ts'
export type { AccessHandler, StreamAction } from './access/access-handler.ts'
export { type AddressRule, type AddressRules, addressAccess } from './access/address-rules.ts'
export { type CallbackOptions, callbackAccess } from './access/http-callbacks.ts'
export { setUser, userOf } from './access/identity.ts'
export { type JwtOptions, jwtAccess } from './access/jwt.ts'
export { hashPassword } from './access/password.ts'
export { rechecked } from './access/rechecked.ts'
export { type SignedTokenOptions, signToken, type TokenGrant, tokenAccess } from './access/signed-token.ts'
export { type AccessTable, type TableRule, tableAccess, type Who } from './access/table.ts'
export { type Ban, type BanOptions, Bans } from './core/bans.ts'
export { Connection } from './core/connection.ts'
export {
  type Accept,
  type AcceptLimits,
  type AcceptOptions,
  type Awaitable,
  accept,
  type Decision,
  type Recheck,
  type Redirect,
  type Reject,
  redirect,
  reject,
} from './core/decision.ts'
export type { DrainOptions } from './core/drain.ts'
export type { Encoder } from './core/encoder.ts'
export type {
  AdministrationAction,
  AdministrationEvent,
  CertificateFacts,
  RefusedEvent,
  ServerEvents,
} from './core/events.ts'
export type {
  CallContext,
  ConnectContext,
  ConnectionInfo,
  DataTag,
  FcPublishContext,
  MediaDelivery,
  MediaTag,
  MediaTagDecision,
  PlayContext,
  PlayEndReason,
  PublishContext,
  ServerHandler,
} from './core/handler.ts'
export { DEFAULT_SERVER_LIMITS, type ServerLimits } from './core/limits.ts'
export type { LocalPublisher } from './core/local-publisher.ts'
export {
  type ClosingOptions,
  DEFAULT_CLOSING,
  type EnhancedMode,
  type EnhancedOutput,
  type ServerCoreOptions,
  type ServerPolicies,
} from './core/options.ts'
export type { RelayInfo, RelayStats } from './core/relays.ts'
export { ServerCore } from './core/server-core.ts'
export type { StreamDrain } from './core/stream-drain.ts'
export type {
  ConnectionStats,
  PlayerStats,
  PublisherStats,
  ServerStats,
  StreamDetails,
  StreamStats,
  TrackFacts,
} from './core/statistics.ts'
export type { Transport } from './core/transport.ts'
export { chainHandlers } from './handlers/chain.ts'
export { type LogLine, loggingHandler } from './handlers/logging.ts'
export { nodeCrypto } from './node/crypto.ts'
export {
  type ChallengeOptions,
  type ChallengeScheme,
  challengeAccess,
} from './node/access/challenge.ts'
export { type AccessOptions, accessHandler } from './node/access/access-options.ts'
export type { HttpOptions } from './node/http/http-options.ts'
export type { ListenOptions } from './node/listen.ts'
export type { PullRelay, PushRelay, RelayRule } from './node/relay/relay-rules.ts'
export type { ByteStream, Origin } from './node/socket-transport.ts'
export type { CertificateOptions } from './node/tls/certificate.ts'
export type { TlsOptions } from './node/tls/certificate-store.ts'
export { type CloseOptions, createServer, RtmpServer, type ServerOptions } from './node/server.ts'
export type { OpenedPort, PortOpener } from './registrations/port-table.ts'
export type {
  AddressRestriction,
  PublisherRegistrationOptions,
  RegisteredPublisher,
  Registration,
  RegistrationErrorCode,
  RegistrationOptions,
  WatcherRegistration,
  WatcherRegistrationOptions,
} from './registrations/registration.ts'
export { Registrations } from './registrations/registrations.ts'
export type { BatchFormat } from './relay/batch-format.ts'
export type { Latency } from './relay/latency.ts'
export {
  type CacheLimits,
  DEFAULT_CACHE_LIMITS,
  DEFAULT_PLAYER_LIMITS,
  type PlayerLimits,
} from './relay/limits.ts'
export type { LiveStream, LiveStreamState, StreamTap } from './relay/live-stream.ts'
export { Outbox, type OutboxTransport, type QueueLimit } from './relay/outbox.ts'
export { Player, type PlayerCounters, type PlayerOwner, type PlayStopReason } from './relay/player.ts'
export type { Publication, PublicationCounters, PublisherOwner } from './relay/publication.ts'
export type { RateMeter } from './relay/rate-meter.ts'
export type { AbsentStream, RelayObserver, RelayOptions, SecondPublisher } from './relay/relay-context.ts'
export type { RelayMessage } from './relay/relay-message.ts'
export {
  DEFAULT_RELAY_OPTIONS,
  DEFAULT_WIDEN_TO_MS,
  StreamRegistry,
  type StreamRegistryOptions,
} from './relay/stream-registry.ts'
export { type Timed, TimerWheel, WheelTimer } from './relay/timer-wheel.ts'
