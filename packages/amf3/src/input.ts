import { decodeUtf8, decodeUtf8Strict, isDecodeError, requireBytes } from '@rtmp/bytes'
import { type Amf3DecodeErrorCode, decodeError } from './errors.ts'
import { type Amf3Limits, resolveLimits } from './limits.ts'
import type { Amf3DecodeOptions } from './options.ts'

const scratch = new Uint8Array(8)
const scratchView = new DataView(scratch.buffer)

/** Names and values are short and repeat: decoded once, found again by their bytes. */
const CACHE_SIZE = 512
const CACHED_LENGTH = 32
interface CachedText {
  readonly bytes: Uint8Array
  readonly text: string
}
const cache: (CachedText | undefined)[] = Array.from({ length: CACHE_SIZE })

/**
 * A cursor over AMF3 bytes with the budgets of one message, shared by the readers of both views.
 *
 * Invariant: every byte that is read, and every length that is followed, has been checked against `end` first.
 */
export class Amf3Input {
  readonly source: Uint8Array
  /** Position of the next byte. */
  position: number
  readonly end: number
  /** How many values may still be read. */
  valuesLeft: number
  /** How many bytes of text and binary may still be read. */
  bytesLeft: number
  readonly limits: Amf3Limits
  readonly options: Amf3DecodeOptions

  constructor(source: Uint8Array, start: number, options: Amf3DecodeOptions) {
    requireBytes(source, 'bytes')
    const limits = resolveLimits(options.limits)
    this.source = source
    this.position = start
    this.end = source.length
    this.valuesLeft = limits.maxValues
    this.bytesLeft = limits.maxTotalBytes
    this.limits = limits
    this.options = options
  }

  /** A fault that is tolerated unless `strict`. */
  fault(code: Amf3DecodeErrorCode, message: string, at: number): void {
    const { strict, onFault } = this.options
    if (strict !== true && onFault === undefined) return
    const error = decodeError(code, message, at)
    if (strict === true) throw error
    onFault?.(error)
  }

  /** Reads as much as can be read, if that will do: then the input is over where something cannot be. */
  asFarAsPossible(read: () => void): void {
    if (this.options.partial !== true) {
      read()
      return
    }
    try {
      read()
    } catch (error) {
      if (!isDecodeError(error)) throw error
      // What is around it finds the input at its end; that is no fault of its own.
      if (this.position < this.end) this.options.onFault?.(error)
      this.position = this.end
    }
  }

  /** Claims `count` bytes and returns the position of the first. */
  need(count: number): number {
    const at = this.position
    if (count > this.end - at) {
      throw decodeError('TRUNCATED', `${count} bytes expected, ${this.end - at} left`, at)
    }
    this.position = at + count
    return at
  }

  /** Claims `length` bytes of text or binary. */
  take(length: number): number {
    const at = this.position
    if (length > this.limits.maxStringBytes) throw decodeError('STRING_LIMIT', `${length} bytes in one`, at)
    this.need(length)
    this.charge(length, at)
    return at
  }

  /** Counts `length` bytes of text or binary, be they here or where a reference points. */
  charge(length: number, at: number): void {
    this.bytesLeft -= length
    if (this.bytesLeft < 0) throw decodeError('TOTAL_LIMIT', 'too much text and binary', at)
  }

  /** Claims a value, before it is read. */
  claim(): number {
    if (--this.valuesLeft < 0) throw decodeError('VALUE_LIMIT', 'too many values', this.position)
    return this.position
  }

  /** Refuses a count of things that take at least `size` bytes each and cannot all be there. */
  expect(count: number, size: number): void {
    if (count * size > this.end - this.position) {
      throw decodeError(
        'TRUNCATED',
        `${count} announced, ${this.end - this.position} bytes left`,
        this.position,
      )
    }
  }

  /** Goes one level down. */
  enter(depth: number): number {
    if (depth >= this.limits.maxDepth) throw decodeError('DEPTH_LIMIT', 'nested too deep', this.position)
    return depth + 1
  }

  u8(): number {
    return this.source[this.need(1)] as number
  }

  u16(): number {
    const at = this.need(2)
    return ((this.source[at] as number) << 8) | (this.source[at + 1] as number)
  }

  i32(): number {
    const at = this.need(4)
    const { source } = this
    return (
      ((source[at] as number) << 24) |
      ((source[at + 1] as number) << 16) |
      ((source[at + 2] as number) << 8) |
      (source[at + 3] as number)
    )
  }

  f64(): number {
    const at = this.need(8)
    for (let i = 0; i < 8; i++) scratch[i] = this.source[at + i] as number
    return scratchView.getFloat64(0)
  }

  u29(): number {
    let byte = this.u8()
    if (byte < 0x80) return byte
    let value = byte & 0x7f
    byte = this.u8()
    if (byte < 0x80) return (value << 7) | byte
    value = (value << 7) | (byte & 0x7f)
    byte = this.u8()
    if (byte < 0x80) return (value << 7) | byte
    return (value << 15) | ((byte & 0x7f) << 8) | this.u8()
  }

  bytes(count: number): Uint8Array<ArrayBuffer> {
    const at = this.take(count)
    return new Uint8Array(this.source.subarray(at, at + count))
  }

  utf(): string {
    return this.text(this.u16())
  }

  /** A text of `length` bytes; ill-formed UTF-8 reads as U+FFFD. */
  text(length: number): string {
    const at = this.take(length)
    const text = this.#decode(at, length)
    const { strict, onFault } = this.options
    if ((strict === true || onFault !== undefined) && text.includes('\ufffd')) this.wellFormed(at, length)
    return text
  }

  /** A text, or `undefined` where ill-formed UTF-8 is tolerated. */
  protected wellFormed(at: number, length: number): string | undefined {
    const text = decodeUtf8Strict(this.source, at, at + length)
    if (text === undefined) this.fault('INVALID_UTF8', 'a string is not well-formed UTF-8', at)
    return text
  }

  #decode(at: number, length: number): string {
    const { source } = this
    if (length === 0) return ''
    if (length > CACHED_LENGTH) return decodeUtf8(source, at, at + length)
    const slot =
      ((source[at] as number) * 7 +
        (source[at + length - 1] as number) * 31 +
        (source[at + (length >> 1)] as number) * 131 +
        length * 17) &
      (CACHE_SIZE - 1)
    const cached = cache[slot]
    if (cached !== undefined && cached.bytes.length === length) {
      const { bytes } = cached
      let i = 0
      while (i < length && bytes[i] === source[at + i]) i++
      if (i === length) return cached.text
    }
    const text = decodeUtf8(source, at, at + length)
    cache[slot] = { bytes: source.slice(at, at + length), text }
    return text
  }

  /** Runs a handler, whose errors become ours. */
  handle<T>(className: string, at: number, run: () => T): T {
    try {
      return run()
    } catch (cause) {
      if (isDecodeError(cause)) throw cause
      throw decodeError('CLASS_HANDLER_FAILED', `the handler of class ${className} threw`, at, cause)
    }
  }
}
