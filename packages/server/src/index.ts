/**
 * A complete RTMP and Enhanced RTMP server for Node, and the `rtmp-server` command.
 *
 * @packageDocumentation
 */
export { SERVER_CAPABILITIES } from './core/capabilities.ts'
export type { CallAnswer, ClientHandle, ClientMessage } from './contract/client-handle.ts'
export type { Ban, BanOptions, Bans } from './contract/ban.ts'
export type { Awaitable } from './contract/awaitable.ts'
export {
  type Accept,
  type AcceptLimits,
  type AcceptOptions,
  accept,
  type Decision,
  type Recheck,
  type Redirect,
  type Reject,
  redirect,
  reject,
} from './contract/decision.ts'
export type { DrainOptions } from './contract/drain-options.ts'
export type { Encoder } from './contract/encoder.ts'
export type { ServerEvents } from './contract/events.ts'
export type { ConnectionInfo } from './contract/connection-info.ts'
export type {
  CallContext,
  ConnectContext,
  FcPublishContext,
  PlayContext,
  PublishContext,
  SentNames,
} from './contract/contexts.ts'
export type { ServerHandler } from './contract/handler.ts'
export type {
  DataTag,
  MediaTag,
  MediaTagDecision,
} from './contract/media-tag.ts'
export type { PlayEndReason } from './contract/play-end-reason.ts'
export { DEFAULT_SERVER_LIMITS, type ServerLimits } from './contract/limits.ts'
export type { LocalPublisher } from './contract/local-publisher.ts'
export {
  type ClosingOptions,
  type ServerPolicies,
} from './contract/options.ts'
export type {
  KeptRecording,
  RecordedSegment,
  RecordingControl,
  RecordingInfo,
  RecordingRule,
  RecordingStats,
} from './contract/recordings.ts'
export type { RelayInfo, RelayStats } from './contract/relays.ts'
export type { RunCommand, RunInfo, RunOptions } from './contract/run-options.ts'
export type { TapListener } from './contract/tap-listener.ts'
export type { StreamDrain } from './contract/stream-drain.ts'
export type {
  ConnectionStats,
  PlayStats,
  PublishStats,
  ServerStats,
  StreamDetails,
  StreamStats,
  TrackFacts,
} from './contract/statistics.ts'
export { chainHandlers } from './handlers/chain.ts'
export { type LogLine, loggingHandler } from './handlers/logging.ts'
export type { ClusterOptions } from './contract/cluster-options.ts'
export type { HlsServerOptions } from './contract/hls-options.ts'
export type { HttpOptions, HttpsOptions } from './contract/http-options.ts'
export type { LadderRule, LadderRung } from './contract/ladders.ts'
export type { ObsOptions } from './contract/obs-options.ts'
export type { FetchOrigin } from './node/mounted.ts'
export type { ListenOptions } from './contract/listen-options.ts'
export type { PullRelay, PushRelay, PushTrack, RelayRule } from './contract/relay-rules.ts'
export type { ByteStream, Origin } from './node/socket-transport.ts'
export type { CertificateOptions, TlsOptions } from './contract/tls-options.ts'
export { createServer } from './node/create-server.ts'
export type { CloseOptions, ServerOptions } from './node/options.ts'
export { RtmpServer } from './node/server.ts'
export type {
  LiveStream,
  SubscribeOptions,
  Subscription,
  SubscriptionItem,
} from '@rtmp/live'
