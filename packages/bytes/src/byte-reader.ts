import { DecodeError, type Phase } from './errors.ts'

const scratch = new Uint8Array(8)
const scratchView = new DataView(scratch.buffer)

/**
 * A cursor over one complete array of bytes. Integers are big-endian unless the name says otherwise, as everywhere in
 * RTMP but the message stream id.
 *
 * Reading past the end throws {@link DecodeError} `TRUNCATED`, so a codec of whole inputs needs no checks of its own.
 * (Where more bytes may still come, use `ByteQueue` and look before you read.)
 *
 * @example
 * ```ts
 * const reader = new ByteReader(Uint8Array.of(0, 3, 0xe8, 0x6c))
 * console.log(reader.u24(), reader.u8(), reader.remaining) // 1000 108 0
 * ```
 */
export class ByteReader {
  /** The array that is read; never written to. */
  readonly bytes: Uint8Array
  /** Position of the next byte, counted from the start of `bytes`. */
  position: number
  /** Position behind the last readable byte. */
  readonly end: number
  readonly #phase: Phase

  /**
   * @param phase - The layer named in errors.
   * @param start - First readable position, default 0.
   * @param end - Position behind the last readable byte, default the array's end.
   */
  constructor(bytes: Uint8Array, phase: Phase = 'bytes', start = 0, end: number = bytes.length) {
    this.bytes = bytes
    this.position = start
    this.end = end
    this.#phase = phase
  }

  /** How many bytes are left. */
  get remaining(): number {
    return this.end - this.position
  }

  /** Makes sure that `count` bytes are left; consumes none. @throws DecodeError `TRUNCATED` */
  require(count: number): void {
    if (count > this.end - this.position) {
      throw new DecodeError(
        'TRUNCATED',
        `${count} bytes expected, ${this.end - this.position} left`,
        this.position,
        this.#phase,
      )
    }
  }

  /** Moves past `count` bytes. @throws DecodeError `TRUNCATED` */
  skip(count: number): void {
    this.require(count)
    this.position += count
  }

  /** The next byte, not consumed. @throws DecodeError `TRUNCATED` */
  peekU8(): number {
    this.require(1)
    return this.bytes[this.position] as number
  }

  /** One byte, 0 to 255. @throws DecodeError `TRUNCATED` */
  u8(): number {
    this.require(1)
    return this.bytes[this.position++] as number
  }

  /** Two bytes, big-endian. @throws DecodeError `TRUNCATED` */
  u16(): number {
    this.require(2)
    const { bytes, position } = this
    this.position = position + 2
    return ((bytes[position] as number) << 8) | (bytes[position + 1] as number)
  }

  /** Two bytes, big-endian, two's complement. @throws DecodeError `TRUNCATED` */
  i16(): number {
    return (this.u16() << 16) >> 16
  }

  /** Three bytes, big-endian. @throws DecodeError `TRUNCATED` */
  u24(): number {
    this.require(3)
    const { bytes, position } = this
    this.position = position + 3
    return (
      ((bytes[position] as number) << 16) |
      ((bytes[position + 1] as number) << 8) |
      (bytes[position + 2] as number)
    )
  }

  /** Three bytes, big-endian, two's complement. @throws DecodeError `TRUNCATED` */
  i24(): number {
    return (this.u24() << 8) >> 8
  }

  /** Four bytes, big-endian. @throws DecodeError `TRUNCATED` */
  u32(): number {
    return this.i32() >>> 0
  }

  /** Four bytes, big-endian, two's complement. @throws DecodeError `TRUNCATED` */
  i32(): number {
    this.require(4)
    const { bytes, position } = this
    this.position = position + 4
    return (
      ((bytes[position] as number) << 24) |
      ((bytes[position + 1] as number) << 16) |
      ((bytes[position + 2] as number) << 8) |
      (bytes[position + 3] as number)
    )
  }

  /** Four bytes, little-endian (the message stream id). @throws DecodeError `TRUNCATED` */
  u32le(): number {
    this.require(4)
    const { bytes, position } = this
    this.position = position + 4
    return (
      ((bytes[position] as number) |
        ((bytes[position + 1] as number) << 8) |
        ((bytes[position + 2] as number) << 16) |
        ((bytes[position + 3] as number) << 24)) >>>
      0
    )
  }

  /** Eight bytes, big-endian IEEE 754. @throws DecodeError `TRUNCATED` */
  f64(): number {
    this.require(8)
    const { bytes, position } = this
    for (let at = 0; at < 8; at++) scratch[at] = bytes[position + at] as number
    this.position = position + 8
    return scratchView.getFloat64(0)
  }

  /** A view of the next `count` bytes: shared memory, not a copy. @throws DecodeError `TRUNCATED` */
  view(count: number): Uint8Array {
    this.require(count)
    const start = this.position
    this.position = start + count
    return this.bytes.subarray(start, start + count)
  }

  /** A copy of the next `count` bytes, the caller's to keep. @throws DecodeError `TRUNCATED` */
  copy(count: number): Uint8Array<ArrayBuffer> {
    this.require(count)
    const start = this.position
    this.position = start + count
    return new Uint8Array(this.bytes.subarray(start, start + count))
  }
}
