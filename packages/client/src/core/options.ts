import type { ErtmpCapabilities } from '@rtmp/e-rtmp'
import type { SessionLimits, TraceHook } from '@rtmp/session'
import type { BackoffOptions } from '../backoff.ts'
import type { LogSink } from './log.ts'
import type { CallHandler } from './call-handler.ts'

/** How long each stage may take, in milliseconds; 0 switches a deadline off. */
export interface ClientDeadlines {
  /** Name lookup, TCP and TLS; default 10 000. */
  readonly dial: number
  /** RTMP handshake; default 10 000. */
  readonly handshake: number
  /** The answer to connect; default 10 000. */
  readonly connect: number
  /** The answers to createStream, publish and play; default 10 000. */
  readonly request: number
  /** A full transport that takes no byte: the connection counts as lost; default 15 000. */
  readonly stall: number
  /** From our goodbye to the end of the transport; default 2000. */
  readonly close: number
}

/** The defaults of {@link ClientDeadlines}. */
export const DEFAULT_CLIENT_DEADLINES: ClientDeadlines = {
  dial: 10_000,
  handshake: 10_000,
  connect: 10_000,
  request: 10_000,
  stall: 15_000,
  close: 2000,
}

/** How a lost connection is replaced. */
export interface ReconnectOptions extends BackoffOptions {
  /** Also keep trying when the very first attempt fails. Default false: the first failure is told at once. */
  readonly fromStart?: boolean
}

/** Pings to the server. One that has answered a ping and then says nothing at all is taken for gone. */
export interface LivenessOptions {
  /** Milliseconds between pings; 0 sends none. Default 10 000. */
  readonly interval?: number
  /** Milliseconds of silence after a ping; default 10 000. */
  readonly timeout?: number
}

/** Options of everything that connects to a server. */
export interface ConnectionOptions {
  /** Instead of what the URL says: for names that do not follow the rule "last path segment". */
  readonly app?: string
  /** Instead of what the URL says, query included. */
  readonly streamName?: string
  /** Instead of the `tcUrl` made from the URL. */
  readonly tcUrl?: string
  /** Instead of `user:password@` of the URL. */
  readonly user?: string
  /** Instead of that of the URL. In clear, not percent-encoded; it appears in no line of the log. */
  readonly password?: string
  /**
   * How user name and password are shown: `'challenge'` (default) answers when the server asks by `authmod=adobe` or
   * `authmod=llnw`; `'query'` adds `user=…&pass=…` to the stream name, as MediaMTX wants it.
   */
  readonly authentication?: 'challenge' | 'query'
  /** Name and version of the software; default that of FFmpeg or Flash, since servers look at it. */
  readonly flashVer?: string
  /** `swfUrl` of the connect command, which a few servers check. Default none. */
  readonly swfUrl?: string
  /** `pageUrl` of the connect command, which a few servers check. Default none. */
  readonly pageUrl?: string
  /** More properties of the connect command, sent last. */
  readonly connectProperties?: Readonly<Record<string, unknown>>
  /** E-RTMP capabilities to announce; default all of E-RTMP v2 for every codec; `false` announces none. */
  readonly capabilities?: ErtmpCapabilities | false
  /** Which C1 to send; default `'plain'`. */
  readonly handshake?: 'plain' | 'digest'
  /** Largest chunk we send, in bytes; default 4096. */
  readonly chunkSize?: number
  /** In milliseconds; what is left out has its default. */
  readonly deadlines?: Partial<ClientDeadlines>
  /** Redirects followed, one after the other; default 5, 0 follows none. */
  readonly maxRedirects?: number
  /**
   * Hosts that user, password, stream key and queries may go along to when a server sends us there; true for any. Default none: they stay
   * with the host they were given for, and a redirect that would take a publisher's stream name to another host is an error.
   */
  readonly trustRedirects?: boolean | readonly string[]
  /** What to do when the connection is lost: `false` (default) ends with an error. */
  readonly reconnect?: boolean | ReconnectOptions
  /**
   * Pings, for the round-trip time and for servers that fall silent; `true` for the defaults. Default `false`: some
   * servers know no ping from a client and end the connection. A dead connection is then found by `deadlines.stall`, and
   * over TCP by keep-alive probes of the system, after about 20 s.
   */
  readonly liveness?: LivenessOptions | boolean
  /** Bounds of what the server may make us hold, see `SessionLimits` of `@rtmp/session`. */
  readonly limits?: Partial<SessionLimits>
  /** Ends everything, at whatever stage; the error is the signal's reason. */
  readonly signal?: AbortSignal
  /**
   * Answers calls of the server: with what it returns, or what its promise gives. Without it, and where it returns nothing, they are
   * refused (`NetConnection.Call.Failed`).
   */
  readonly onCall?: CallHandler
  /** What happens, in words. */
  readonly onLog?: LogSink
  /** Every message sent and received; costs nothing when absent. */
  readonly trace?: TraceHook
}

/** What happens to media when it comes faster than it leaves. */
export interface SendQueueOptions {
  /**
   * - `'wait'` (default): nothing is lost; `write` settles when there is room again.
   * - `'drop'`: `write` settles at once; above the bounds pictures are left out up to the next key frame, above twice the
   *   bounds sound as well.
   */
  readonly overflow?: 'wait' | 'drop'
  /** Bytes that may wait; default 4 MiB. */
  readonly maxBytes?: number
  /** Milliseconds of media that may wait, for `'drop'`; default 3000 on a connection, 10 000 without one. */
  readonly maxMs?: number
}

/** Options of a publisher. */
export interface RtmpPublisherOptions extends ConnectionOptions {
  /** Default `'live'`. */
  readonly publishType?: 'live' | 'record' | 'append'
  /** Send releaseStream, FCPublish and FCUnpublish, as FFmpeg and OBS do. Default true. */
  readonly announce?: boolean
  /** What waits while the network is slower than the source. Default up to 4 MiB, and then `write` waits. */
  readonly queue?: SendQueueOptions
  /** Gather that many milliseconds of media in one aggregate message (RTMP 1.0 §7.1.6). Default 0: none. */
  readonly aggregateMs?: number
}

/** Options of a player. */
export interface RtmpPlayerOptions extends ConnectionOptions {
  /**
   * What to play: a live stream, else a recorded one (`'any'`, default); only a live one; or a recorded one from a
   * position in milliseconds.
   */
  readonly start?: 'any' | 'live' | number
  /** Milliseconds to play; default all. */
  readonly duration?: number
  /** Told to the server, in milliseconds; default 3000. */
  readonly bufferLength?: number
  /** Send FCSubscribe before play, as some CDNs want. Default false. */
  readonly subscribe?: boolean
  /**
   * What to do when the publisher leaves, or a recorded stream is over: `'end'` (default), `'wait'` for the next publisher, or `'stay'`
   * connected, for `playAnother`. Servers that end the play with the publisher are asked to play again by `'wait'`, if `reconnect` allows.
   */
  readonly whenUnpublished?: 'end' | 'wait' | 'stay'
  /** Bytes that may wait to be read before the server has to wait; default 4 MiB. */
  readonly maxBytes?: number
}
