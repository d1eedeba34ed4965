import { decodeUtf8, decodeUtf8Strict } from '@rtmp/bytes'
import type { Amf3ValueReader } from './amf3-codec.ts'
import { type Amf0DecodeErrorCode, decodeError } from './errors.ts'
import { type Amf0Limits, resolveLimits } from './limits.ts'
import { Marker } from './marker.ts'
import type { Amf0DecodeOptions } from './options.ts'

const scratch = new Uint8Array(8)
const scratchView = new DataView(scratch.buffer)

/**
 * A cursor over AMF0 bytes with the budgets of one message, shared by the readers of both views.
 *
 * Invariant: every byte that is read, and every length that is followed, has been checked against `end` first.
 */
export class Amf0Input {
  readonly source: Uint8Array
  /** Position of the next byte. */
  position: number
  readonly end: number
  protected readonly options: Amf0DecodeOptions
  readonly #limits: Amf0Limits
  #valuesLeft: number
  #bytesLeft: number
  #amf3: Amf3ValueReader | undefined

  constructor(source: Uint8Array, start: number, options: Amf0DecodeOptions) {
    const limits = resolveLimits(options.limits)
    this.source = source
    this.position = start
    this.end = source.length
    this.options = options
    this.#limits = limits
    this.#valuesLeft = limits.maxValues
    this.#bytesLeft = limits.maxTotalBytes
  }

  /** A fault that is tolerated unless `strict`. */
  protected fault(code: Amf0DecodeErrorCode, message: string, at: number): void {
    const { strict, onFault } = this.options
    if (strict !== true && onFault === undefined) return
    const error = decodeError(code, message, at)
    if (strict === true) throw error
    onFault?.(error)
  }

  /** Claims `count` bytes and returns the position of the first. */
  protected need(count: number): number {
    const at = this.position
    if (count > this.end - at) {
      throw decodeError('TRUNCATED', `${count} bytes expected, ${this.end - at} left`, at)
    }
    this.position = at + count
    return at
  }

  /** Claims a value, reads its marker and returns it. */
  protected marker(): number {
    if (--this.#valuesLeft < 0) throw decodeError('VALUE_LIMIT', 'too many values', this.position)
    return this.u8()
  }

  /** Claims `length` bytes of text. */
  protected take(length: number): number {
    const at = this.position
    if (length > this.#limits.maxStringBytes)
      throw decodeError('STRING_LIMIT', `a string of ${length} bytes`, at)
    this.need(length)
    this.#bytesLeft -= length
    if (this.#bytesLeft < 0) throw decodeError('TOTAL_LIMIT', 'too much text', at)
    return at
  }

  /** Goes one level down. */
  protected enter(depth: number): number {
    if (depth >= this.#limits.maxDepth) throw decodeError('DEPTH_LIMIT', 'nested too deep', this.position)
    return depth + 1
  }

  protected u8(): number {
    return this.source[this.need(1)] as number
  }

  protected u16(): number {
    const at = this.need(2)
    return ((this.source[at] as number) << 8) | (this.source[at + 1] as number)
  }

  protected u32(): number {
    return this.u16() * 0x10000 + this.u16()
  }

  protected f64(): number {
    const at = this.need(8)
    for (let i = 0; i < 8; i++) scratch[i] = this.source[at + i] as number
    return scratchView.getFloat64(0)
  }

  /** A text of `length` bytes; ill-formed UTF-8 reads as U+FFFD. */
  protected text(length: number): string {
    const at = this.take(length)
    const { strict, onFault } = this.options
    if (strict !== true && onFault === undefined) return decodeUtf8(this.source, at, at + length)
    return this.wellFormed(at, length) ?? decodeUtf8(this.source, at, at + length)
  }

  /** A text, or `undefined` where ill-formed UTF-8 is tolerated. */
  protected wellFormed(at: number, length: number): string | undefined {
    const text = decodeUtf8Strict(this.source, at, at + length)
    if (text === undefined) this.fault('INVALID_UTF8', 'a string is not well-formed UTF-8', at)
    return text
  }

  /**
   * Whether the input ends where a name must stand: nothing is left, or the two zero bytes of an object end that lost
   * its marker.
   */
  protected endsEarly(): boolean {
    const { source, position, end } = this
    if (position < end && (end - position !== 2 || source[position] !== 0 || source[position + 1] !== 0))
      return false
    this.fault('MISSING_OBJECT_END', 'the input ends inside an object', position)
    this.position = end
    return true
  }

  /** The length of the next name, or -1 at the object end. */
  protected nameLength(): number {
    const at = this.position
    const length = this.u16()
    if (length > 0) return length
    if (this.position < this.end && this.source[this.position] === Marker.objectEnd) {
      this.position += 1
      return -1
    }
    this.fault('EMPTY_NAME', 'a property with an empty name', at)
    return 0
  }

  /** The count of an ECMA array is a hint; `strict` holds it against what came. */
  protected checkCount(announced: number, found: number, at: number): void {
    if (announced === found) return
    this.fault('WRONG_ARRAY_COUNT', `${found} properties where ${announced} were announced`, at)
  }

  /** Each element takes at least a byte, so a count beyond the input is refused before the first one is read. */
  protected elementCount(): number {
    const at = this.position
    const count = this.u32()
    if (count > this.end - this.position) {
      throw decodeError('TRUNCATED', `${count} elements in ${this.end - this.position} bytes`, at)
    }
    return count
  }

  /** Why a marker cannot be read, which its caller throws. */
  protected refuse(marker: number): Error {
    const at = this.position - 1
    return marker === Marker.objectEnd
      ? decodeError('UNEXPECTED_OBJECT_END', 'object end where a value must stand', at)
      : decodeError('UNKNOWN_MARKER', `marker 0x${marker.toString(16)}`, at)
  }

  /** Hands an AMF3 value to the codec, with what is left of the budgets. */
  protected avmPlus<T>(read: (reader: Amf3ValueReader) => T): T {
    const { amf3, strict, onFault } = this.options
    if (amf3 === undefined) {
      throw decodeError('AMF3_NOT_AVAILABLE', 'an AMF3 value, and no amf3 codec', this.position - 1)
    }
    this.#amf3 ??= amf3.openReader(this.source, {
      limits: this.#limits,
      strict: strict === true,
      onFault: onFault as ((fault: Error) => void) | undefined,
    })
    const reader = this.#amf3
    reader.position = this.position
    reader.valuesLeft = this.#valuesLeft + 1 // the marker and the value behind it are one
    reader.bytesLeft = this.#bytesLeft
    const value = read(reader)
    this.position = reader.position
    this.#valuesLeft = reader.valuesLeft
    this.#bytesLeft = reader.bytesLeft
    return value
  }
}
