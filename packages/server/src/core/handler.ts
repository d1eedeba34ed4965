import type { ErtmpCapabilities, MediaFrame } from '@rtmp/ertmp'
import type { HandshakeResult } from '@rtmp/handshake'
import type { ConnectCommand } from '@rtmp/message'
import type { ClosedEvent, EndReason, QueryParameters, SessionStats } from '@rtmp/session'
import type { PlayStopReason } from '../relay/player.ts'
import type { ClientHandle } from './client-handle.ts'
import type { Awaitable, Decision } from './decision.ts'
import type { Encoder } from './encoder.ts'
import type { ConnectionStats } from './statistics.ts'

/** Why a play ended: a reason of the session, or of the relay. */
export type PlayEndReason = EndReason | PlayStopReason

/** What is known of a connection. */
export interface ConnectionInfo {
  /** Counts up from 1 in each server. */
  readonly id: number
  /** Differs between servers and their starts as well: for logs that several servers write. */
  readonly uid: string
  readonly remoteAddress: string
  readonly remotePort: number
  /** The port the client has connected to. */
  readonly localPort: number
  readonly secure: boolean
  /** When it was opened, in the server's milliseconds. */
  readonly openedAt: number
  /** How the handshake went, once it is done. */
  readonly handshake: HandshakeResult | undefined
  /** Application; empty before `connect`. */
  readonly app: string
  /** The client's `connect`, once it has come: tcUrl, pageUrl, swfUrl, flashVer and everything else it said. */
  readonly connect: ConnectCommand | undefined
  /** What the client says it can do of Enhanced RTMP; nothing before `connect`. */
  readonly capabilities: ErtmpCapabilities
  /** Whether it has announced anything of Enhanced RTMP. Many that speak it have not. */
  readonly isEnhanced: boolean
  /** The software, as far as its flashVer tells. */
  readonly encoder: Encoder
  /** Counters of the session, taken now. */
  readonly stats: SessionStats
  /** What can be said to the client and asked of it. */
  readonly client: ClientHandle
}

/** A client asks for a connection. */
export interface ConnectContext {
  readonly connection: ConnectionInfo
  readonly app: string
  readonly tcUrl: string
  /** Parameters on the app and on the tcUrl. */
  readonly query: QueryParameters
  readonly connect: ConnectCommand
}

/** A client announces that it is going to publish (`FCPublish`), before it has a stream for it. */
export interface FcPublishContext {
  readonly connection: ConnectionInfo
  readonly app: string
  readonly streamName: string
  /** Parameters on the name. */
  readonly query: QueryParameters
}

/** A client asks to publish, or publishes. */
export interface PublishContext {
  readonly connection: ConnectionInfo
  readonly messageStreamId: number
  readonly app: string
  /** What was asked for until it is decided; from then on the name that counts. */
  readonly streamName: string
  readonly query: QueryParameters
  readonly publishType: 'live' | 'record' | 'append'
}

/** A client asks to play, or plays. */
export interface PlayContext {
  readonly connection: ConnectionInfo
  readonly messageStreamId: number
  readonly app: string
  /** What was asked for until it is decided; from then on the name that counts. */
  readonly streamName: string
  readonly query: QueryParameters
  /** -1 and -1000 ask for live only. */
  readonly start: number
  /** Milliseconds to play, or `undefined` for all. */
  readonly duration: number | undefined
  /** Whether earlier entries of the play list are to be dropped. */
  readonly reset: boolean
  /** The client's buffer in milliseconds, if it has told it before it asked. */
  readonly bufferLength: number | undefined
}

/** One audio or video message as it came. */
export interface MediaTag {
  readonly kind: 'audio' | 'video'
  /** Milliseconds of the publisher's clock, a uint32. */
  readonly timestamp: number
  /** The body, as an FLV tag has it; shared, not to be changed. Keep a copy if it is kept for long. */
  readonly payload: Uint8Array
}

/** One data message: `onMetaData`, a cue point, a caption. */
export interface DataTag {
  readonly name: string
  /** `'set'` is kept for those who join, `'clear'` forgets it, `'send'` is passed on only. */
  readonly action: 'set' | 'clear' | 'send'
  /** Milliseconds of the publisher's clock, a uint32. */
  readonly timestamp: number
  /** The values behind the name; empty when they cannot be read. */
  readonly values: readonly unknown[]
}

