import type { MediaFrame, MediaMessage } from '@rtmp/e-rtmp'
import type { HandshakeResult } from '@rtmp/handshake'
import type { ClosedEvent, EndReason } from '@rtmp/session'
import type { Awaitable } from './awaitable.ts'
import type { ConnectionInfo } from './connection-info.ts'
import type {
  CallContext,
  ConnectContext,
  FcPublishContext,
  PlayContext,
  PublishContext,
} from './contexts.ts'
import type { Decision } from './decision.ts'
import type { DataTag, MediaTagDecision } from './media-tag.ts'
import type { PlayEndReason } from './play-end-reason.ts'
import type { ConnectionStats } from './statistics.ts'

/**
 * What an application may say and hear. Every method is optional.
 *
 * All may be async, but for `mediaTag`. Those that decide are awaited; one that throws, rejects, says what is no decision or
 * takes longer than the session's `deadlines.decision` refuses its request and nothing else. Nothing waits for the others.
 * Those about media are called in the middle of relaying; what none of them asks for is not computed. Whatever a hook
 * throws or rejects with comes as the event `error`.
 *
 * The order in a publisher's life: `connection`, `handshakeComplete`, `connect`, `fcPublish` (if the client sends it),
 * `publish`, then `metadata`, `data` and the media hooks, `unpublish`, `disconnect`. For one video message: `keyframe`,
 * `mediaTag`, then the frame hooks with what `mediaTag` has left, then players.
 */
export interface ServerHandler {
  /** `'raw'` calls `mediaTag` only, `'parsed'` the frame hooks only. Default `'both'`. */
  readonly mediaDelivery?: 'raw' | 'parsed' | 'both'
  /** A client has connected; nothing was read yet. `false` closes the connection at once. */
  connection?(connection: ConnectionInfo): Awaitable<boolean | void>
  /** The handshake is over; `connect` is still to come. */
  handshakeComplete?(connection: ConnectionInfo, result: HandshakeResult): Awaitable<void>
  /** Decides whether the client may stay; which streams it may use, `publish` and `play` decide. Awaited. Without it everybody may. */
  connect?(context: ConnectContext): Awaitable<Decision>
  /** Decides before `publish` is asked; a name given here does not count. */
  fcPublish?(context: FcPublishContext): Awaitable<Decision>
  /** Decides, and may rename. Awaited. Without it everybody may. */
  publish?(context: PublishContext): Awaitable<Decision>
  /** Decides, and may rename. Awaited, before the stream is looked for. Without it everybody may. */
  play?(context: PlayContext): Awaitable<Decision>
  /** The stream's `onMetaData`: its properties, and the whole message. */
  metadata?(
    context: PublishContext,
    properties: Readonly<Record<string, unknown>>,
    data: DataTag,
  ): Awaitable<void>
  /** Any other data message. */
  data?(context: PublishContext, data: DataTag): Awaitable<void>
  /**
   * Every audio and video message before it goes to anybody. One that throws drops its message. It must answer at once: one
   * that returns a promise ends the publish.
   */
  mediaTag?(context: PublishContext, message: MediaMessage): MediaTagDecision
  /** A frame of a legacy video message: picture, sequence header, end of sequence. */
  videoFrame?(context: PublishContext, frame: MediaFrame): Awaitable<void>
  /** A frame of a legacy audio message: sound, sequence header. */
  audioFrame?(context: PublishContext, frame: MediaFrame): Awaitable<void>
  /** A frame of an enhanced video message, once for each track in it. */
  enhancedVideoFrame?(context: PublishContext, frame: MediaFrame): Awaitable<void>
  /** A frame of an enhanced audio message, once for each track in it. */
  enhancedAudioFrame?(context: PublishContext, frame: MediaFrame): Awaitable<void>
  /** A video message with a picture at which decoding can start; called whatever `mediaDelivery` says. */
  keyframe?(context: PublishContext, timestamp: number): Awaitable<void>
  /** A publish has ended, however. Exactly once for each that began. */
  unpublish?(context: PublishContext, reason: EndReason): Awaitable<void>
  /** A play has ended, however. Exactly once for each that began. */
  playStop?(context: PlayContext, reason: PlayEndReason): Awaitable<void>
  /** A player has paused. @param position - Where it stands, in milliseconds. */
  pause?(context: PlayContext, position: number): Awaitable<void>
  /** A player goes on. */
  unpause?(context: PlayContext, position: number): Awaitable<void>
  /** A player asks for another position, in milliseconds. A live stream has none: it is told that the seek has failed. */
  seek?(context: PlayContext, position: number): Awaitable<void>
  /** A player asks for another stream in place of its own (`play2`), and is refused. @param options - As it was sent. */
  play2?(context: PlayContext, options: Readonly<Record<string, unknown>>): Awaitable<void>
  /** A player wants sound no more, or again. */
  receiveAudio?(context: PlayContext, enabled: boolean): Awaitable<void>
  /** A player wants pictures no more, or again. */
  receiveVideo?(context: PlayContext, enabled: boolean): Awaitable<void>
  /** A client says how much it buffers of a message stream, in milliseconds; it may do so before it plays. */
  bufferLength?(connection: ConnectionInfo, messageStreamId: number, bufferLength: number): Awaitable<void>
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
