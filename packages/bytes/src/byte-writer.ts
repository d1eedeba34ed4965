import { utf8Length, writeUtf8 } from './utf8.ts'

const INITIAL_CAPACITY = 256

const scratch = new Uint8Array(8)
const scratchView = new DataView(scratch.buffer)

/**
 * Bytes put one behind the other into memory that grows. Integers are big-endian unless the name says otherwise.
 *
 * Values are taken modulo their width (`u8(256)` writes 0): range checks belong to the codec, which knows the field.
 *
 * @example
 * ```ts
 * const writer = new ByteWriter()
 * writer.u24(1000)
 * writer.utf8('live')
 * console.log(writer.finish()) // 7 bytes, the caller's to keep
 * ```
 */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>
  #length = 0

  /** @param capacity - Bytes to reserve at first; grows by doubling. */
  constructor(capacity: number = INITIAL_CAPACITY) {
    this.#bytes = new Uint8Array(capacity)
  }

  /** How many bytes have been written. */
  get length(): number {
    return this.#length
  }

  #grow(count: number): number {
    const start = this.#length
    const needed = start + count
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, start))
      this.#bytes = larger
    }
    this.#length = needed
    return start
  }

  /** One byte. */
  u8(value: number): void {
    const at = this.#grow(1)
    this.#bytes[at] = value
  }

  /** Two bytes, big-endian. */
  u16(value: number): void {
    const at = this.#grow(2)
    this.#bytes[at] = value >>> 8
    this.#bytes[at + 1] = value
  }

  /** Three bytes, big-endian; negative values as two's complement. */
  u24(value: number): void {
    const at = this.#grow(3)
    this.#bytes[at] = value >>> 16
    this.#bytes[at + 1] = value >>> 8
    this.#bytes[at + 2] = value
  }

  /** Four bytes, big-endian; negative values as two's complement. */
  u32(value: number): void {
    const at = this.#grow(4)
    this.#bytes[at] = value >>> 24
    this.#bytes[at + 1] = value >>> 16
    this.#bytes[at + 2] = value >>> 8
    this.#bytes[at + 3] = value
  }

  /** Four bytes, little-endian (the message stream id). */
  u32le(value: number): void {
    const at = this.#grow(4)
    this.#bytes[at] = value
    this.#bytes[at + 1] = value >>> 8
    this.#bytes[at + 2] = value >>> 16
    this.#bytes[at + 3] = value >>> 24
  }

  /** Eight bytes, big-endian IEEE 754. */
  f64(value: number): void {
    scratchView.setFloat64(0, value)
    const at = this.#grow(8)
    this.#bytes.set(scratch, at)
  }

  /** A copy of the given bytes. */
  bytes(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length)
    this.#bytes.set(bytes, at)
  }

  /** A text as UTF-8, without length or terminator; lone surrogates become U+FFFD. Returns its length in bytes. */
  utf8(text: string): number {
    const size = utf8Length(text)
    const at = this.#grow(size)
    writeUtf8(this.#bytes, at, text)
    return size
  }

  /** Overwrites two bytes at a position that has been written already. */
  patchU16(position: number, value: number): void {
    this.#bytes[position] = value >>> 8
    this.#bytes[position + 1] = value
  }

  /** Overwrites three bytes at a position that has been written already. */
  patchU24(position: number, value: number): void {
    this.#bytes[position] = value >>> 16
    this.#bytes[position + 1] = value >>> 8
    this.#bytes[position + 2] = value
  }

  /** Overwrites four bytes at a position that has been written already. */
  patchU32(position: number, value: number): void {
    this.#bytes[position] = value >>> 24
    this.patchU24(position + 1, value)
  }

  /** What has been written, in exactly sized memory that is the caller's to keep. The writer can go on or be reset. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length)
  }

  /** Forgets what was written and keeps the memory for the next use. */
  reset(): void {
    this.#length = 0
  }
}
