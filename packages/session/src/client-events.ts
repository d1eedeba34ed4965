import type { SharedEvent, Status } from './events.ts'

/** The server accepted the connection. */
export interface ConnectedEvent {
  readonly kind: 'connected'
  readonly requestId: number
  /** First object of the answer: `fmsVer`, `capabilities`, E-RTMP fields. */
  readonly properties: Readonly<Record<string, unknown>>
  /** Second object of the answer; E-RTMP fields may be in either. */
  readonly status: Status
}

/** The server refused the connection. */
export interface ConnectRejectedEvent {
  readonly kind: 'connectRejected'
  readonly requestId: number
  readonly status: Status
  /** Where to go instead (`ex: { code: 302, redirect }`), if the server said so. */
  readonly redirect: string | undefined
}

/** The server made a message stream for us. */
export interface ClientStreamCreatedEvent {
  readonly kind: 'streamCreated'
  readonly requestId: number
  readonly messageStreamId: number
}

/** The server made no message stream, or answered with an impossible id. */
export interface CreateStreamFailedEvent {
  readonly kind: 'createStreamFailed'
  readonly requestId: number
  readonly status: Status
}

/** Publishing or playing has begun. */
export interface StartedEvent {
  readonly kind: 'publishStarted' | 'playStarted'
  readonly requestId: number
  readonly messageStreamId: number
  readonly streamName: string
  readonly status: Status
}

/** Publishing or playing was refused; the message stream is free for another try. */
export interface RejectedEvent {
  readonly kind: 'publishRejected' | 'playRejected'
  readonly requestId: number
  readonly messageStreamId: number
  readonly streamName: string
  readonly status: Status
  /** Where to go instead, if the server said so. */
  readonly redirect: string | undefined
}

/** An `onStatus` that decided nothing. */
export interface StatusEvent {
  readonly kind: 'status'
  /** 0 for the connection. */
  readonly messageStreamId: number
  readonly status: Status
}

/** The server asks us to connect again, here or elsewhere (E-RTMP v2 "Reconnect Request"). */
export interface ReconnectRequestedEvent {
  readonly kind: 'reconnectRequested'
  /** As sent, perhaps relative; `undefined` for the current one. */
  readonly tcUrl: string | undefined
  readonly description: string
}

/** A user control event about a message stream (RTMP 1.0 §7.1.7). */
export interface StreamControlEvent {
  readonly kind:
    | 'streamBegin'
    | 'streamEof'
    | 'streamDry'
    | 'streamIsRecorded'
    | 'bufferEmpty'
    | 'bufferReady'
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
