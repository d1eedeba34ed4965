import type { ConnectCommand, QueryParameters, StreamPlace } from '@rtmp/message'
import type { SharedEvent } from './events.ts'

/** A client asks for a connection. Answer by `accept` or `reject`. */
export interface ConnectRequestedEvent {
  /** Which event it is. */
  readonly kind: 'connectRequested'
  /** For `accept` and `reject`. Ids count from 1, for all requests of a connection together. */
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
  /** Which event it is. */
  readonly kind: 'fcPublishRequested'
  /** For `accept` and `reject`. */
  readonly requestId: number
  /** The name as sent, query included; empty when it was not a string. See {@link ServerSession.cut}. */
  readonly streamName: string
}

/** `releaseStream`, `FCUnpublish` or `FCSubscribe`: announced, already answered, nothing to decide. */
export interface StreamAnnouncedEvent {
  /** Which of the three commands it was. */
  readonly kind: 'releaseStream' | 'fcUnpublish' | 'fcSubscribe'
  /** The name as sent, query included; empty when it was not a string. */
  readonly streamName: string
}

/** A message stream exists: createStream was answered. */
export interface StreamCreatedEvent {
  /** Which event it is. */
  readonly kind: 'streamCreated'
  /** The lowest id that was free, from 1 on. */
  readonly messageStreamId: number
}

/** A client asks to publish. Answer by `accept` or `reject`; media that comes before is held. */
export interface PublishRequestedEvent extends StreamPlace {
  /** Which event it is. */
  readonly kind: 'publishRequested'
  /** For `accept` and `reject`. */
  readonly requestId: number
  /** The message stream that the media will come on. */
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
  /** Which event it is. */
  readonly kind: 'playRequested'
  /** For `accept` and `reject`. */
  readonly requestId: number
  /** The message stream that wants the media. */
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
  /** Which event it is. */
  readonly kind: 'play2Requested'
  /** For `accept` and `reject`. */
  readonly requestId: number
  /** The message stream that plays. */
  readonly messageStreamId: number
  /** NetStreamPlayOptions as sent. */
  readonly options: Readonly<Record<string, unknown>>
}

/** A playing client asks for another position. */
export interface SeekRequestedEvent {
  /** Which event it is. */
  readonly kind: 'seekRequested'
  /** For `accept` and `reject`. */
  readonly requestId: number
  /** The message stream that plays. */
  readonly messageStreamId: number
  /** Milliseconds. */
  readonly position: number
}

/** A playing client has paused or goes on; it has been told so (`Pause.Notify`, `Unpause.Notify`). */
export interface PauseEvent {
  /** Which event it is. */
  readonly kind: 'pause'
  /** The message stream that plays. */
  readonly messageStreamId: number
  /** True to pause, false to go on. */
  readonly paused: boolean
  /** Milliseconds: where the client stands. */
  readonly position: number
}

/** A client wants audio or video, or no more of it; also before it plays, see `ServerSession.receives`. */
export interface ReceiveMediaEvent {
  /** Which of the two it is about. */
  readonly kind: 'receiveAudio' | 'receiveVideo'
  /** The message stream it was sent on; what it wants stays in force there. */
  readonly messageStreamId: number
  /** True when the client wants it from now on. */
  readonly enabled: boolean
}

/** The client's buffer length (RTMP 1.0 §7.1.7). May name stream 0 or one that does not exist. */
export interface BufferLengthEvent {
  /** Which event it is. */
  readonly kind: 'setBufferLength'
  /** As sent. */
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
