/**
 * The client where there are no sockets: a browser, a worker, Deno or Bun, over a WebSocket or any pair of Web Streams.
 *
 * @packageDocumentation
 */
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
export type { LogEntry, LogLevel, LogSink } from './core/log.ts'
export { MultiPublisher, type MultiPublisherEvents, type PushTarget } from './core/multi-publisher.ts'
export {
  type ClientDeadlines,
  type ConnectionOptions,
  DEFAULT_CLIENT_DEADLINES,
  type LivenessOptions,
  type PlayerOptions,
  type PublisherOptions,
  type ReconnectOptions,
  type SendQueueOptions,
} from './core/options.ts'
export type { PublisherInput } from './core/outgoing.ts'
export { DataPacket, MediaPacket, type Packet } from './core/packet.ts'
export { Player, type PlayerEvents, type PlayerState, type PlayerStats } from './core/player.ts'
export {
  type PublishFlvOptions,
  type PublishFlvResult,
  publishFlvTo,
  type TagSink,
} from './core/publish-flv.ts'
export {
  Publisher,
  type PublisherEvents,
  type PublisherState,
  type PublisherStats,
} from './core/publisher.ts'
export { toFlv, type ToFlvOptions } from './core/to-flv.ts'
export type { ByteStreams, DialTarget, Transport, TransportHandler } from './core/transport.ts'
export { type Preset, preset, type PresetName, PRESETS } from './presets.ts'
export { redactUrl } from './redact-url.ts'
export { parseRtmpUrl, type RtmpScheme, type RtmpUrl, type RtmpUrlParts } from './rtmp-url.ts'
export type { Md5 } from './auth/md5.ts'
export { play, publish, pushTo } from './web/client.ts'
export { type WebDialOptions, webHost } from './web/web-host.ts'
export { type WebSocketLike, WebSocketTransport } from './web/web-socket-transport.ts'
