import { concat } from '@rtmp/bytes'
import { illegal } from './errors.ts'
import { HANDSHAKE_SIZE, PACKET_SIZE } from './wire.ts'

const NOTHING = new Uint8Array(0)

/** The next thing that a peer's handshake consists of. */
export type Step = 'version' | 'first' | 'second' | 'done'

/**
 * Cuts what a peer sends into version, first packet, second packet and the rest, whatever the portions.
 *
 * Holds one packet at a time, so a connection costs 1536 bytes here until the handshake is done. When the second packet
 * is not going to be looked at, its bytes are only counted.
 */
export class Intake {
  step: Step = 'version'
  /** The packet being collected; complete when {@link next} says so. */
  packet: Uint8Array<ArrayBuffer> = NOTHING
  /** Bytes taken, the rest behind the handshake not counted. */
  received = 0
  #filled = 0
  #rest: Uint8Array[] = []

  /**
   * Takes bytes from `bytes[at...]` for the step in progress, and returns the position behind them. The step is complete
   * when {@link missing} is 0.
   */
  take(bytes: Uint8Array, at: number, keep: boolean): number {
    const count = Math.min(this.missing, bytes.length - at)
    if (keep) {
      if (this.packet.length === 0) this.packet = new Uint8Array(PACKET_SIZE)
      this.packet.set(bytes.subarray(at, at + count), this.#filled)
    }
    this.#filled += count
    this.received += count
    return at + count
  }

  /** Bytes of the packet in progress, for which there is room from its first byte on, and of what came behind. */
  get memoryBytes(): number {
    return this.packet.length + this.#rest.reduce((sum, { length }) => sum + length, 0)
  }

  /** Bytes that the packet in progress still lacks. */
  get missing(): number {
    return PACKET_SIZE - this.#filled
  }

  /** Goes on to a step; the packet so far is let go. */
  enter(step: Step): void {
    this.step = step
    this.packet = NOTHING
    this.#filled = 0
  }

  /** Keeps a copy of what came behind the handshake. */
  keepRest(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#rest.push(bytes.slice())
  }

  /** What came behind the handshake, once. */
  takeRest(): Uint8Array {
    const rest = this.#rest.length > 1 ? concat(this.#rest) : (this.#rest[0] ?? NOTHING)
    this.#rest = []
    return rest
  }

  /** @throws DecodeError `HANDSHAKE_TRUNCATED` unless the handshake is done */
  end(): void {
    if (this.step !== 'done')
      throw illegal(
        'HANDSHAKE_TRUNCATED',
        `the stream ended after ${this.received} of ${HANDSHAKE_SIZE} handshake bytes`,
        this.received,
      )
  }
}
