import { loneSurrogateAt, utf8Length, writeUtf8 } from '@rtmp/bytes'
import type { Amf3ValueWriter } from './amf3-codec.ts'
import { usageError } from './errors.ts'
import type { Amf0Limits } from './limits.ts'
import { Marker } from './marker.ts'
import { type Amf0EncodeOptions, resolveLimits } from './options.ts'
import { detailOf } from './values.ts'

const float = new Float64Array(1)
const floatBytes = new Uint8Array(float.buffer)
/** Position in `floatBytes` of the most significant byte: 7 on little-endian machines. */
float[0] = 1
const HIGH = floatBytes[7] === 0x3f ? 7 : 0
const STEP = HIGH === 7 ? -1 : 1
const NO_OPTIONS: Amf0EncodeOptions = {}

/** Writes plain values as AMF0 into memory that grows. */
export class PlainWriter {
  #bytes = new Uint8Array(1024)
  #position = 0
  readonly #options: Amf0EncodeOptions
  readonly #limits: Amf0Limits
  #valuesLeft: number
  /** Names and indices from the top down to the value at hand, and the containers they stand in. */
  readonly #names: (string | number)[] = []
  readonly #open: object[] = []
  /** Index of each object written, when references are on. */
  readonly #table: Map<object, number> | undefined
  #amf3: Amf3ValueWriter | undefined

  constructor(options: Amf0EncodeOptions = NO_OPTIONS) {
    this.#options = options
    this.#limits = resolveLimits(options.limits)
    this.#valuesLeft = this.#limits.maxValues
    this.#table = options.references === true ? new Map() : undefined
  }

  /** What has been written, in memory of its own. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#position)
  }

  /** Appends one value; `index` is its place among the values written. */
  write(value: unknown, index: number): void {
    this.#names[0] = index
    this.#value(value, 0)
  }

