/**
 * The RTMP handshake, plain and digest form, both roles, as sans-io state machines. Runs anywhere.
 *
 * @packageDocumentation
 */
export { ClientHandshake, type ClientHandshakeOptions } from './client-handshake.ts'
export type { HandshakeCrypto, HmacSha256 } from './crypto.ts'
export {
  CLIENT_KEYS,
  type DigestKeys,
  type DigestSchema,
  digestPosition,
  findDigest,
  isSignedResponse,
  SERVER_KEYS,
  signPacket,
  signResponse,
} from './digest.ts'
export type { Handshake, HandshakeOptions } from './handshake.ts'
export type { HandshakeErrorCode, HandshakeUsageCode } from './errors.ts'
export type { HandshakeResult, PeerAnswer, Verification } from './result.ts'
export { ServerHandshake, type ServerHandshakeOptions } from './server-handshake.ts'
export { HANDSHAKE_SIZE, PACKET_SIZE } from './wire.ts'
