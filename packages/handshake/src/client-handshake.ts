import { type Expectation, judgeAnswer } from './answer.ts'
import { fillRandom, type HandshakeCrypto } from './crypto.ts'
import {
  CLIENT_KEYS,
  type DigestSchema,
  findDigest,
  SERVER_KEYS,
  signPacket,
  signResponse,
} from './digest.ts'
import { illegal, misuse } from './errors.ts'
import { Intake } from './intake.ts'
import type { HandshakeResult, PeerAnswer, Verification } from './result.ts'
import { HANDSHAKE_SIZE, PACKET_SIZE, RTMP_VERSION, readU32, TLS_RECORD, writeU32 } from './wire.ts'

/** Options of a {@link ClientHandshake}. */
export interface ClientHandshakeOptions {
  /** HMAC and random bytes. */
  readonly crypto: HandshakeCrypto
  /** The form to ask for; the server may answer `'digest'` in plain. Default `'plain'`. */
  readonly mode?: 'plain' | 'digest'
  /** Digest form: order of our blocks. Default 1, as FFmpeg. */
  readonly schema?: DigestSchema
  /** Our time for C1: milliseconds, taken modulo 2³². Default 0. */
  readonly now?: number
  /** What becomes of an S2 that answers C1 wrongly. Default `'warn'`. */
  readonly verify?: Verification
}

/** What C1 says in its version field in the digest form: Flash Player 9.0.124.2, as FFmpeg. */
const CLIENT_PRODUCT_VERSION = 0x09007c02

/**
 * The client's side of the handshake (RTMP 1.0 §5.2): C0, C1 and C2 out; S0, S1 and S2 in.
 *
 * Sends a signed C2 when it asked for the digest form and S1 is signed, otherwise S1 back, byte for byte.
 */
export class ClientHandshake {
  readonly #crypto: HandshakeCrypto
  readonly #mode: 'plain' | 'digest'
  readonly #schema: DigestSchema
  readonly #now: number
  readonly #verify: Verification
  readonly #intake = new Intake()
  readonly #warnings: string[] = []
  #output: Uint8Array[] = []
  #c1: Uint8Array | undefined
  #ownDigest: Uint8Array | undefined
  #peerTime = 0
  #peerVersion = 0
  #peerSchema: DigestSchema | undefined
  #expectation: Expectation | undefined
  #result: HandshakeResult | undefined
  #failure: unknown

