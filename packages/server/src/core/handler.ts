import type { ConnectCommand } from '@rtmp/message'
import type { ClosedEvent, EndReason, QueryParameters } from '@rtmp/session'
import type { PlayStopReason } from '../relay/player.ts'
import type { Awaitable, Decision } from './decision.ts'

/** Why a play ended: a reason of the session, or of the relay. */
export type PlayEndReason = EndReason | PlayStopReason

/** What is known of a connection. */
export interface ConnectionInfo {
  /** Counts up from 1 in each server. */
  readonly id: number
  readonly remoteAddress: string
  readonly remotePort: number
  /** The port the client has connected to. */
  readonly localPort: number
  readonly secure: boolean
  /** When it was opened, in the server's milliseconds. */
  readonly openedAt: number
  /** Application; empty before `connect`. */
  readonly app: string
  /** The client's `connect`, once it has come. */
  readonly connect: ConnectCommand | undefined
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
}

/**
 * What an application may say and hear. Every method is optional. Those that decide are awaited; a hook that throws or
 * rejects refuses the request.
 */
export interface ServerHandler {
  connect?(context: ConnectContext): Awaitable<Decision>
  publish?(context: PublishContext): Awaitable<Decision>
  play?(context: PlayContext): Awaitable<Decision>
  /** A publish has ended, however. Exactly once for each that began. */
  unpublish?(context: PublishContext, reason: EndReason): Awaitable<void>
  /** A play has ended, however. Exactly once for each that began. */
  playStop?(context: PlayContext, reason: PlayEndReason): Awaitable<void>
  /** A connection has ended, however. Exactly once for each that was opened. */
  disconnect?(connection: ConnectionInfo, closed: ClosedEvent): Awaitable<void>
}