  #path(depth: number): string {
    let path = '$'
    for (const name of this.#names.slice(0, depth + 1)) {
      path +=
        typeof name === 'number'
          ? `[${name}]`
          : /^[A-Za-z_$][\w$]*$/.test(name)
            ? `.${name}`
            : `[${JSON.stringify(name)}]`
    }
    return path
  }

  #room(count: number, depth: number): number {
    const at = this.#position
    const needed = at + count
    if (needed > this.#bytes.length) {
      if (needed > this.#limits.maxTotalBytes) {
        throw usageError('TOTAL_LIMIT', 'too many bytes', this.#path(depth))
      }
      const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, at))
      this.#bytes = larger
    }
    this.#position = needed
    return at
  }

  #u8(value: number, depth: number): void {
    const at = this.#room(1, depth)
    this.#bytes[at] = value
  }

  #u16(value: number, depth: number): void {
    const at = this.#room(2, depth)
    this.#bytes[at] = value >>> 8
    this.#bytes[at + 1] = value
  }

  #u32(value: number, depth: number): void {
    this.#u16(value >>> 16, depth)
    this.#u16(value, depth)
  }

  #f64(value: number, depth: number): void {
    const at = this.#room(8, depth)
    float[0] = value
    for (let i = 0, from = HIGH; i < 8; i++, from += STEP) this.#bytes[at + i] = floatBytes[from] as number
  }

  #value(value: unknown, depth: number): void {
    if (--this.#valuesLeft < 0) throw usageError('VALUE_LIMIT', 'too many values', this.#path(depth))
    switch (typeof value) {
      case 'number':
        this.#u8(Marker.number, depth)
        this.#f64(value, depth)
        return
      case 'boolean':
        this.#u16(value ? 0x0101 : 0x0100, depth)
        return
      case 'string':
        this.#string(value, depth)
        return
      case 'undefined':
        this.#u8(Marker.undefined, depth)
        return
      case 'object':
        if (value === null) this.#u8(Marker.null, depth)
        else this.#object(value, depth)
        return
      default:
        throw usageError('UNSUPPORTED_VALUE', `a ${typeof value} has no AMF0 form`, this.#path(depth))
    }
  }

  #textLength(text: string, depth: number): number {
    const length = utf8Length(text)
    if (length > this.#limits.maxStringBytes) {
      throw usageError('STRING_LIMIT', `a string of ${length} bytes`, this.#path(depth))
    }
    if (this.#options.strict === true && loneSurrogateAt(text) >= 0) {
      throw usageError('LONE_SURROGATE', 'a lone surrogate cannot be written', this.#path(depth))
    }
    return length
  }

  #text(text: string, length: number, depth: number): void {
    const at = this.#room(length, depth)
    writeUtf8(this.#bytes, at, text)
  }

  #string(text: string, depth: number): void {
    const length = this.#textLength(text, depth)
    if (length > 0xffff) {
      this.#u8(Marker.longString, depth)
      this.#u32(length, depth)
    } else {
      this.#u8(Marker.string, depth)
      this.#u16(length, depth)
    }
    this.#text(text, length, depth)
  }

  #name(text: string, depth: number): void {
    const length = this.#textLength(text, depth)
    if (length > 0xffff) throw usageError('NAME_TOO_LONG', `a name of ${length} bytes`, this.#path(depth))
    this.#u16(length, depth)
    this.#text(text, length, depth)
  }

  /** Whether the object was written before and a reference to it has been written now; notes it if not. */
  #referred(value: object, depth: number): boolean {
    const table = this.#table
    if (table === undefined) return false
    const index = table.get(value)
    if (index !== undefined && index <= 0xffff) {
      this.#u8(Marker.reference, depth)
      this.#u16(index, depth)
      return true
    }
    if (index === undefined) table.set(value, table.size)
    return false
  }

  #enter(value: object, depth: number): number {
    if (depth >= this.#limits.maxDepth) {
      if (this.#open.slice(0, depth).includes(value)) {
        throw usageError('CYCLE', 'an object inside itself', this.#path(depth))
      }
      throw usageError('DEPTH_LIMIT', 'nested too deep', this.#path(depth))
    }
    this.#open[depth] = value
    return depth + 1
  }

  #object(value: object, depth: number): void {
    if (Array.isArray(value)) {
      this.#strictArray(value, depth)
      return
    }
    const prototype = Object.getPrototypeOf(value) as unknown
    if (prototype === Object.prototype || prototype === null) {
      this.#anonymous(value, depth)
      return
    }
    const detail = detailOf(value)
    switch (detail?.kind) {
      case 'typed':
        this.#typedObject(detail.name as string, value, value, depth)
        return
      case 'ecmaArray':
        this.#ecmaArray((value as { properties: object }).properties, depth)
        return
      case 'xmlDocument':
      case 'xml': {
        const { text } = value as { text: string }
        const length = this.#textLength(text, depth)
        this.#u8(Marker.xmlDocument, depth)
        this.#u32(length, depth)
        this.#text(text, length, depth)
        return
      }
      default:
        this.#instance(value, depth)
    }
  }

  #instance(value: object, depth: number): void {
    for (const handler of this.#options.classes ?? []) {
      if (handler.matches?.(value) === true) {
        this.#typedObject(handler.className, value, handler.toProperties?.(value) ?? value, depth)
        return
      }
    }
    const tag = Object.prototype.toString.call(value).slice(8, -1)
    if (tag === 'Date') {
      this.#u8(Marker.date, depth)
      this.#f64((value as Date).getTime(), depth)
      this.#u16(0, depth)
    } else if (tag === 'Object') {
      this.#anonymous(value, depth)
    } else if (ArrayBuffer.isView(value) || tag === 'Map') {
      this.#avmPlus(value, depth)
    } else throw usageError('UNSUPPORTED_VALUE', `a ${tag} has no AMF0 form`, this.#path(depth))
  }

  #anonymous(value: object, depth: number): void {
    if (this.#referred(value, depth)) return
    this.#u8(Marker.object, depth)
    this.#properties(value, Object.keys(value), this.#enter(value, depth))
  }

  #typedObject(className: string, value: object, properties: object, depth: number): void {
    if (this.#referred(value, depth)) return
    this.#u8(Marker.typedObject, depth)
    this.#name(className, depth)
    this.#properties(properties, Object.keys(properties), this.#enter(value, depth))
  }

  #ecmaArray(properties: object, depth: number): void {
    if (this.#referred(properties, depth)) return
    const names = Object.keys(properties)
    this.#u8(Marker.ecmaArray, depth)
    this.#u32(names.length - (names.includes('') ? 1 : 0), depth)
    this.#properties(properties, names, this.#enter(properties, depth))
  }

  #properties(object: object, names: readonly string[], depth: number): void {
    for (const name of names) {
      this.#names[depth] = name
      if (name === '') {
        if (this.#options.strict !== true) continue
        throw usageError('EMPTY_NAME', 'a property with an empty name', this.#path(depth))
      }
      this.#name(name, depth)
      this.#value((object as Record<string, unknown>)[name], depth)
    }
    this.#u16(0, depth)
    this.#u8(Marker.objectEnd, depth)
  }

  #strictArray(values: readonly unknown[], depth: number): void {
    if (this.#referred(values, depth)) return
    const inside = this.#enter(values, depth)
    if (values.length > this.#valuesLeft) {
      throw usageError('VALUE_LIMIT', `an array of ${values.length} elements`, this.#path(depth))
    }
    this.#u8(Marker.strictArray, depth)
    this.#u32(values.length, depth)
    for (let i = 0; i < values.length; i++) {
      this.#names[inside] = i
      this.#value(values[i], inside)
    }
  }

  #avmPlus(value: object, depth: number): void {
    const { amf3, strict } = this.#options
    if (amf3 === undefined) {
      throw usageError('AMF3_NOT_AVAILABLE', 'only AMF3 can hold this, and no amf3 codec', this.#path(depth))
    }
    this.#amf3 ??= amf3.openWriter({ limits: this.#limits, strict: strict === true })
    const bytes = this.#amf3.write(value, this.#path(depth), depth)
    this.#u8(Marker.avmPlus, depth)
    const at = this.#room(bytes.length, depth)
    this.#bytes.set(bytes, at)
  }
}
