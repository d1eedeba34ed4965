import type { DecodeError, ProtocolError } from '@rtmp/bytes'
import type { Message } from '@rtmp/chunk'
import type { HandshakeResult } from '@rtmp/handshake'
import type { ConnectCommand, QueryParameters, StreamPlace } from '@rtmp/message'
import type { DataEvent } from './data-event.ts'
import type { EndReason } from './end-reason.ts'
import type { SessionErrorCode, SessionWarningCode } from './errors.ts'
import type { MediaEvent } from './media-event.ts'

/** What can be asked of the other side, by the name of its decision. */
export type RequestKind =
  | 'connect'
  | 'createStream'
  /** Server role: a publisher's announcement. */
  | 'fcPublish'
  | 'publish'
  | 'play'
  | 'play2'
  | 'seek'
  /** Server role: an unknown command that wants an answer. */
  | 'command'
  /** A `call` of ours. */
  | 'call'

/** Both sides' handshake is done; commands may follow. */
export interface HandshakeCompleteEvent {
  readonly kind: 'handshakeComplete'
  /** Which handshake it was, and what was odd about it. */
  readonly result: HandshakeResult
}

/** The peer cuts its messages into chunks of another size from now on. */
export interface ChunkSizeChangedEvent {
  readonly kind: 'chunkSizeChanged'
  /** Bytes. */
  readonly chunkSize: number
}

/** The peer has acknowledged bytes (RTMP 1.0 §5.4.3). */
export interface AcknowledgedEvent {
  readonly kind: 'acknowledged'
  /** What the peer says it has received in total, uint32. */
  readonly sequenceNumber: number
  /** Bytes sent and not acknowledged, as far as the peer's number makes sense. */
  readonly unacknowledged: number
}

/** The answer to a ping request of ours. */
export interface PongEvent {
  readonly kind: 'pong'
  /** Milliseconds from request to answer. */
  readonly rtt: number
}

/** The answer to a ping request that the host has sent itself, by `userControl`; {@link PongEvent} tells of the session's own. */
export interface PingAnsweredEvent {
  readonly kind: 'pingAnswered'
  /** As it was in the request: uint32. */
  readonly timestamp: number
}

/** Something odd that was tolerated; for logs and counters. */
export interface WarningEvent {
  readonly kind: 'warning'
  readonly code: SessionWarningCode
  /** One sentence for people. */
  readonly message: string
}

/**
 * A command this session has no meaning for. With a request id it can be answered by `accept(requestId, { values })`
 * or `reject(requestId)`; without one the peer wants no answer (transaction id 0).
 */
export interface CommandReceivedEvent {
  readonly kind: 'commandReceived'
  readonly requestId: number | undefined
  readonly name: string
  readonly transactionId: number
  readonly commandObject: unknown
  readonly values: readonly unknown[]
  /** 0 for the connection. */
  readonly messageStreamId: number
}

/** The answer to one of our calls. */
export interface CallAnsweredEvent {
  readonly kind: 'callAnswered'
  /** What `call` returned. */
  readonly requestId: number
  readonly name: string
  /** `_result` (true) or `_error` (false). */
  readonly ok: boolean
  readonly commandObject: unknown
  readonly values: readonly unknown[]
}

/** A call or request of ours was not answered in time. A late answer is ignored. */
export interface RequestTimedOutEvent {
  readonly kind: 'requestTimedOut'
  readonly requestId: number
  /** The command that was sent. */
  readonly name: string
}

/** A message that a session only passes on: shared objects (types 16, 19) and unknown types. */
export interface OtherMessageEvent {
  readonly kind: 'otherMessage'
  readonly message: Message
}

/**
 * A request is void: the peer took it back (closed or deleted the stream, asked again), or the connection ended before
 * it was decided or answered. Deciding it later does nothing.
 */
export interface RequestWithdrawnEvent {
  readonly kind: 'requestWithdrawn'
  readonly requestId: number
  readonly request: RequestKind
  readonly reason: EndReason
}

/** The connection is over. The last event of every session, exactly once. */
export interface ClosedEvent {
  readonly kind: 'closed'
  readonly reason: EndReason
  /** One sentence for people. */
  readonly description: string
  /** What went wrong, for the reasons `'protocolError'` and `'timeout'`. */
  readonly error?: DecodeError | ProtocolError<SessionErrorCode>
}

/** Events of both roles. */
export type SharedEvent =
  | HandshakeCompleteEvent
  | ChunkSizeChangedEvent
  | AcknowledgedEvent
  | PongEvent
  | PingAnsweredEvent
  | WarningEvent
  | CommandReceivedEvent
  | CallAnsweredEvent
  | RequestTimedOutEvent
  | RequestWithdrawnEvent
  | StreamDeletedEvent
  | OtherMessageEvent
  | MediaEvent
  | DataEvent
  | PublishEndedEvent
  | PlayEndedEvent
  | ClosedEvent

/** A publish that had begun is over. Exactly once per accepted publish, however it ends. */
export interface PublishEndedEvent {
  readonly kind: 'publishEnded'
  readonly messageStreamId: number
  readonly streamName: string
  readonly reason: EndReason
  /** Client role: the status that ended it, if one did. */
  readonly status?: Status
}

/** A play that had begun is over. Exactly once per accepted play, however it ends. */
export interface PlayEndedEvent {
  readonly kind: 'playEnded'
  readonly messageStreamId: number
  readonly streamName: string
  readonly reason: EndReason
  /** Client role: the status that ended it, if one did. */
  readonly status?: Status
}

