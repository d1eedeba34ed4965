import { DecodeError, type Phase } from './errors.ts'

/**
 * A cursor over the bits of one complete array, most significant bit first, as codec configuration records and
 * parameter sets are written.
 *
 * Reading past the end throws {@link DecodeError} `TRUNCATED`, whose offset is the byte the missing bit would be in.
 *
 * @example
 * ```ts
 * const bits = new BitReader(Uint8Array.of(0b0001_0010, 0x10)) // an AudioSpecificConfig
 * console.log(bits.u(5), bits.u(4), bits.u(4)) // 2 4 2: AAC LC, 44.1 kHz, two channels
 * ```
 */
export class BitReader {
  /** The array that is read; never written to. */
  readonly bytes: Uint8Array
  /** Position of the next bit, counted from the first bit of `bytes`. */
  position: number
  readonly #end: number
  readonly #phase: Phase

  /**
   * @param phase - The layer named in errors.
   * @param start - First readable byte, default 0.
   * @param end - Position behind the last readable byte, default the array's end.
   */
  constructor(bytes: Uint8Array, phase: Phase = 'bytes', start = 0, end: number = bytes.length) {
    this.bytes = bytes
    this.position = start * 8
    this.#end = end * 8
    this.#phase = phase
  }

  /** How many bits are left. */
  get remaining(): number {
    return this.#end - this.position
  }

  /** An unsigned integer of `count` bits, 0 to 32. @throws DecodeError `TRUNCATED` */
  u(count: number): number {
    this.#require(count)
    let value = 0
    let left = count
    while (left > 0) {
      const shift = this.position & 7
      const taken = Math.min(8 - shift, left)
      const byte = this.bytes[this.position >> 3] as number
      value = value * (1 << taken) + ((byte >> (8 - shift - taken)) & ((1 << taken) - 1))
      this.position += taken
      left -= taken
    }
    return value
  }

  /** One bit. @throws DecodeError `TRUNCATED` */
  flag(): boolean {
    return this.u(1) === 1
  }

  /** Moves past `count` bits. @throws DecodeError `TRUNCATED` */
  skip(count: number): void {
    this.#require(count)
    this.position += count
  }

  /** Moves on to the next byte boundary; stays where it is on one. */
  alignToByte(): void {
    this.position = (this.position + 7) & ~7
  }

  /**
   * An unsigned Exp-Golomb number, `ue(v)` of H.264 and H.265: 0 to 2³² − 2.
   *
   * @throws DecodeError `TRUNCATED`, or `EXP_GOLOMB_TOO_LONG` for more than 31 leading zeros
   */
  ue(): number {
    const start = this.position
    let zeros = 0
    while (this.u(1) === 0) zeros += 1
    if (zeros > 31) {
      throw new DecodeError(
        'EXP_GOLOMB_TOO_LONG',
        `Exp-Golomb number with ${zeros} leading zeros`,
        start >> 3,
        this.#phase,
      )
    }
    return 2 ** zeros - 1 + this.u(zeros)
  }

  /** A signed Exp-Golomb number, `se(v)`. @throws DecodeError as {@link ue} */
  se(): number {
    const code = this.ue()
    return code % 2 === 0 ? 0 - code / 2 : (code + 1) / 2
  }

  #require(count: number): void {
    if (count > this.#end - this.position) {
      throw new DecodeError(
        'TRUNCATED',
        `${count} bits expected, ${this.remaining} left`,
        this.#end >> 3,
        this.#phase,
      )
    }
  }
}