/** A command that the server has no meaning for. */
export interface CallContext {
  readonly connection: ConnectionInfo
  /** 0 for the connection itself. */
  readonly messageStreamId: number
  readonly name: string
  readonly values: readonly unknown[]
  /** Whether the client waits for an answer. */
  readonly wantsAnswer: boolean
}

/** What a {@link ServerHandler.mediaTag} hook says: `false` drops the message, an object replaces what it names. */
export type MediaTagDecision = boolean | void | Partial<Pick<MediaTag, 'timestamp' | 'payload'>>

/** Which of the media hooks are called. */
export type MediaDelivery = 'raw' | 'parsed' | 'both'

/**
 * What an application may say and hear. Every method is optional.
 *
 * Those that decide are awaited; one that throws, rejects or takes too long refuses its request and nothing else. Those
 * about media are called in the middle of relaying and must answer at once; what none of them asks for is not computed.
 *
 * The order in a publisher's life: `connection`, `handshakeComplete`, `connect`, `fcPublish` (if the client sends it),
 * `publish`, then `metadata`, `data` and the media hooks, `unpublish`, `disconnect`. For one video message: `keyframe`,
 * `mediaTag`, then the frame hooks with what `mediaTag` has left, then players.
 */
export interface ServerHandler {
  /** `'raw'` calls `mediaTag` only, `'parsed'` the frame hooks only. Default `'both'`. */
  readonly mediaDelivery?: MediaDelivery
  /** A client has connected; nothing was read yet. `false` closes the connection at once. */
  connection?(connection: ConnectionInfo): Awaitable<boolean | void>
  handshakeComplete?(connection: ConnectionInfo, result: HandshakeResult): Awaitable<void>
  connect?(context: ConnectContext): Awaitable<Decision>
  /** Decides before `publish` is asked; a name given here does not count. */
  fcPublish?(context: FcPublishContext): Awaitable<Decision>
  publish?(context: PublishContext): Awaitable<Decision>
  play?(context: PlayContext): Awaitable<Decision>
  /** The stream's `onMetaData`: its properties, and the whole message. */
  metadata?(context: PublishContext, properties: Readonly<Record<string, unknown>>, data: DataTag): void
  /** Any other data message. */
  data?(context: PublishContext, data: DataTag): void
  /** Every audio and video message before it goes to anybody. One that throws drops its message. */
  mediaTag?(context: PublishContext, tag: MediaTag): MediaTagDecision
  /** A frame of a legacy video message: picture, sequence header, end of sequence. */
  videoFrame?(context: PublishContext, frame: MediaFrame): void
  /** A frame of a legacy audio message: sound, sequence header. */
  audioFrame?(context: PublishContext, frame: MediaFrame): void
  /** A frame of an enhanced video message, once for each track in it. */
  enhancedVideoFrame?(context: PublishContext, frame: MediaFrame): void
  /** A frame of an enhanced audio message, once for each track in it. */
  enhancedAudioFrame?(context: PublishContext, frame: MediaFrame): void
  /** A video message with a picture at which decoding can start; called whatever `mediaDelivery` says. */
  keyframe?(context: PublishContext, timestamp: number): void
  /** A publish has ended, however. Exactly once for each that began. */
  unpublish?(context: PublishContext, reason: EndReason): Awaitable<void>
  /** A play has ended, however. Exactly once for each that began. */
  playStop?(context: PlayContext, reason: PlayEndReason): Awaitable<void>
  /** A player has paused. @param position - Where it stands, in milliseconds. */
  pause?(context: PlayContext, position: number): Awaitable<void>
  /** A player goes on. */
  unpause?(context: PlayContext, position: number): Awaitable<void>
  /**
   * A command of the application's own. What is returned answers it (an array is several values); without an answer,
   * or when the hook throws, the client is told that the call failed.
   */
  call?(context: CallContext): Awaitable<unknown>
  /** A connection has ended, however. Exactly once for each that was opened. */
  disconnect?(connection: ConnectionInfo, closed: ClosedEvent): Awaitable<void>
  /** Called for every connection each `statsIntervalMs`. */
  statsUpdate?(connection: ConnectionInfo, stats: ConnectionStats): Awaitable<void>
}
