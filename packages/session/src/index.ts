/**
 * One RTMP connection, either role, sans-io: handshake, chunks, acknowledgements, pings, transactions, message streams.
 * Runs anywhere.
 *
 * @packageDocumentation
 */
export type {
  ClientEvent,
  ClientStreamCreatedEvent,
  ConnectedEvent,
  ConnectRejectedEvent,
  CreateStreamFailedEvent,
  ReconnectRequestedEvent,
  RejectedEvent,
  StartedEvent,
  StatusEvent,
  StreamControlEvent,
} from './client-events.ts'
export { ClientSession } from './client-session.ts'
export type { OutgoingMedia, PlayOptions, PublishOptions } from './client-streams.ts'
export { DataEvent, type DataAction } from './data-event.ts'
export type { AcceptDetails, EndDetails, RejectDetails } from './decisions.ts'
export type { EndReason, OwnEndReason, TransportEndReason } from './end-reason.ts'
export type { SessionErrorCode, SessionWarningCode } from './errors.ts'
export type {
  AcknowledgedEvent,
  CallAnsweredEvent,
  ChunkSizeChangedEvent,
  ClosedEvent,
  CommandReceivedEvent,
  HandshakeCompleteEvent,
  OtherMessageEvent,
  PingAnsweredEvent,
  PlayEndedEvent,
  PongEvent,
  PublishEndedEvent,
  RequestKind,
  RequestTimedOutEvent,
  RequestWithdrawnEvent,
  SharedEvent,
  Status,
  StreamDeletedEvent,
  WarningEvent,
} from './events.ts'
export { DEFAULT_SESSION_LIMITS, type SessionLimits } from './limits.ts'
export { MediaEvent } from './media-event.ts'
export {
  type ClientSessionOptions,
  DEFAULT_DEADLINES,
  type Millis,
  type PingOptions,
  type ServerSessionOptions,
  type SessionDeadlines,
  type SessionLeniency,
  type SessionOptions,
  type TraceEntry,
  type TraceHook,
} from './options.ts'
export type {
  BufferLengthEvent,
  ConnectRequestedEvent,
  FcPublishRequestedEvent,
  PauseEvent,
  Play2RequestedEvent,
  PlayRequestedEvent,
  PublishRequestedEvent,
  ReceiveMediaEvent,
  SeekRequestedEvent,
  ServerEvent,
  StreamAnnouncedEvent,
  StreamCreatedEvent,
} from './server-events.ts'
export { ServerSession } from './server-session.ts'
export type { Session, SessionStats } from './session.ts'
export {
  CONNECTION_TRANSITIONS,
  type ConnectionInput,
  type ConnectionState,
  nextState,
  STREAM_TRANSITIONS,
  type StreamInput,
  type StreamState,
} from './transitions.ts'