/** The information object of `onStatus`, `_result` and `_error` (RTMP 1.0 §7.2.2). */
export interface Status {
  /** `'status'`, `'warning'` or `'error'`; only `'error'` means that something did not happen. */
  readonly level: string
  readonly code: string
  readonly description: string
  /** The whole object. */
  readonly information: Readonly<Record<string, unknown>>
}

/** A client asks for a connection. Answer by `accept` or `reject`. */
export interface ConnectRequestedEvent {
  readonly kind: 'connectRequested'
  readonly requestId: number
  /** The command, typed; `connect.properties` is the whole object, E-RTMP capabilities included. */
  readonly connect: ConnectCommand
  /**
   * What was sent, without parameters, outer slashes and `/_definst_`. Some clients put the name of the stream into it, others
   * leave it empty: what a stream is called is told by `publishRequested` and `playRequested`.
   */
  readonly app: string
  /** As sent, without the quotes some clients put around it; empty when there was none. */
  readonly tcUrl: string
  /** Parameters on the app and on the tcUrl, percent-decoded; those on the app win. */
  readonly query: QueryParameters
}

/**
 * A publisher announces its stream (`FCPublish`), before it has a message stream for it. Answer by `accept` or `reject`:
 * some encoders publish only once `onFCPublish` has come.
 */
export interface FcPublishRequestedEvent {
  readonly kind: 'fcPublishRequested'
  readonly requestId: number
  /** The name as sent, query included; empty when it was not a string. See {@link ServerSession.cut}. */
  readonly streamName: string
}

/** `releaseStream`, `FCUnpublish` or `FCSubscribe`: announced, already answered, nothing to decide. */
export interface StreamAnnouncedEvent {
  readonly kind: 'releaseStream' | 'fcUnpublish' | 'fcSubscribe'
  /** The name as sent, query included; empty when it was not a string. */
  readonly streamName: string
}

/** A message stream exists. Server role: createStream was answered. Client role: the answer came. */
export interface StreamCreatedEvent {
  readonly kind: 'streamCreated'
  readonly messageStreamId: number
}

/** A message stream is gone; whatever it did has ended before. */
export interface StreamDeletedEvent {
  readonly kind: 'streamDeleted'
  readonly messageStreamId: number
}

/** A client asks to publish. Answer by `accept` or `reject`; media that comes before is held. */
export interface PublishRequestedEvent extends StreamPlace {
  readonly kind: 'publishRequested'
  readonly requestId: number
  readonly messageStreamId: number
  /** The name as sent. The app as sent is in `connect`. */
  readonly rawStreamName: string
  /** Parameters on the name, the app and the tcUrl, in order of precedence, percent-decoded. */
  readonly query: QueryParameters
  /** `'live'` when it was missing or unknown. */
  readonly publishType: 'live' | 'record' | 'append'
}

/** A client asks to play. Answer by `accept` or `reject`. */
export interface PlayRequestedEvent extends StreamPlace {
  readonly kind: 'playRequested'
  readonly requestId: number
  readonly messageStreamId: number
  /** The name as sent. The app as sent is in `connect`. */
  readonly rawStreamName: string
  /** Parameters on the name, the app and the tcUrl, in order of precedence, percent-decoded. */
  readonly query: QueryParameters
  /** What to play: -1 and -1000 are sent for `live`, positions for `recorded`, all else is `liveOrRecorded`. */
  readonly source: 'liveOrRecorded' | 'live' | 'recorded'
  /** As sent; for `recorded` the position to start at, in milliseconds. */
  readonly start: number
  /** Milliseconds to play, or `undefined` for all. */
  readonly duration: number | undefined
  /** Whether earlier entries of the play list are to be dropped. */
  readonly reset: boolean
}

/** A playing client asks for another rendition (`play2`). `reject` answers `NetStream.Play.Failed`; playback goes on. */
export interface Play2RequestedEvent {
  readonly kind: 'play2Requested'
  readonly requestId: number
  readonly messageStreamId: number
  /** NetStreamPlayOptions as sent. */
  readonly options: Readonly<Record<string, unknown>>
}

/** A playing client asks for another position. */
export interface SeekRequestedEvent {
  readonly kind: 'seekRequested'
  readonly requestId: number
  readonly messageStreamId: number
  /** Milliseconds. */
  readonly position: number
}

/** A playing client has paused or goes on; it has been told so (`Pause.Notify`, `Unpause.Notify`). */
export interface PauseEvent {
  readonly kind: 'pause'
  readonly messageStreamId: number
  readonly paused: boolean
  /** Milliseconds: where the client stands. */
  readonly position: number
}

/** A client wants audio or video, or no more of it; also before it plays, see `ServerSession.receives`. */
export interface ReceiveMediaEvent {
  readonly kind: 'receiveAudio' | 'receiveVideo'
  readonly messageStreamId: number
  readonly enabled: boolean
}

/** The client's buffer length (RTMP 1.0 §7.1.7). May name stream 0 or one that does not exist. */
export interface BufferLengthEvent {
  readonly kind: 'setBufferLength'
  readonly messageStreamId: number
  /** Milliseconds. */
  readonly bufferLength: number
}

/** Events of a {@link ServerSession}. */
export type ServerEvent =
  | SharedEvent
  | ConnectRequestedEvent
  | FcPublishRequestedEvent
  | StreamAnnouncedEvent
  | StreamCreatedEvent
  | PublishRequestedEvent
  | PlayRequestedEvent
  | Play2RequestedEvent
  | SeekRequestedEvent
  | PauseEvent
  | ReceiveMediaEvent
  | BufferLengthEvent
