import type { MemoryLedger } from '@rtmp/live/engine'
import type { ClosedEvent, ServerSessionOptions } from '@rtmp/session'
import type { ConnectionInfo } from '../contract/connection-info.ts'
import type { ClosingOptions } from '../contract/options.ts'
import type { Admission } from './admission.ts'
import type { ConversationServices } from './conversation.ts'
import type { MemoryPayer, MemoryShare, MemoryUsers } from './memory-share.ts'

/** Counts what connections hold; see `MemoryBudget`. */
export interface MemoryCounter extends MemoryUsers {
  readonly ledger: MemoryLedger
  readonly isOver: boolean
  open(address: string, payer: MemoryPayer): MemoryShare
  close(share: MemoryShare): void
  /** Takes back what is too much. Must not be called while a stream or a connection is at work. */
  shed(now: number): void
}

/** What a connection is given of the server. */
export interface ConnectionServices extends ConversationServices {
  readonly sessionOptions: ServerSessionOptions
  /** Tells this server from others and from itself before a restart. */
  readonly instance: string
  readonly closing: ClosingOptions
  readonly admission: Admission
  /** Where what connections hold is counted. */
  readonly memory: MemoryCounter
  /** A connection's session is over. */
  connectionClosed(connection: ConnectionInfo, closed: ClosedEvent): void
  /** A connection's transport is gone. */
  connectionGone(connection: ConnectionInfo): void
}
