import { StatusCode } from '@rtmp/message'
import type { ClientSession } from './client-protocol.ts'

/** Why a connection is ended that is not the client's word. */
export const NOT_TAKEN = 'the client does not take what it is sent'
export const NO_MEMORY = 'the server needs the memory that this client holds'

/** What may be left to send when a connection ends to save memory, in bytes; beyond it nobody waits for that. */
export const MOST_LAST_WORDS = 65_536

/** How long it may take to send that, in milliseconds. */
export const LAST_WORDS_MS = 250

/** Tells a client that its connection ends, as far as it has been accepted. */
export const tellOfEnd = (session: ClientSession, description: string): void => {
  if (session.state === 'connected')
    session.onStatus(0, StatusCode.connectClosed, { level: 'error', description })
}
