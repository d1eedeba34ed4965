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
import { illegal } from './errors.ts'
import { Intake } from './intake.ts'
import type { HandshakeResult, PeerAnswer, Verification } from './result.ts'
import {
  FIRST_FORBIDDEN_VERSION,
  HANDSHAKE_SIZE,
  PACKET_SIZE,
  RTMP_VERSION,
  readU32,
  TLS_RECORD,
  writeU32,
} from './wire.ts'

/** Options of a {@link ServerHandshake}. */
export interface ServerHandshakeOptions {
  /** HMAC and random bytes; without `hmacSha256` every client gets the plain form. */
  readonly crypto: HandshakeCrypto
  /** Our time for S1: milliseconds, taken modulo 2³². Default 0. */
  readonly now?: number
  /** What becomes of a C2 that answers S1 wrongly. Default `'warn'`. */
  readonly verify?: Verification
}

/** What S1 says in its version field in the digest form; a major version of 3 or more asks players to check it. */
const SERVER_PRODUCT_VERSION = 0x0d0e0a0d

/**
 * The server's side of the handshake (RTMP 1.0 §5.2): C0, C1 and C2 in; S0, S1 and S2 out.
 *
 * Answers in the form of the client: the digest form in its schema when C1 is signed, otherwise the plain form with zeros
 * in S1's version field and C1 as S2, byte for byte.
 */
export class ServerHandshake {
  readonly #crypto: HandshakeCrypto
  readonly #now: number
  readonly #verify: Verification
  readonly #intake = new Intake()
  readonly #warnings: string[] = []
  #output: Uint8Array[] = []
  #protocolVersion = 0
  #peerTime = 0
  #peerVersion = 0
  #schema: DigestSchema | undefined
  #expectation: Expectation | undefined
  #result: HandshakeResult | undefined
  #failure: unknown

  constructor(options: ServerHandshakeOptions) {
    this.#crypto = options.crypto
    this.#now = options.now ?? 0
    this.#verify = options.verify ?? 'warn'
  }

  /** Whether C2 has arrived. */
  get done(): boolean {
    return this.#intake.step === 'done'
  }

  /** What was agreed on, once {@link done}. */
  get result(): HandshakeResult | undefined {
    return this.#result
  }

  /**
   * Takes any number of bytes; keeps copies of what it needs.
   *
   * @throws DecodeError `HANDSHAKE_HTTP_REQUEST`, `HANDSHAKE_TLS`, `HANDSHAKE_VERSION`; with `verify: 'require'` also
   *   `HANDSHAKE_DIGEST_MISMATCH`, `HANDSHAKE_ECHO_MISMATCH`. Thrown again by every later call.
   */
  receive(bytes: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure
    try {
      this.#receive(bytes)
    } catch (error) {
      this.#failure = error
      throw error
    }
  }

  /** What is to be sent now: S0, S1 and S2 in one array, once C1 is complete; after that nothing more. */
  takeOutput(): Uint8Array[] {
    const output = this.#output
    if (output.length > 0) this.#output = []
    return output
  }

  /** The bytes received behind C2, a copy, each handed out once; the first of the chunk stream. */
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
        this.#protocolVersion = checkVersion(bytes[at] as number)
        intake.received = 1
        intake.enter('first')
        at += 1
      } else if (intake.step === 'first') {
        if (intake.received === 1 && this.#protocolVersion === TLS_RECORD && bytes[at] === 3)
          throw illegal('HANDSHAKE_TLS', 'a TLS hello on a port without TLS', 0)
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

  #answer(c1: Uint8Array): void {
    const { hmacSha256 } = this.#crypto
    this.#peerTime = readU32(c1, 0)
    this.#peerVersion = readU32(c1, 4)
    const output = new Uint8Array(HANDSHAKE_SIZE)
    const s1 = output.subarray(1, 1 + PACKET_SIZE)
    const s2 = output.subarray(1 + PACKET_SIZE)
    output[0] = RTMP_VERSION
    writeU32(s1, 0, this.#now)
    fillRandom(this.#crypto, s1, 8, PACKET_SIZE)

    const found =
      hmacSha256 === undefined || this.#peerVersion === 0
        ? undefined
        : findDigest(c1, CLIENT_KEYS, hmacSha256)
    if (hmacSha256 === undefined || found === undefined) {
      s2.set(c1)
      if (this.#peerVersion !== 0) this.#warnings.push('C1 has a version and no valid digest: answered plain')
      this.#expectation = { own: s1 }
    } else {
      this.#schema = found.schema
      writeU32(s1, 4, SERVER_PRODUCT_VERSION)
      const digest = signPacket(s1, found.schema, SERVER_KEYS, hmacSha256)
      fillRandom(this.#crypto, s2, 0, PACKET_SIZE)
      signResponse(s2, found.digest, SERVER_KEYS, hmacSha256)
      this.#expectation = { own: s1, signed: { digest, keys: CLIENT_KEYS, hmac: hmacSha256 } }
    }
    if (this.#protocolVersion !== RTMP_VERSION)
      this.#warnings.push(`the client asked for version ${this.#protocolVersion}: answered 3`)
    if (this.#verify === 'off') this.#expectation = undefined
    this.#output.push(output)
  }

  #finish(c2: Uint8Array): void {
    let answer: PeerAnswer = 'unchecked'
    if (this.#expectation !== undefined && this.#verify !== 'off')
      answer = judgeAnswer(c2, this.#expectation, this.#verify, this.#warnings)
    this.#expectation = undefined
    this.#intake.enter('done')
    this.#result = {
      kind: this.#schema === undefined ? 'plain' : 'digest',
      ...(this.#schema === undefined ? {} : { schema: this.#schema }),
      protocolVersion: this.#protocolVersion,
      peerVersion: this.#peerVersion,
      peerTime: this.#peerTime,
      answer,
      warnings: this.#warnings,
      bytesReceived: HANDSHAKE_SIZE,
    }
  }
}

const LETTER_A = 0x41
const LETTER_Z = 0x5a

const checkVersion = (version: number): number => {
  if (version >= LETTER_A && version <= LETTER_Z)
    throw illegal('HANDSHAKE_HTTP_REQUEST', 'a text protocol such as HTTP on the RTMP port', 0)
  if (version >= FIRST_FORBIDDEN_VERSION)
    throw illegal('HANDSHAKE_VERSION', `version ${version} is forbidden`, 0)
  return version
}
