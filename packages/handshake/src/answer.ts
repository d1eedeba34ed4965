import { equalBytes, type HmacSha256 } from './crypto.ts'
import { type DigestKeys, isSignedResponse } from './digest.ts'
import { type HandshakeErrorCode, illegal } from './errors.ts'
import type { PeerAnswer, Verification } from './result.ts'
import { PACKET_SIZE } from './wire.ts'

/** How a peer's second packet is to be judged. */
export interface Expectation {
  /** Our first packet, or its first 1536 bytes. */
  readonly own: Uint8Array
  /** Digest form: what a signed answer is made with. */
  readonly signed?: { readonly digest: Uint8Array; readonly keys: DigestKeys; readonly hmac: HmacSha256 }
}

/** Where the second packet begins in what the peer sends. */
const OFFSET = 1 + PACKET_SIZE

/**
 * What a peer's second packet is; notes or refuses a wrong one as the policy says.
 *
 * @throws DecodeError `HANDSHAKE_DIGEST_MISMATCH`, `HANDSHAKE_ECHO_MISMATCH` (policy `'require'`)
 */
export const judgeAnswer = (
  packet: Uint8Array,
  expectation: Expectation,
  verify: Exclude<Verification, 'off'>,
  warnings: string[],
): PeerAnswer => {
  const { own, signed } = expectation
  if (signed !== undefined && isSignedResponse(packet, signed.digest, signed.keys, signed.hmac))
    return 'digest'
  if (isEcho(packet, own)) {
    if (signed !== undefined) warnings.push('the digest form was agreed on, and answered by an echo')
    return 'echo'
  }
  const [code, message]: [HandshakeErrorCode, string] =
    signed === undefined
      ? ['HANDSHAKE_ECHO_MISMATCH', "the peer's second packet is no echo of our first"]
      : ['HANDSHAKE_DIGEST_MISMATCH', "the peer's second packet is neither signed nor an echo"]
  if (verify === 'require') throw illegal(code, message, OFFSET)
  warnings.push(message)
  return 'mismatch'
}

/** Time and random bytes are those of our packet; the read time in between may be anything. */
const isEcho = (packet: Uint8Array, own: Uint8Array): boolean => {
  const time = equalBytes(packet, 0, own, 0, 4)
  return equalBytes(packet, 8, own, 8, PACKET_SIZE - 8) && time
}