  /** @throws UsageError `HANDSHAKE_NO_HMAC` for the digest form without HMAC */
  constructor(options: ClientHandshakeOptions) {
    this.#crypto = options.crypto
    this.#mode = options.mode ?? 'plain'
    this.#schema = options.schema ?? 1
    this.#now = options.now ?? 0
    this.#verify = options.verify ?? 'warn'
    if (this.#mode === 'digest' && options.crypto.hmacSha256 === undefined)
      throw misuse('HANDSHAKE_NO_HMAC', 'the digest form needs an HMAC-SHA256', 'crypto.hmacSha256')
  }

  /** Whether S2 has arrived, so that commands may be sent. */
  get done(): boolean {
    return this.#intake.step === 'done'
  }

  /** What was agreed on, once {@link done}. */
  get result(): HandshakeResult | undefined {
    return this.#result
  }

  /** Makes C0 and C1, to be found in {@link takeOutput}. Further calls do nothing. */
  start(): void {
    if (this.#c1 !== undefined) return
    const { hmacSha256 } = this.#crypto
    const output = new Uint8Array(1 + PACKET_SIZE)
    const c1 = output.subarray(1)
    output[0] = RTMP_VERSION
    writeU32(c1, 0, this.#now)
    fillRandom(this.#crypto, c1, 8, PACKET_SIZE)
    if (this.#mode === 'digest' && hmacSha256 !== undefined) {
      writeU32(c1, 4, CLIENT_PRODUCT_VERSION)
      this.#ownDigest = signPacket(c1, this.#schema, CLIENT_KEYS, hmacSha256)
    }
    this.#c1 = c1
    this.#output.push(output)
  }

  /**
   * Takes any number of bytes; keeps copies of what it needs. Starts the handshake if that has not been done.
   *
   * @throws DecodeError `HANDSHAKE_VERSION`, `HANDSHAKE_HTTP_RESPONSE`, `HANDSHAKE_TLS`; with `verify: 'require'` also
   *   `HANDSHAKE_DIGEST_MISMATCH`, `HANDSHAKE_ECHO_MISMATCH`. Thrown again by every later call.
   */
  receive(bytes: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure
    this.start()
    try {
      this.#receive(bytes)
    } catch (error) {
      this.#failure = error
      throw error
    }
  }

  /** What is to be sent now: C0 with C1 after {@link start}, C2 once S1 is complete. */
  takeOutput(): Uint8Array[] {
    const output = this.#output
    if (output.length > 0) this.#output = []
    return output
  }

  /** The bytes received behind S2, a copy, each handed out once; the first of the chunk stream. */
  takeRest(): Uint8Array {
    return this.#intake.takeRest()
  }

  /** Says that the stream has ended. @throws DecodeError `HANDSHAKE_TRUNCATED` unless {@link done} */
  end(): void {
    this.#intake.end()
  }

  #receive(bytes: Uint8Array): void {
    const intake = this.#intake
    let at = 0
    while (at < bytes.length && intake.step !== 'done') {
      if (intake.step === 'version') {
        checkVersion(bytes[at] as number)
        intake.received = 1
        intake.enter('first')
        at += 1
      } else if (intake.step === 'first') {
        at = intake.take(bytes, at, true)
        if (intake.missing === 0) {
          this.#answer(intake.packet)
          intake.enter('second')
        }
      } else {
        at = intake.take(bytes, at, this.#verify !== 'off')
        if (intake.missing === 0) this.#finish(intake.packet)
      }
    }
    if (intake.step === 'done') intake.keepRest(bytes.subarray(at))
  }

  #answer(s1: Uint8Array): void {
    const { hmacSha256 } = this.#crypto
    this.#peerTime = readU32(s1, 0)
    this.#peerVersion = readU32(s1, 4)
    const digest = this.#ownDigest
    const own = this.#c1 as Uint8Array
    const found =
      digest === undefined || hmacSha256 === undefined || this.#peerVersion === 0
        ? undefined
        : findDigest(s1, SERVER_KEYS, hmacSha256, this.#schema)
    const c2 = Uint8Array.from(s1)
    if (digest === undefined || hmacSha256 === undefined || found === undefined) {
      if (this.#mode === 'digest') this.#warnings.push('asked for the digest form, answered plain')
      this.#expectation = { own }
    } else {
      this.#peerSchema = found.schema
      fillRandom(this.#crypto, c2, 0, PACKET_SIZE)
      signResponse(c2, found.digest, CLIENT_KEYS, hmacSha256)
      this.#expectation = { own, signed: { digest, keys: SERVER_KEYS, hmac: hmacSha256 } }
    }
    this.#output.push(c2)
  }

  #finish(s2: Uint8Array): void {
    let answer: PeerAnswer = 'unchecked'
    if (this.#expectation !== undefined && this.#verify !== 'off')
      answer = judgeAnswer(s2, this.#expectation, this.#verify, this.#warnings)
    this.#expectation = undefined
    this.#intake.enter('done')
    this.#result = {
      kind: this.#peerSchema === undefined ? 'plain' : 'digest',
      ...(this.#peerSchema === undefined ? {} : { schema: this.#peerSchema }),
      protocolVersion: RTMP_VERSION,
      peerVersion: this.#peerVersion,
      peerTime: this.#peerTime,
      answer,
      warnings: this.#warnings,
      bytesReceived: HANDSHAKE_SIZE,
    }
  }
}

const TLS_ALERT = 0x15
const LETTER_H = 0x48

const checkVersion = (version: number): void => {
  if (version === RTMP_VERSION) return
  if (version === LETTER_H) throw illegal('HANDSHAKE_HTTP_RESPONSE', 'the server speaks HTTP', 0)
  if (version === TLS_ALERT || version === TLS_RECORD)
    throw illegal('HANDSHAKE_TLS', 'the server speaks TLS; use rtmps', 0)
  throw illegal('HANDSHAKE_VERSION', `the server answered with version ${version}, not 3`, 0)
}
