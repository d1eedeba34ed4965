import type { DigestSchema } from './digest.ts'

/**
 * What becomes of the check of the peer's second packet: not made at all, noted in the result's warnings, or required.
 *
 * `'require'` refuses real software: FFmpeg as a publisher, for one, asks for the digest form and then ignores it (its
 * echo is accepted as an answer), and some players fill the packet with zeros.
 */
export type Verification = 'off' | 'warn' | 'require'

/** How a peer answered our first packet. */
export type PeerAnswer =
  /** Signed with the peer's key. */
  | 'digest'
  /** Our time and random bytes sent back; the read time may be anything. */
  | 'echo'
  /** Neither. Common enough. */
  | 'mismatch'
  /** Not looked at (`verify: 'off'`). */
  | 'unchecked'

/** What a finished handshake has found out. */
export interface HandshakeResult {
  /** The form that both ends ended up with. */
  readonly kind: 'plain' | 'digest'
  /** Digest form: order of the peer's blocks. */
  readonly schema?: DigestSchema
  /** C0 or S0: 3, or what a client asked for instead (0 to 31). */
  readonly protocolVersion: number
  /** Bytes 4 to 7 of C1 or S1: 0 in the plain form, a product version in the digest form. */
  readonly peerVersion: number
  /** The peer's time field: the origin of its timestamps, milliseconds. */
  readonly peerTime: number
  /** How the peer answered our first packet. */
  readonly answer: PeerAnswer
  /** What was put up with, in words. */
  readonly warnings: readonly string[]
  /** Always 3073: the bytes of the peer's handshake. */
  readonly bytesReceived: number
}
