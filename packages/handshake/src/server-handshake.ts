import type { Expectation } from './answer.ts'
import { fillRandom } from './crypto.ts'
import { CLIENT_KEYS, findDigest, SERVER_KEYS, signPacket, signResponse } from './digest.ts'
import { illegal } from './errors.ts'
import { type Handshake, type HandshakeOptions, HandshakeRole } from './handshake.ts'
import { FIRST_FORBIDDEN_VERSION, HANDSHAKE_SIZE, PACKET_SIZE, RTMP_VERSION, writeU32 } from './wire.ts'

/** Options of a {@link ServerHandshake}. */
export type ServerHandshakeOptions = HandshakeOptions

/** What S1 says in its version field in the digest form; a major version of 3 or more asks players to check it. */
const SERVER_PRODUCT_VERSION = 0x0d0e0a0d

class ServerRole extends HandshakeRole {
  constructor(options: ServerHandshakeOptions) {
    super(options)
  }

  protected override checkVersion(version: number): void {
    if (version >= LETTER_A && version <= LETTER_Z)
      throw illegal('HANDSHAKE_HTTP_REQUEST', 'a text protocol such as HTTP on the RTMP port', 0)
    if (version >= FIRST_FORBIDDEN_VERSION)
      throw illegal('HANDSHAKE_VERSION', `version ${version} is forbidden`, 0)
    if (version !== RTMP_VERSION)
      this.warnings.push(`the client asked for version ${version}: answered ${RTMP_VERSION}`)
  }

  protected override answer(c1: Uint8Array): Expectation {
    const { hmacSha256 } = this.crypto
    const output = new Uint8Array(HANDSHAKE_SIZE)
    const s1 = output.subarray(1, 1 + PACKET_SIZE)
    const s2 = output.subarray(1 + PACKET_SIZE)
    output[0] = RTMP_VERSION
    writeU32(s1, 0, this.now)
    fillRandom(this.crypto, s1, 8, PACKET_SIZE)
    this.output.push(output)

    const found =
      hmacSha256 === undefined || this.peerVersion === 0 ? undefined : findDigest(c1, CLIENT_KEYS, hmacSha256)
    if (hmacSha256 === undefined || found === undefined) {
      s2.set(c1)
      if (this.peerVersion !== 0) this.warnings.push('C1 has a version and no valid digest: answered plain')
      return { own: s1 }
    }
    this.schema = found.schema
    writeU32(s1, 4, SERVER_PRODUCT_VERSION)
    const digest = signPacket(s1, found.schema, SERVER_KEYS, hmacSha256)
    fillRandom(this.crypto, s2, 0, PACKET_SIZE)
    signResponse(s2, found.digest, SERVER_KEYS, hmacSha256)
    return { own: s1, signed: { digest, keys: CLIENT_KEYS, hmac: hmacSha256 } }
  }
}

/**
 * The server's side of the handshake (RTMP 1.0 §5.2): C0, C1 and C2 in; S0, S1 and S2 out, in one array, once C1 is
 * complete.
 *
 * Answers in the form of the client: the digest form in its schema when C1 is signed, otherwise the plain form with zeros
 * in S1's version field and C1 as S2, byte for byte.
 */
export type ServerHandshake = Handshake

/**
 * Makes the server's side of a handshake.
 *
 * @example
 * ```ts
 * const server = new ServerHandshake({ crypto: { randomBytes, hmacSha256 } })
 * server.receive(received) // C0 C1, in pieces of any size
 * for (const bytes of server.takeOutput()) socket.write(bytes) // S0 S1 S2, in the client's kind
 * if (server.done) console.log(server.result?.kind) // 'plain' or 'digest'
 * ```
 */
export const ServerHandshake: new (options: ServerHandshakeOptions) => ServerHandshake = ServerRole

const LETTER_A = 0x41
const LETTER_Z = 0x5a
