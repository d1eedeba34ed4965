import type { StreamPlace } from '@rtmp/message'
import type { ConnectionInfo } from '../contract/connection-info.ts'
import type { Redirect, Reject } from '../contract/decision.ts'
import type { StreamAction } from '../contract/stream-action.ts'

/**
 * What the server itself has against a request, whatever hooks say; `undefined` is nothing.
 *
 * Other nodes of the cluster are not held to what holds for clients: a node fetches a stream for players who were let in where they came, and
 * counted there.
 */
export interface Gate {
  /** Asked before the hook: a client that may not connect at all. */
  connectRefusal(connection: ConnectionInfo): Reject | undefined
  /** Asked after the hook: an app that is full. */
  appRefusal(connection: ConnectionInfo, app: string): Reject | undefined
  /** Asked before the hook: nobody begins anything while the server is being emptied. */
  beginRefusal(connection: ConnectionInfo): Reject | Redirect | undefined
  /** Asked before the hook with the name that was sent, and after it with the one that counts. */
  streamRefusal(
    connection: ConnectionInfo,
    action: StreamAction,
    app: string,
    streamName: string,
  ): Reject | Redirect | undefined
  /**
   * Asked after the hook: a stream that is absent, or has as many players as it may.
   *
   * @param asked - The name that was sent, the only one a client is told of.
   * @param waitMs - How long the client waits for a stream; by default as streams do.
   */
  playRefusal(
    connection: ConnectionInfo,
    place: StreamPlace,
    asked: string,
    waitMs: number | undefined,
  ): Reject | undefined
}
