import type { ConnectCommand, QueryParameters, StreamPlace } from '@rtmp/message'
import type { ConnectionInfo } from './connection-info.ts'

/** A client asks for a connection. */
export interface ConnectContext {
  /** Its `app` is still empty. */
  readonly connection: ConnectionInfo
  /**
   * What was sent, without parameters. It is not yet the app of a stream: a client may have put the stream's name into it, or
   * leave it empty and send all of the path later. What a stream may do is decided by `publish` and `play`.
   */
  readonly app: string
  /** As it was sent, parameters included; may be empty or wrong: nothing is decided by it. */
  readonly tcUrl: string
  /** Parameters on the app and on the tcUrl, percent-decoded. */
  readonly query: QueryParameters
  /** Everything it said, extra properties included. */
  readonly connect: ConnectCommand
}

/**
 * What a client sent, letter by letter, parameters included; they may hold tokens and passwords. However a client cuts the
 * path of a stream into app and name, `app`, `streamName` and `path` beside it are the one cut at the last slash.
 */
export interface SentNames {
  /** Of `connect`. */
  readonly app: string
  /** Of the command itself. */
  readonly streamName: string
}

/** A client announces that it is going to publish (`FCPublish`), before it has a stream for it. */
export interface FcPublishContext extends StreamPlace {
  /** The same object in all hooks of a connection. */
  readonly connection: ConnectionInfo
  /** As it was sent, tokens included: keep it out of logs. */
  readonly sent: SentNames
  /** Parameters on the name, the app and the tcUrl, in order of precedence, percent-decoded. */
  readonly query: QueryParameters
}

/**
 * A client asks to publish, or publishes. `app`, `streamName` and `path` are what was asked for until it is decided; from then
 * on those that count.
 */
export interface PublishContext extends StreamPlace {
  /** The same object in all hooks of a connection. */
  readonly connection: ConnectionInfo
  /** Of the client's stream, 1 and up; others publish on the same connection. */
  readonly messageStreamId: number
  /** As it was sent, tokens included: keep it out of logs. */
  readonly sent: SentNames
  /** Parameters on the name, the app and the tcUrl, in order of precedence, percent-decoded. */
  readonly query: QueryParameters
  /** As it was sent, and no more than a wish: whether something is recorded is decided by rules and by `accept({ record })`. */
  readonly publishType: 'live' | 'record' | 'append'
  /**
   * `'configure'`: it is only a question. OBS asks whether this could be published, to be told what to send; nothing is published now, and
   * no `unpublish` follows.
   */
  readonly intent?: 'configure' | undefined
  /**
   * Aborted when the request does not stand any more before it is decided: the client has gone, has closed the stream, or the decision took
   * too long. What is still done for it can be dropped.
   */
  readonly withdrawn?: AbortSignal | undefined
}

/**
 * A client asks to play, or plays. `app`, `streamName` and `path` are what was asked for until it is decided, an alias (`mp4:`,
 * `flv:`, a file ending) resolved; from then on those that count.
 */
export interface PlayContext extends StreamPlace {
  /** The same object in all hooks of a connection. */
  readonly connection: ConnectionInfo
  /** Of the client's stream, 1 and up; others play on the same connection. */
  readonly messageStreamId: number
  /** As it was sent, tokens included: keep it out of logs. */
  readonly sent: SentNames
  /** Parameters on the name, the app and the tcUrl, in order of precedence, percent-decoded. */
  readonly query: QueryParameters
  /** -1 and -1000 ask for live only. */
  readonly start: number
  /** Milliseconds to play, or `undefined` for all. */
  readonly duration: number | undefined
  /** Whether earlier entries of the play list are to be dropped. */
  readonly reset: boolean
  /** The client's buffer in milliseconds, if it has told it before it asked. */
  readonly bufferLength: number | undefined
  /** How long it waits for a stream that is not there, in milliseconds, 0 not at all; `undefined`: as streams do. */
  readonly waitMs: number | undefined
  /**
   * Aborted when the request does not stand any more before it is decided: the client has gone, has closed the stream, or the decision took
   * too long. What is still done for it can be dropped.
   */
  readonly withdrawn?: AbortSignal | undefined
}

/** A command that the server has no meaning for. */
export interface CallContext {
  /** The same object in all hooks of a connection. */
  readonly connection: ConnectionInfo
  /** 0 for the connection itself. */
  readonly messageStreamId: number
  /** As it was sent; may be anything, up to the largest message. */
  readonly name: string
  /** What came after the command object, decoded from AMF. */
  readonly values: readonly unknown[]
  /** Whether the client waits for an answer. */
  readonly wantsAnswer: boolean
}
