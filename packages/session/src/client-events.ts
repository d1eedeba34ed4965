import type { SharedEvent, Status } from './events.ts'

/** The server accepted the connection. */
export interface ConnectedEvent {
  /** Which event it is. */
  readonly kind: 'connected'
  /** What `connect` returned. */
  readonly requestId: number
  /** First object of the answer: `fmsVer`, `capabilities`, E-RTMP fields. */
  readonly properties: Readonly<Record<string, unknown>>
  /** Second object of the answer; E-RTMP fields may be in either. */
  readonly status: Status
}

/** The server refused the connection. */
export interface ConnectRejectedEvent {
  /** Which event it is. */
  readonly kind: 'connectRejected'
  /** What `connect` returned. */
  readonly requestId: number
  /** Why, in the server's words. */
  readonly status: Status
  /** Where to go instead (`ex: { code: 302, redirect }`), if the server said so. */
  readonly redirect: string | undefined
}

/** The server made a message stream for us. */
export interface ClientStreamCreatedEvent {
  /** Which event it is. */
  readonly kind: 'streamCreated'
  /** What `createStream` returned. */
  readonly requestId: number
  /** For `publish` and `play`: the server's choice, from 1 on. */
  readonly messageStreamId: number
}

/** The server made no message stream, or answered with an impossible id. */
export interface CreateStreamFailedEvent {
  /** Which event it is. */
  readonly kind: 'createStreamFailed'
  /** What `createStream` returned. */
  readonly requestId: number
  /** Why, in the server's words; its fields are empty when it answered with an id that cannot be. */
  readonly status: Status
}

/** Publishing or playing has begun. */
export interface StartedEvent {
  /** Which of the two has begun. */
  readonly kind: 'publishStarted' | 'playStarted'
  /** What `publish` or `play` returned. */
  readonly requestId: number
  /** The message stream that was given to `publish` or `play`. */
  readonly messageStreamId: number
  /** As given to `publish` or `play`. */
  readonly streamName: string
  /** The `onStatus` that said so: `NetStream.Publish.Start` or `NetStream.Play.Start`. */
  readonly status: Status
}

/** Publishing or playing was refused; the message stream is free for another try. */
export interface RejectedEvent {
  /** Which of the two was refused. */
  readonly kind: 'publishRejected' | 'playRejected'
  /** What `publish` or `play` returned. */
  readonly requestId: number
  /** The message stream that was given to `publish` or `play`. */
  readonly messageStreamId: number
  /** As given to `publish` or `play`. */
  readonly streamName: string
  /** Why, in the server's words. */
  readonly status: Status
  /** Where to go instead, if the server said so. */
  readonly redirect: string | undefined
}

/** An `onStatus` that decided nothing. */
export interface StatusEvent {
  /** Which event it is. */
  readonly kind: 'status'
  /** 0 for the connection. */
  readonly messageStreamId: number
  /** What the server said. */
  readonly status: Status
}

/** The server asks us to connect again, here or elsewhere (E-RTMP v2 "Reconnect Request"). */
export interface ReconnectRequestedEvent {
  /** Which event it is. */
  readonly kind: 'reconnectRequested'
  /** As sent, perhaps relative; `undefined` for the current one. */
  readonly tcUrl: string | undefined
  /** For people, as the server wrote it; empty when there was none. */
  readonly description: string
}

/** A user control event about a message stream (RTMP 1.0 §7.1.7). */
export interface StreamControlEvent {
  /** Event types 0 to 2, 4, 31 and 32, in the order of the names below. */
  readonly kind:
    | 'streamBegin'
    | 'streamEof'
    | 'streamDry'
    | 'streamIsRecorded'
    | 'bufferEmpty'
    | 'bufferReady'
  /** The message stream it is about; 0 in the StreamBegin that follows `connect`. */
  readonly messageStreamId: number
}

/** Events of a {@link ClientSession}. */
export type ClientEvent =
  | SharedEvent
  | ConnectedEvent
  | ConnectRejectedEvent
  | ClientStreamCreatedEvent
  | CreateStreamFailedEvent
  | StartedEvent
  | RejectedEvent
  | StatusEvent
  | ReconnectRequestedEvent
  | StreamControlEvent
