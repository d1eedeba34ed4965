import { decodeUtf8, decodeUtf8Strict } from '@rtmp/bytes'
import type { Amf3ValueReader } from './amf3-codec.ts'
import { type Amf0DecodeErrorCode, decodeError } from './errors.ts'
import { Marker } from './marker.ts'
import { type Amf0DecodeOptions, resolveLimits } from './options.ts'
import { type Amf0Object, type Amf0Plain, emptyTypedObject, setOwn, xmlDocument } from './values.ts'

const scratch = new Uint8Array(8)
const scratchView = new DataView(scratch.buffer)
const NO_OPTIONS: Amf0DecodeOptions = {}

/**
 * Reads AMF0 values one by one into the plain view. The table of references lasts as long as the reader: one reader
 * per RTMP message.
 *
 * Invariant: every byte that is read, and every length that is followed, has been checked against `end` first.
 */
export class PlainReader {
  readonly bytes: Uint8Array
  /** Position of the next byte. */
  position: number
  readonly end: number
  readonly #options: Amf0DecodeOptions
  readonly #maxDepth: number
  readonly #maxStringBytes: number
  #valuesLeft: number
  #bytesLeft: number
  /** Objects and arrays in the order of their markers. */
  readonly #table: Amf0Plain[] = []
  #amf3: Amf3ValueReader | undefined

  constructor(bytes: Uint8Array, start: number, options: Amf0DecodeOptions = NO_OPTIONS) {
    const limits = resolveLimits(options.limits)
    this.bytes = bytes
    this.position = start
    this.end = bytes.length
    this.#options = options
    this.#maxDepth = limits.maxDepth
    this.#maxStringBytes = limits.maxStringBytes
    this.#valuesLeft = limits.maxValues
    this.#bytesLeft = limits.maxTotalBytes
  }

  /** The next value. */
  read(depth = 0): Amf0Plain {
    const at = this.position
    if (--this.#valuesLeft < 0) throw decodeError('VALUE_LIMIT', 'too many values', at)
    const marker = this.#u8()
    switch (marker) {
      case Marker.number:
        return this.#f64()
      case Marker.boolean:
        return this.#u8() !== 0
      case Marker.string:
        return this.#text(this.#u16())
      case Marker.object:
        return this.#properties({}, this.#enter(depth))
      case Marker.null:
        return null
      case Marker.undefined:
      case Marker.unsupported:
        return undefined
      case Marker.reference:
        return this.#reference(at)
      case Marker.ecmaArray:
        return this.#ecmaArray(depth, at)
      case Marker.strictArray:
        return this.#strictArray(depth)
      case Marker.date:
        return this.#date()
      case Marker.longString:
        return this.#text(this.#u32())
      case Marker.xmlDocument:
        return xmlDocument(this.#text(this.#u32()))
      case Marker.typedObject:
        return this.#typedObject(depth, at)
      case Marker.avmPlus:
        return this.#avmPlus(depth, at)
      case Marker.objectEnd:
        throw decodeError('UNEXPECTED_OBJECT_END', 'object end where a value must stand', at)
      default:
        throw decodeError('UNKNOWN_MARKER', `marker 0x${marker.toString(16)}`, at)
    }
  }

  #need(count: number): number {
    const at = this.position
    if (count > this.end - at) {
      throw decodeError('TRUNCATED', `${count} bytes expected, ${this.end - at} left`, at)
    }
    this.position = at + count
    return at
  }

  #u8(): number {
    return this.bytes[this.#need(1)] as number
  }

  #u16(): number {
    const at = this.#need(2)
    return ((this.bytes[at] as number) << 8) | (this.bytes[at + 1] as number)
  }

