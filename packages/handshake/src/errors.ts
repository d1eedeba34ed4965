import { DecodeError, UsageError } from '@rtmp/bytes'

/** Why a peer's handshake was refused. Stable under semver. */
export type HandshakeErrorCode =
  /** To a server: a text protocol; the first byte is an upper-case letter, as in `GET / HTTP/1.1`. */
  | 'HANDSHAKE_HTTP_REQUEST'
  /** To a client: the first byte is that of `HTTP/1.1 400 Bad Request`. */
  | 'HANDSHAKE_HTTP_RESPONSE'
  /** A TLS hello on a port without TLS; to a client, a TLS alert. */
  | 'HANDSHAKE_TLS'
  /** A version that is forbidden, or, from a server, any other than 3. */
  | 'HANDSHAKE_VERSION'
  /** `verify: 'require'`, digest form: the second packet is neither signed by the peer nor an echo of ours. */
  | 'HANDSHAKE_DIGEST_MISMATCH'
  /** `verify: 'require'`, plain form: the second packet is no echo of ours. */
  | 'HANDSHAKE_ECHO_MISMATCH'
  /** The stream ended inside the handshake. */
  | 'HANDSHAKE_TRUNCATED'

/** What a caller can get wrong. Stable under semver. */
export type HandshakeUsageCode =
  /** The digest form needs an HMAC-SHA256. */
  | 'HANDSHAKE_NO_HMAC'
  /** `crypto.randomBytes` did not return the count asked for. */
  | 'HANDSHAKE_RANDOM_SHORT'

/** The layer named in this package's errors. */
const PHASE = 'handshake'

export const illegal = (
  code: HandshakeErrorCode,
  message: string,
  offset: number,
): DecodeError<HandshakeErrorCode> => new DecodeError(code, message, offset, PHASE)

export const misuse = (
  code: HandshakeUsageCode,
  message: string,
  path: string,
): UsageError<HandshakeUsageCode> => new UsageError(code, message, path)
