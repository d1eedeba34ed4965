import type { HandshakeCrypto } from '@rtmp/handshake'
import type { Md5 } from '../auth/md5.ts'
import type { DialTarget, ClientTransport } from './transport.ts'

/** What a client needs of the world around it: time, chance and a way to dial. */
export interface ClientHost {
  /** Milliseconds of a clock that never goes back. */
  now(): number
  /** Calls `run` once, after `delayMs`; returns a function that cancels it. */
  schedule(delayMs: number, run: () => void): () => void
  /** From 0 to just below 1. */
  random(): number
  /** For the digest handshake, which the default one does not need. */
  readonly crypto: HandshakeCrypto
  /** Needed for Adobe and Limelight authentication only. */
  readonly md5?: Md5
  /** Opens a transport. Rejects with whatever went wrong. */
  dial(target: DialTarget): Promise<ClientTransport>
}