  #u32(): number {
    return this.#u16() * 0x10000 + this.#u16()
  }

  #f64(): number {
    const at = this.#need(8)
    for (let i = 0; i < 8; i++) scratch[i] = this.bytes[at + i] as number
    return scratchView.getFloat64(0)
  }

  #text(length: number): string {
    const at = this.position
    if (length > this.#maxStringBytes) throw decodeError('STRING_LIMIT', `a string of ${length} bytes`, at)
    this.#need(length)
    this.#bytesLeft -= length
    if (this.#bytesLeft < 0) throw decodeError('TOTAL_LIMIT', 'too much text', at)
    const { strict, onFault } = this.#options
    if (strict !== true && onFault === undefined) return decodeUtf8(this.bytes, at, at + length)
    const text = decodeUtf8Strict(this.bytes, at, at + length)
    if (text !== undefined) return text
    this.#fault('INVALID_UTF8', 'a string is not well-formed UTF-8', at)
    return decodeUtf8(this.bytes, at, at + length)
  }

  /** A fault that is tolerated unless `strict`. */
  #fault(code: Amf0DecodeErrorCode, message: string, at: number): void {
    const { strict, onFault } = this.#options
    if (strict !== true && onFault === undefined) return
    const error = decodeError(code, message, at)
    if (strict === true) throw error
    onFault?.(error)
  }

  #enter(depth: number): number {
    if (depth >= this.#maxDepth) throw decodeError('DEPTH_LIMIT', 'nested too deep', this.position)
    return depth + 1
  }

  #reference(at: number): Amf0Plain {
    const index = this.#u16()
    if (index >= this.#table.length) {
      throw decodeError('DANGLING_REFERENCE', `reference ${index} of ${this.#table.length}`, at)
    }
    return this.#table[index]
  }

  /** Properties up to the object end, which may be missing only where the input ends. */
  #properties(target: Amf0Object, depth: number, count = -1, start = 0): Amf0Object {
    this.#table.push(target)
    let found = 0
    for (;;) {
      const at = this.position
      if (at === this.end || (this.end - at === 2 && this.bytes[at] === 0 && this.bytes[at + 1] === 0)) {
        this.#fault('MISSING_OBJECT_END', 'the input ends inside an object', at)
        this.position = this.end
        break
      }
      const length = this.#u16()
      if (length === 0) {
        if (this.position < this.end && this.bytes[this.position] === Marker.objectEnd) {
          this.position += 1
          break
        }
        this.#fault('EMPTY_NAME', 'a property with an empty name', at)
      }
      const name = this.#text(length)
      setOwn(target, name, this.read(depth))
      found += 1
    }
    if (count >= 0 && count !== found) {
      this.#fault('WRONG_ARRAY_COUNT', `${found} properties where ${count} were announced`, start)
    }
    return target
  }

  #ecmaArray(depth: number, at: number): Amf0Object {
    const count = this.#u32()
    return this.#properties({}, this.#enter(depth), count, at)
  }

  #strictArray(depth: number): Amf0Plain[] {
    const count = this.#u32()
    const inside = this.#enter(depth)
    // Each element takes at least a byte, so a count beyond the input is refused before the first one is read.
    if (count > this.end - this.position) {
      throw decodeError('TRUNCATED', `${count} elements in ${this.end - this.position} bytes`, this.position)
    }
    const values: Amf0Plain[] = []
    this.#table.push(values)
    for (let i = 0; i < count; i++) values.push(this.read(inside))
    return values
  }

  /** The time zone is read past: a writer must set it to zero, and it does not shift the time (AMF0 §2.13). */
  #date(): Date {
    const time = this.#f64()
    this.#need(2)
    return new Date(time)
  }

  #typedObject(depth: number, at: number): Amf0Plain {
    const className = this.#text(this.#u16())
    const index = this.#table.length
    const typed = this.#properties(emptyTypedObject(className), this.#enter(depth))
    const handler = this.#options.classes?.find((one) => one.className === className)
    if (handler?.fromProperties === undefined) return typed
    try {
      const value = handler.fromProperties(typed) as Amf0Plain
      this.#table[index] = value
      return value
    } catch (cause) {
      throw decodeError('CLASS_HANDLER_FAILED', `the handler of class ${className} threw`, at, cause)
    }
  }

  #avmPlus(depth: number, at: number): Amf0Plain {
    const { amf3, strict, onFault } = this.#options
    if (amf3 === undefined) throw decodeError('AMF3_NOT_AVAILABLE', 'an AMF3 value, and no amf3 codec', at)
    this.#amf3 ??= amf3.openReader(this.bytes, {
      limits: resolveLimits(this.#options.limits),
      strict: strict === true,
      onFault: onFault as (fault: Error) => void,
    })
    const reader = this.#amf3
    reader.position = this.position
    reader.valuesLeft = this.#valuesLeft + 1 // the marker and the value behind it are one
    reader.bytesLeft = this.#bytesLeft
    const value = reader.read(depth) as Amf0Plain
    this.position = reader.position
    this.#valuesLeft = reader.valuesLeft
    this.#bytesLeft = reader.bytesLeft
    return value
  }
}
