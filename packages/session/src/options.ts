import type { ChunkLeniency, Message, SlabPool } from '@rtmp/chunk'
import type { HandshakeCrypto } from '@rtmp/handshake'
import type { SessionLimits } from './limits.ts'
import type { ConnectionInput, ConnectionState, StreamInput, StreamState } from './transitions.ts'

/** Milliseconds of a clock that never goes back; its zero is the host's choice. */
export type Millis = number

/** How long things may take, in milliseconds; 0 switches a deadline off. */
export interface SessionDeadlines {
  /** The whole handshake. */
  readonly handshake: Millis
  /** Server: from the handshake to `connect`. Client: from `connect` to its answer. */
  readonly connect: Millis
  /** Server: without any publish or play, asked for or running. */
  readonly command: Millis
  /** Server: silence of a publisher. */
  readonly publisherIdle: Millis
  /** Server: the host's decision on a request; after it the request is refused. */
  readonly decision: Millis
  /** The answer to a call, and in the client role to createStream, publish and play. */
  readonly call: Millis
}

/** The defaults of {@link SessionDeadlines}. */
export const DEFAULT_DEADLINES: SessionDeadlines = {
  handshake: 10_000,
  connect: 10_000,
  command: 30_000,
  publisherIdle: 30_000,
  decision: 30_000,
  call: 30_000,
}

/** Pings, in milliseconds. */
export interface PingOptions {
  /** Between ping requests; 0 sends none. */
  readonly interval: Millis
  /** Silence after a ping request that ends the connection; 0 never does. Any received byte counts as life. */
  readonly timeout: Millis
}

/**
 * Tolerated deviations, each for the software that needs it. All are on by default; `strict: true` switches them off
 * and makes the session end with `SESSION_STRICT` where one would have been needed.
 */
export interface SessionLeniency {
  /** Commands, data and media with message stream id 0 are taken for the only stream (old FFmpeg, librtmp; IP cameras). */
  readonly streamZero: boolean
  /** `publish(false)` means unpublish (Wirecast). */
  readonly publishFalse: boolean
  /** deleteStream with the stream's name, or nothing, where its number belongs (GStreamer rtmp2sink). */
  readonly deleteByName: boolean
  /** Answers with transaction id 0 are matched by order (nginx-rtmp, SRS). */
  readonly unnumberedAnswers: boolean
}

/** One line of a trace. */
export type TraceEntry =
  /** A whole message was received or is about to be sent. Its payload must not be changed. */
  | { readonly kind: 'received' | 'sent'; readonly message: Message }
  /** The connection moved. */
  | {
      readonly kind: 'connection'
      readonly from: ConnectionState
      readonly input: ConnectionInput
      readonly to: ConnectionState
    }
  /** A message stream moved. */
  | {
      readonly kind: 'stream'
      readonly messageStreamId: number
      readonly from: StreamState
      readonly input: StreamInput
      readonly to: StreamState
    }

/** Called for every message and every change of state; costs nothing when absent. Must not call the session. */
export type TraceHook = (entry: TraceEntry) => void

/** Options of both roles. */
export interface SessionOptions {
  /** Randomness, and HMAC-SHA256 for the digest handshake; without HMAC only the plain handshake is spoken. */
  readonly crypto: HandshakeCrypto
  /** Bounds; missing ones take their default. */
  readonly limits?: Partial<SessionLimits>
  /** Deadlines; missing ones take their default. */
  readonly deadlines?: Partial<SessionDeadlines>
  /**
   * Window to acknowledge by before the peer has announced one, in bytes; 0 acknowledges nothing until then. Default
   * 2 500 000 for a server (nginx-rtmp does so too, and some publishers wait for it), 0 for a client.
   */
  readonly initialWindowAckSize?: number
  /** Pings. Server: every 60 s with 30 s for a sign of life. Client: none. */
  readonly ping?: Partial<PingOptions>
  /** Off: what peers in the field do is understood. On: only what the specifications say. Default off. */
  readonly strict?: boolean
  /** Single leniencies to switch off (or, with `strict`, on). */
  readonly leniency?: Partial<SessionLeniency>
  /** Leniencies of the chunk layer, see `ChunkLeniency` of `@rtmp/chunk`; all by default, none with `strict`. */
  readonly chunkLeniency?: Partial<ChunkLeniency>
  /** Where payloads are cut from; by default a pool that all readers of the process share. */
  readonly pool?: SlabPool
  /** Sees every message and state change. */
  readonly trace?: TraceHook
}

/** Options of a {@link ServerSession}. */
export interface ServerSessionOptions extends SessionOptions {
  /** Window Acknowledgement Size announced with the answer to connect, in bytes. Default 2 500 000. */
  readonly windowAckSize?: number
  /** Set Peer Bandwidth (dynamic) announced with the answer to connect, in bytes. Default 2 500 000. */
  readonly peerBandwidth?: number
  /** Largest chunk we send, announced with the answer to connect, in bytes. Default 60 000. */
  readonly chunkSize?: number
  /** `fmsVer` of the answer to connect. Default `'FMS/3,0,1,123'`; old players need it. */
  readonly fmsVer?: string
}

/** Options of a {@link ClientSession}. */
export interface ClientSessionOptions extends SessionOptions {
  /** Which C1 to send. Default `'plain'`; `'digest'` needs `crypto.hmacSha256`. */
  readonly handshake?: 'plain' | 'digest'
  /** Largest chunk we send, announced before connect, in bytes. Default 4096, as OBS; 128 announces nothing. */
  readonly chunkSize?: number
  /** Window Acknowledgement Size to announce once connected, in bytes; by default only Set Peer Bandwidth is answered. */
  readonly windowAckSize?: number
}
