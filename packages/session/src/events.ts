import type { DecodeError, ProtocolError } from '@rtmp/bytes'
import type { Message } from '@rtmp/chunk'
import type { HandshakeResult } from '@rtmp/handshake'
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
  /** Which event it is. */
  readonly kind: 'handshakeComplete'
  /** Which handshake it was, and what was odd about it. */
  readonly result: HandshakeResult
}

/** The peer cuts its messages into chunks of another size from now on. */
export interface ChunkSizeChangedEvent {
  /** Which event it is. */
  readonly kind: 'chunkSizeChanged'
  /** Bytes. */
  readonly chunkSize: number
}

/** The peer has acknowledged bytes (RTMP 1.0 §5.4.3). */
export interface AcknowledgedEvent {
  /** Which event it is. */
  readonly kind: 'acknowledged'
  /** What the peer says it has received in total, uint32. */
  readonly sequenceNumber: number
  /** Bytes sent and not acknowledged, as far as the peer's number makes sense. */
  readonly unacknowledged: number
}

/** The answer to a ping request of ours. */
export interface PongEvent {
  /** Which event it is. */
  readonly kind: 'pong'
  /** Milliseconds from request to answer. */
  readonly rtt: number
}

/** The answer to a ping request that the host has sent itself, by `userControl`; {@link PongEvent} tells of the session's own. */
export interface PingAnsweredEvent {
  /** Which event it is. */
  readonly kind: 'pingAnswered'
  /** As it was in the request: uint32. */
  readonly timestamp: number
}

/** Something odd that was tolerated; for logs and counters. */
export interface WarningEvent {
  /** Which event it is. */
  readonly kind: 'warning'
  /** What it was: one code for each thing that is tolerated. */
  readonly code: SessionWarningCode
  /** One sentence for people. */
  readonly message: string
}

/**
 * A command this session has no meaning for. With a request id it can be answered by `accept(requestId, { values })`
 * or `reject(requestId)`; without one the peer wants no answer (transaction id 0).
 */
export interface CommandReceivedEvent {
  /** Which event it is. */
  readonly kind: 'commandReceived'
  /** For `accept` and `reject`; `undefined` when no answer is wanted. */
  readonly requestId: number | undefined
  /** The name of the command, as sent. */
  readonly name: string
  /** As sent; what answers it carries the same. */
  readonly transactionId: number
  /** The value behind the transaction id, often `null` (RTMP 1.0 §7.2). */
  readonly commandObject: unknown
  /** The values behind the command object, in order. */
  readonly values: readonly unknown[]
  /** 0 for the connection. */
  readonly messageStreamId: number
}

/** The answer to one of our calls. */
export interface CallAnsweredEvent {
  /** Which event it is. */
  readonly kind: 'callAnswered'
  /** What `call` returned. */
  readonly requestId: number
  /** The command that was sent. */
  readonly name: string
  /** `_result` (true) or `_error` (false). */
  readonly ok: boolean
  /** First value of the answer, often `null`. */
  readonly commandObject: unknown
  /** The values behind it, in order. */
  readonly values: readonly unknown[]
}

/** A call or request of ours was not answered in time. A late answer is ignored. */
export interface RequestTimedOutEvent {
  /** Which event it is. */
  readonly kind: 'requestTimedOut'
  /** What the method that sent it returned. */
  readonly requestId: number
  /** The command that was sent. */
  readonly name: string
}

/** A message that a session only passes on: shared objects (types 16, 19) and unknown types. */
export interface OtherMessageEvent {
  /** Which event it is. */
  readonly kind: 'otherMessage'
  /** The message as it came, put together from its chunks. */
  readonly message: Message
}

/**
 * A request is void: the peer took it back (closed or deleted the stream, asked again), or the connection ended before
 * it was decided or answered. Deciding it later does nothing.
 */
export interface RequestWithdrawnEvent {
  /** Which event it is. */
  readonly kind: 'requestWithdrawn'
  /** As in the event that asked; for a request of ours what the method that sent it returned. */
  readonly requestId: number
  /** What had been asked for. */
  readonly request: RequestKind
  /** Why; `'timeout'` also when the host took too long, and the session has refused for it. */
  readonly reason: EndReason
}

/** The connection is over. The last event of every session, exactly once. */
export interface ClosedEvent {
  /** Which event it is. */
  readonly kind: 'closed'
  /** Which side ended it, and how. */
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
  /** Which event it is. */
  readonly kind: 'publishEnded'
  /** The message stream that carried it; it may be gone by now. */
  readonly messageStreamId: number
  /** Server role: as in `publishRequested`. Client role: as given to `publish`. */
  readonly streamName: string
  /** Which side ended it, and how. */
  readonly reason: EndReason
  /** Client role: the status that ended it, if one did. */
  readonly status?: Status
}

/** A play that had begun is over. Exactly once per accepted play, however it ends. */
export interface PlayEndedEvent {
  /** Which event it is. */
  readonly kind: 'playEnded'
  /** The message stream that carried it; it may be gone by now. */
  readonly messageStreamId: number
  /** Server role: as in `playRequested`. Client role: as given to `play`. */
  readonly streamName: string
  /** Which side ended it, and how. */
  readonly reason: EndReason
  /** Client role: the status that ended it, if one did. */
  readonly status?: Status
}

/** The information object of `onStatus`, `_result` and `_error` (RTMP 1.0 §7.2.2). */
export interface Status {
  /** `'status'`, `'warning'` or `'error'`; only `'error'` means that something did not happen. */
  readonly level: string
  /** `NetStream.Publish.Start` and the like, see `StatusCode` of `@rtmp/message`; empty when there was none. */
  readonly code: string
  /** For people, as the peer wrote it; empty when there was none. */
  readonly description: string
  /** The whole object. */
  readonly information: Readonly<Record<string, unknown>>
}

/** A message stream is gone; whatever it did has ended before. */
export interface StreamDeletedEvent {
  /** Which event it is. */
  readonly kind: 'streamDeleted'
  /** The id it had; the next stream made may have it again. */
  readonly messageStreamId: number
}
