import type { Expectation } from './answer.ts'
import { fillRandom } from './crypto.ts'
import {
  CLIENT_KEYS,
  type DigestSchema,
  findDigest,
  SERVER_KEYS,
  signPacket,
  signResponse,
} from './digest.ts'
import { illegal, misuse } from './errors.ts'
import { type Handshake, type HandshakeOptions, HandshakeRole } from './handshake.ts'
import { PACKET_SIZE, RTMP_VERSION, TLS_RECORD, writeU32 } from './wire.ts'

/** Options of a {@link ClientHandshake}. */
export interface ClientHandshakeOptions extends HandshakeOptions {
  /** The form to ask for; the server may answer `'digest'` in plain. Default `'plain'`. */
  readonly mode?: 'plain' | 'digest'
  /** Digest form: order of our blocks. Default 1, as FFmpeg. */
  readonly schema?: DigestSchema
}

/** What C1 says in its version field in the digest form: Flash Player 9.0.124.2, as FFmpeg. */
const CLIENT_PRODUCT_VERSION = 0x09007c02

class ClientRole extends HandshakeRole implements ClientHandshake {
  readonly #mode: 'plain' | 'digest'
  readonly #ownSchema: DigestSchema
  #c1: Uint8Array | undefined
  #ownDigest: Uint8Array | undefined

  constructor(options: ClientHandshakeOptions) {
    super(options)
    this.#mode = options.mode ?? 'plain'
    this.#ownSchema = options.schema ?? 1
    if (this.#mode === 'digest' && options.crypto.hmacSha256 === undefined)
      throw misuse('HANDSHAKE_NO_HMAC', 'the digest form needs an HMAC-SHA256', 'crypto.hmacSha256')
  }

  start(): void {
    if (this.#c1 !== undefined) return
    const { hmacSha256 } = this.crypto
    const output = new Uint8Array(1 + PACKET_SIZE)
    const c1 = output.subarray(1)
    output[0] = RTMP_VERSION
    writeU32(c1, 0, this.now)
    fillRandom(this.crypto, c1, 8, PACKET_SIZE)
    if (this.#mode === 'digest' && hmacSha256 !== undefined) {
      writeU32(c1, 4, CLIENT_PRODUCT_VERSION)
      this.#ownDigest = signPacket(c1, this.#ownSchema, CLIENT_KEYS, hmacSha256)
    }
    this.#c1 = c1
    this.output.push(output)
  }

  override receive(bytes: Uint8Array): void {
    this.start()
    super.receive(bytes)
  }

  protected override checkVersion(version: number): void {
    if (version === RTMP_VERSION) return
    if (version === LETTER_H) throw illegal('HANDSHAKE_HTTP_RESPONSE', 'the server speaks HTTP', 0)
    if (version === TLS_ALERT || version === TLS_RECORD)
      throw illegal('HANDSHAKE_TLS', 'the server speaks TLS; use rtmps', 0)
    throw illegal('HANDSHAKE_VERSION', `the server answered with version ${version}, not 3`, 0)
  }

  protected override answer(s1: Uint8Array): Expectation {
    const { hmacSha256 } = this.crypto
    const digest = this.#ownDigest
    const own = this.#c1 as Uint8Array
    const found =
      digest === undefined || hmacSha256 === undefined || this.peerVersion === 0
        ? undefined
        : findDigest(s1, SERVER_KEYS, hmacSha256, this.#ownSchema)
    const c2 = Uint8Array.from(s1)
    this.output.push(c2)
    if (digest === undefined || hmacSha256 === undefined || found === undefined) {
      if (this.#mode === 'digest') this.warnings.push('asked for the digest form, answered plain')
      return { own }
    }
    this.schema = found.schema
    fillRandom(this.crypto, c2, 0, PACKET_SIZE)
    signResponse(c2, found.digest, CLIENT_KEYS, hmacSha256)
    return { own, signed: { digest, keys: SERVER_KEYS, hmac: hmacSha256 } }
  }
}

/**
 * The client's side of the handshake (RTMP 1.0 §5.2): C0 and C1 out after {@link start}, S0, S1 and S2 in, C2 out once S1
 * is complete.
 *
 * Sends a signed C2 when it asked for the digest form and S1 is signed, otherwise S1 back, byte for byte.
 */
export interface ClientHandshake extends Handshake {
  /** Makes C0 and C1, to be found in {@link takeOutput}. Further calls do nothing. {@link receive} does it too. */
  start(): void
}

/**
 * Makes the client's side of a handshake. @throws UsageError `HANDSHAKE_NO_HMAC` for the digest form without HMAC
 *
 * @example
 * ```ts
 * const client = new ClientHandshake({ crypto: { randomBytes } })
 * client.start()
 * for (const bytes of client.takeOutput()) socket.write(bytes) // C0 C1
 * client.receive(received) // S0 S1 S2, in pieces of any size
 * for (const bytes of client.takeOutput()) socket.write(bytes) // C2
 * if (client.done) reader.push(client.takeRest()) // what came behind it is for the chunk reader
 * ```
 */
export const ClientHandshake: new (options: ClientHandshakeOptions) => ClientHandshake = ClientRole

const TLS_ALERT = 0x15
const LETTER_H = 0x48
