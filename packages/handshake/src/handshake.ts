import { type Expectation, judgeAnswer } from './answer.ts'
import type { HandshakeCrypto } from './crypto.ts'
import type { DigestSchema } from './digest.ts'
import { illegal } from './errors.ts'
import { Intake } from './intake.ts'
import type { HandshakeResult, PeerAnswer, Verification } from './result.ts'
import { HANDSHAKE_SIZE, RTMP_VERSION, readU32, TLS_RECORD } from './wire.ts'

/** What both roles need. */
export interface HandshakeOptions {
  /** HMAC and random bytes; without `hmacSha256` only the plain form is spoken. */
  readonly crypto: HandshakeCrypto
  /** Our time for the first packet: milliseconds, taken modulo 2³². Default 0. */
  readonly now?: number
  /** What becomes of a second packet that answers our first wrongly. Default `'warn'`. */
  readonly verify?: Verification
}

/** One side of a handshake. */
export interface Handshake {
  /** Whether the peer's second packet has arrived, so that the chunk stream begins. */
  readonly done: boolean
  /** What was agreed on, once {@link done}. */
  readonly result: HandshakeResult | undefined
  /** What it holds in memory, in bytes: itself, the packet that is coming, ours until it was answered, and what came behind. */
  readonly memoryBytes: number
  /**
   * Takes any number of bytes; keeps copies of what it needs.
   *
   * @throws DecodeError `HANDSHAKE_HTTP_REQUEST` (server), `HANDSHAKE_HTTP_RESPONSE` (client), `HANDSHAKE_TLS`,
   *   `HANDSHAKE_VERSION`; with `verify: 'require'` also `HANDSHAKE_DIGEST_MISMATCH`, `HANDSHAKE_ECHO_MISMATCH`. Thrown
   *   again by every later call.
   */
  receive(bytes: Uint8Array): void
  /** What is to be sent now; each array is handed out once. */
  takeOutput(): Uint8Array[]
  /** The bytes received behind the handshake, a copy, each handed out once; the first of the chunk stream. */
  takeRest(): Uint8Array
  /** Says that the stream has ended. @throws DecodeError `HANDSHAKE_TRUNCATED` unless {@link done} */
  end(): void
}

/** What a handshake's own objects cost, in bytes of memory: measured on Node 20 to 24, rounded up. */
const OBJECT_BYTES = 1024

/** What both roles do alike: take the peer's version and two packets, judge the second, and keep what comes behind. */
export abstract class HandshakeRole implements Handshake {
  protected readonly crypto: HandshakeCrypto
  protected readonly now: number
  protected readonly warnings: string[] = []
  protected output: Uint8Array[] = []
  /** Order of the peer's blocks, when both ends speak the digest form. */
  protected schema: DigestSchema | undefined
  protected protocolVersion: number = RTMP_VERSION
  protected peerVersion = 0
  readonly #verify: Verification
  readonly #intake = new Intake()
  #expectation: Expectation | undefined
  #peerTime = 0
  #result: HandshakeResult | undefined
  #failure: unknown

  protected constructor({ crypto, now = 0, verify = 'warn' }: HandshakeOptions) {
    this.crypto = crypto
    this.now = now
    this.#verify = verify
  }

  get done(): boolean {
    return this.#intake.step === 'done'
  }

  get result(): HandshakeResult | undefined {
    return this.#result
  }

  get memoryBytes(): number {
    // Our first packet is part of all that we sent with it.
    return OBJECT_BYTES + this.#intake.memoryBytes + (this.#expectation?.own.buffer.byteLength ?? 0)
  }

  receive(bytes: Uint8Array): void {
    if (this.#failure !== undefined) throw this.#failure
    try {
      this.#receive(bytes)
    } catch (error) {
      this.#failure = error
      throw error
    }
  }

  takeOutput(): Uint8Array[] {
    const { output } = this
    if (output.length > 0) this.output = []
    return output
  }

  takeRest(): Uint8Array {
    return this.#intake.takeRest()
  }

  end(): void {
    this.#intake.end()
  }

  /** @throws DecodeError for a version that the role does not take */
  protected abstract checkVersion(version: number): void

  /** Answers the peer's first packet, and says what its second should be. */
  protected abstract answer(packet: Uint8Array): Expectation

  #receive(bytes: Uint8Array): void {
    const intake = this.#intake
    let at = 0
    while (at < bytes.length && intake.step !== 'done') {
      if (intake.step === 'version') {
        this.protocolVersion = bytes[at++] as number
        this.checkVersion(this.protocolVersion)
        intake.received = 1
        intake.enter('first')
      } else if (intake.step === 'first') {
        if (intake.received === 1 && this.protocolVersion === TLS_RECORD && bytes[at] === 3)
          throw illegal('HANDSHAKE_TLS', 'a TLS hello on a port without TLS', 0)
        at = intake.take(bytes, at, true)
        if (intake.missing > 0) return
        this.#peerTime = readU32(intake.packet, 0)
        this.peerVersion = readU32(intake.packet, 4)
        const expectation = this.answer(intake.packet)
        if (this.#verify !== 'off') this.#expectation = expectation
        intake.enter('second')
      } else {
        at = intake.take(bytes, at, this.#verify !== 'off')
        if (intake.missing === 0) this.#finish(intake.packet)
      }
    }
    if (intake.step === 'done') intake.keepRest(bytes.subarray(at))
  }

  #finish(packet: Uint8Array): void {
    let answer: PeerAnswer = 'unchecked'
    if (this.#expectation !== undefined && this.#verify !== 'off')
      answer = judgeAnswer(packet, this.#expectation, this.#verify, this.warnings)
    this.#expectation = undefined
    this.#intake.enter('done')
    const { schema } = this
    this.#result = {
      kind: schema === undefined ? 'plain' : 'digest',
      ...(schema === undefined ? {} : { schema }),
      protocolVersion: this.protocolVersion,
      peerVersion: this.peerVersion,
      peerTime: this.#peerTime,
      answer,
      warnings: this.warnings,
      bytesReceived: HANDSHAKE_SIZE,
    }
  }
}
