/**
 * Bits put one behind the other, most significant first, into memory that grows.
 *
 * @example
 * ```ts
 * const bits = new BitWriter()
 * bits.u(2, 5)
 * bits.u(4, 4)
 * bits.u(2, 4)
 * console.log(bits.finish()) // Uint8Array [0x12, 0x10], filled up with zeros
 * ```
 */
export class BitWriter {
  #bytes: number[] = []
  /** How many bits have been written. */
  length = 0

  /** The low `count` bits of an unsigned integer, 0 to 32 of them. */
  u(value: number, count: number): void {
    for (let bit = count - 1; bit >= 0; bit--) {
      if ((this.length & 7) === 0) this.#bytes.push(0)
      if (Math.floor(value / 2 ** bit) % 2 === 1) {
        const last = this.#bytes.length - 1
        this.#bytes[last] = (this.#bytes[last] as number) | (0x80 >> (this.length & 7))
      }
      this.length += 1
    }
  }

  /** One bit. */
  flag(value: boolean): void {
    this.u(value ? 1 : 0, 1)
  }

  /** An unsigned Exp-Golomb number, `ue(v)`: 0 to 2³² − 2. */
  ue(value: number): void {
    const bits = Math.floor(Math.log2(value + 1))
    this.u(0, bits)
    this.u(1, 1)
    this.u(value + 1 - 2 ** bits, bits)
  }

  /** A signed Exp-Golomb number, `se(v)`. */
  se(value: number): void {
    this.ue(value > 0 ? value * 2 - 1 : value * -2)
  }

  /** What has been written, filled up to a whole byte with zero bits, in memory that is the caller's to keep. */
  finish(): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#bytes)
  }
}
