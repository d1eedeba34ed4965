/* What `@rtmp/client` and `@rtmp/client/web` have in common. */
export { MediaMessage } from '@rtmp/e-rtmp'
export type { Md5 } from './auth/md5.ts'
export { Backoff, type BackoffOptions } from './backoff.ts'
export {
  type ClientErrorCode,
  type ClientErrorDetails,
  type ClientStage,
  ConnectRejected,
  isRtmpClientError,
  PlayRejected,
  PublishRejected,
  RtmpClientError,
} from './core/errors.ts'
export type { ClientHost } from './core/host.ts'
export type { LogEntry, LogEvent, LogLevel, LogSink } from './core/log.ts'
export { MultiPublisher, type MultiPublisherEvents, type PushTarget } from './core/multi-publisher.ts'
export {
  type ClientDeadlines,
  type ConnectionOptions,
  DEFAULT_CLIENT_DEADLINES,
  type LivenessOptions,
  type ReconnectOptions,
  type RtmpPlayerOptions,
  type RtmpPublisherOptions,
  type SendQueueOptions,
} from './core/options.ts'
export type { PublisherInput } from './core/outgoing.ts'
export type { PlayAnotherOptions } from './core/play-requests.ts'
export type { PlayStart } from './core/play-use.ts'
export {
  RtmpPlayer,
  type RtmpPlayerEvents,
  type RtmpPlayerState,
  type RtmpPlayerStats,
} from './core/player.ts'
export {
  type PublishFlvOptions,
  type PublishFlvResult,
  publishFlvTo,
  type TagSink,
} from './core/publish-flv.ts'
export {
  RtmpPublisher,
  type RtmpPublisherEvents,
  type RtmpPublisherState,
  type RtmpPublisherStats,
} from './core/publisher.ts'
export type { RetryingEvent } from './core/retry.ts'
export type { CallHandler, ServerCall } from './core/call-handler.ts'
export type { CallReply, ServerHandle } from './core/server-handle.ts'
export type { ServerInfo } from './core/server-info.ts'
export type { RemoteSharedObject, SharedObjectEvents, SharedObjectOptions } from './core/shared-object.ts'
export type { StreamEvents, StreamState } from './core/stream-life.ts'
export { toFlv, type ToFlvOptions } from './core/to-flv.ts'
export type {
  ByteStreams,
  ClientTransport,
  ClientTransportHandler,
  DialTarget,
} from './core/transport.ts'
export { type Preset, preset, type PresetName, PRESETS } from './presets.ts'
export { redactUrl } from './redact-url.ts'
export { parseRtmpUrl, type RtmpScheme, type RtmpUrl, type RtmpUrlParts } from './rtmp-url.ts'
