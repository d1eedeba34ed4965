import type { OwnEndReason } from '@rtmp/session'
import type { Outbox } from '@rtmp/live/engine'
import type { ConnectionInfo } from '../contract/connection-info.ts'
import type { MemoryShare } from './memory-share.ts'
import type { Reading } from './reading.ts'
import type { Terms } from './terms.ts'
import type { ClientProtocol, ClientSession } from './client-protocol.ts'

/** A connection, as its own parts see it. */
export interface Peer extends ConnectionInfo {
  readonly outbox: Outbox
  /** Where what it holds is counted. */
  readonly memory: MemoryShare
  /** What the client speaks. */
  readonly speaks: ClientProtocol
  /** Whether the session is alive. */
  readonly isOpen: boolean
  /** The client's buffer in milliseconds, if that was the last it said about any. */
  bufferLengthOf(messageStreamId: number): number | undefined
  /** Lets somebody act on the session, and sees to what follows. */
  act(now: number, action: (session: ClientSession) => void): void
  /** What the session has to say goes first, before somebody else writes. */
  flushSession(now: number): void
  /** A hook has taken its time: sees to what follows. */
  decided(now: number): void
  /** Does what must not fail: if it does, the connection ends and nobody else is harmed. */
  guard(action: () => void): void
  /** `connect` was granted. */
  connected(terms: Terms | undefined, now: number): void
  /** Whether it is read at present. */
  readonly reading: Reading
  /** Ends the connection from our side: everything it does ends, the client is told, what is written is sent. */
  close(reason: OwnEndReason, description: string, now: number): void
  /** Ends a connection that does not take what it is sent; of that, what can be taken back is dropped. */
  abandon(now: number, description?: string): void
}
