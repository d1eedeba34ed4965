import type { Status } from '@rtmp/session'

/** Why a client could not do, or go on with, what it was asked; stable. */
export type ClientErrorCode =
  /** The host's name has no address. */
  | 'HOST_NOT_FOUND'
  /** Nobody listens at that host and port. */
  | 'CONNECTION_REFUSED'
  /** No address of the host could be reached. */
  | 'UNREACHABLE'
  /** TLS failed: the certificate is not trusted, or that port does not speak TLS. */
  | 'TLS_FAILED'
  /** The transport could not be opened for another reason, see `cause`. */
  | 'DIAL_FAILED'
  /** A stage took longer than its deadline, see `stage`. */
  | 'TIMEOUT'
  /** The server refused `connect`. */
  | 'CONNECT_REJECTED'
  /** The server wants a user name and a password, and there are none. */
  | 'AUTH_REQUIRED'
  /** The server did not accept the user name or the password. */
  | 'AUTH_FAILED'
  /** The server redirected more often than allowed. */
  | 'REDIRECT_LIMIT'
  /** The server redirected to something that cannot be followed. */
  | 'REDIRECT_INVALID'
  /** A redirect to another host, which would be told the key of the stream; see `trustRedirects`. */
  | 'REDIRECT_UNTRUSTED'
  /** The server gave no message stream. */
  | 'CREATE_STREAM_FAILED'
  /** The server refused `publish`. */
  | 'PUBLISH_REJECTED'
  /** The server refused `play`. */
  | 'PLAY_REJECTED'
  /** The server ended a running publish or play by a status. */
  | 'ENDED_BY_SERVER'
  /** The connection ended, or went silent. */
  | 'CONNECTION_LOST'
  /** The server said something that no reading of RTMP allows. */
  | 'PROTOCOL'
  /** More was written without waiting than the queue may hold. */
  | 'QUEUE_FULL'
  /** The publisher or player had ended before. */
  | 'CLOSED'

/** What a client was doing. */
export type ClientStage =
  | 'dial'
  | 'handshake'
  | 'connect'
  | 'createStream'
  | 'publish'
  | 'play'
  | 'running'
  | 'ending'

/** Facts of a {@link RtmpClientError}. */
export interface ClientErrorDetails {
  /** What was being done. */
  readonly stage: ClientStage
  /** Whether trying again later can help. */
  readonly canRetry: boolean
  /** The server's words, where it was the server that refused. */
  readonly status?: Status
  /** The error of the system or the host, where there was one. */
  readonly cause?: unknown
}

const BRAND = Symbol.for('@rtmp/client.RtmpClientError')

/** A failure of the network, of the server, or by its decision. The message says what to do, without stream keys. */
export class RtmpClientError extends Error {
  /** That of the class: `'PublishRejected'`. Ask with {@link isRtmpClientError}, which knows other copies of the package too. */
  override readonly name: string = 'RtmpClientError'
  /** To act on; the message may change. */
  readonly code: ClientErrorCode
  /** What was being done. */
  readonly stage: ClientStage
  /** Whether trying again later can help; reconnecting clients do so. */
  readonly canRetry: boolean
  /** The server's words, if it was the server that refused or ended something. */
  readonly status: Status | undefined

  constructor(code: ClientErrorCode, message: string, details: ClientErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.stage = details.stage
    this.canRetry = details.canRetry
    this.status = details.status
    Object.defineProperty(this, BRAND, { value: true })
  }
}

/** Whether an error is a {@link RtmpClientError}, of whichever installed copy of this package. */
export const isRtmpClientError = (error: unknown): error is RtmpClientError =>
  typeof error === 'object' && error !== null && BRAND in error

/** The server ended a running publish or play, or refused something asked of it, by a status. */
export const endedByServer = (status: Status | undefined): RtmpClientError =>
  new RtmpClientError(
    'ENDED_BY_SERVER',
    `the server ended the stream${status === undefined ? '' : ` (${inWords(status)})`}`,
    { stage: 'running', canRetry: true, ...(status === undefined ? {} : { status }) },
  )

/** Something was asked for while a reconnect was under way, or before the first connection. */
export const notConnected = (): RtmpClientError =>
  new RtmpClientError('CONNECTION_LOST', 'there is no connection at the moment', {
    stage: 'running',
    canRetry: true,
  })

/** The last word of a status code: `'BadName'` of `'NetStream.Publish.BadName'`. */
const reasonOf = (status: Status): string => status.code.slice(status.code.lastIndexOf('.') + 1)

const inWords = (status: Status): string =>
  [status.code, status.description].filter((text) => text !== '').join(': ') || 'no reason given'

/** The server refused `connect`. */
export class ConnectRejected extends RtmpClientError {
  /** Stable, as {@link RtmpClientError.code} is. */
  override readonly name = 'ConnectRejected'
  /** The properties of the server's `_error`. */
  override readonly status: Status
  /** Last word of the status code: `'Rejected'`, `'InvalidApp'`, … */
  readonly reason: string

  constructor(status: Status) {
    super('CONNECT_REJECTED', `the server refused the connection (${inWords(status)})`, {
      stage: 'connect',
      canRetry: false,
      status,
    })
    this.status = status
    this.reason = reasonOf(status)
  }
}

/** Reasons of a refused publish that may be gone in a while: the name is held by a session that has not ended yet. */
const PASSING = new Set(['BadName', 'Idle'])

/** The server refused `publish`. */
export class PublishRejected extends RtmpClientError {
  /** Stable, as {@link RtmpClientError.code} is. */
  override readonly name = 'PublishRejected'
  /** The information object of the server's `onStatus`. */
  override readonly status: Status
  /** Last word of the status code: `'BadName'` (the name is taken), `'Denied'`, `'Unauthorized'`, … */
  readonly reason: string

  constructor(status: Status) {
    const reason = reasonOf(status)
    const hint = reason === 'BadName' ? 'somebody already publishes under this name' : 'check the stream key'
    super('PUBLISH_REJECTED', `the server refused to publish: ${hint} (${inWords(status)})`, {
      stage: 'publish',
      canRetry: PASSING.has(reason),
      status,
    })
    this.status = status
    this.reason = reason
  }
}

/** The server refused `play`. */
export class PlayRejected extends RtmpClientError {
  /** Stable, as {@link RtmpClientError.code} is. */
  override readonly name = 'PlayRejected'
  /** The information object of the server's `onStatus`. */
  override readonly status: Status
  /** Last word of the status code: `'StreamNotFound'`, `'Failed'`, … */
  readonly reason: string

  constructor(status: Status) {
    const reason = reasonOf(status)
    super('PLAY_REJECTED', `the server refused to play (${inWords(status)})`, {
      stage: 'play',
      canRetry: reason === 'StreamNotFound',
      status,
    })
    this.status = status
    this.reason = reason
  }
}
