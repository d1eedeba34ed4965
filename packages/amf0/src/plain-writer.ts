import { usageError } from './errors.ts'
import {
  AVM_PLUS,
  DATE,
  ECMA_ARRAY,
  LONG_STRING,
  NULL,
  NUMBER,
  OBJECT,
  OBJECT_END,
  REFERENCE,
  STRICT_ARRAY,
  STRING,
  TYPED_OBJECT,
  UNDEFINED,
  XML_DOCUMENT,
} from './marker.ts'
import type { Amf0EncodeOptions } from './options.ts'
import { Amf0Output } from './output.ts'
import { detailOf } from './values.ts'

/** A string of this many characters fits 65,535 bytes whatever they are. */
const SURELY_SHORT = 0xffff / 3

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value) as unknown
  return prototype === Object.prototype || prototype === null
}

/** Whether plain objects inherit nothing enumerable: some old libraries do add to `Object.prototype`. */
const nothingInherited = (): boolean => {
  for (const _ in Object.prototype) return false
  return true
}

/** Stands where no container is open. */
const nothing = {}

/** Writes plain values as AMF0. */
export class PlainWriter extends Amf0Output {
  /** Index of each object written, when references are on. */
  #table: Map<object, number> | undefined
  #nothingInherited = true
  /** Whether a message is being written: a getter or handler may ask for another meanwhile. */
  busy = false

  /** All values of a message. */
  writeAll(values: readonly unknown[], options: Amf0EncodeOptions): Uint8Array<ArrayBuffer> {
    this.begin(options)
    this.#table = options.references === true ? new Map() : undefined
    this.#nothingInherited = nothingInherited()
    for (let i = 0; i < values.length; i++) {
      this.names[0] = i
      this.#value(values[i], 0)
    }
    this.#table = undefined
    return this.finish()
  }

  /** Lets go of what the last message left behind. */
  release(): void {
    this.open.fill(nothing)
    this.#table = undefined
  }

  #value(value: unknown, depth: number): void {
    this.claim(depth)
    switch (typeof value) {
      case 'number':
        this.room(9, depth)
        this.number(NUMBER, value)
        return
      case 'boolean':
        this.u16(value ? 0x0101 : 0x0100, depth)
        return
      case 'string':
        this.#string(value, depth)
        return
      case 'undefined':
        this.u8(UNDEFINED, depth)
        return
      case 'object':
        if (value === null) this.u8(NULL, depth)
        else this.#object(value, depth)
        return
      default:
        throw usageError('UNSUPPORTED_VALUE', this.path(depth))
    }
  }

  #string(text: string, depth: number): void {
    if (text.length <= SURELY_SHORT) {
      this.u8(STRING, depth)
      this.shortText(text, depth)
      return
    }
    const bytes = this.encode(text, depth)
    const long = bytes.length > 0xffff
    this.u8(long ? LONG_STRING : STRING, depth)
    this.utf8(bytes, long ? 4 : 2, depth)
  }

  /** Whether the object was written before and a reference to it has been written now; notes it if not. */
  #referred(value: object, depth: number): boolean {
    const table = this.#table
    if (table === undefined) return false
    const index = table.get(value)
    if (index !== undefined && index <= 0xffff) {
      this.u8(REFERENCE, depth)
      this.u16(index, depth)
      return true
    }
    if (index === undefined) table.set(value, table.size)
    return false
  }

  #object(value: object, depth: number): void {
    if (isPlain(value)) this.#anonymous(value, depth)
    else if (Array.isArray(value)) this.#strictArray(value, depth)
    else this.#special(value, depth)
  }

  #special(value: object, depth: number): void {
    const detail = detailOf(value)
    switch (detail?.kind) {
      case 'typed':
        this.#typedObject(detail.name as string, value, value, depth)
        return
      case 'ecmaArray':
        this.#ecmaArray((value as { properties: object }).properties, depth)
        return
      case 'xmlDocument':
      case 'xml':
        this.u8(XML_DOCUMENT, depth)
        this.utf8(this.encode((value as { text: string }).text, depth), 4, depth)
        return
    }
    for (const handler of this.options.classes ?? []) {
      if (handler.matches?.(value) === true) {
        this.#typedObject(handler.className, value, handler.toProperties?.(value) ?? value, depth)
        return
      }
    }
    const tag = Object.prototype.toString.call(value).slice(8, -1)
    if (tag === 'Date') {
      this.room(9, depth)
      this.number(DATE, (value as Date).getTime())
      this.u16(0, depth)
    } else if (tag === 'Object') {
      this.#anonymous(value, depth)
    } else if (ArrayBuffer.isView(value) || tag === 'Map' || tag === 'ArrayBuffer') {
      this.u8(AVM_PLUS, depth)
      this.avmPlus(value, depth)
    } else throw usageError('UNSUPPORTED_VALUE', this.path(depth))
  }

  #anonymous(value: object, depth: number): void {
    if (this.#referred(value, depth)) return
    this.u8(OBJECT, depth)
    this.#properties(value, this.enter(value, depth))
  }

  #typedObject(className: string, value: object, properties: object, depth: number): void {
    if (this.#referred(value, depth)) return
    this.u8(TYPED_OBJECT, depth)
    this.shortText(className, depth)
    this.#properties(properties, this.enter(value, depth))
  }

  #ecmaArray(properties: object, depth: number): void {
    if (this.#referred(properties, depth)) return
    this.u8(ECMA_ARRAY, depth)
    this.u32(0, depth)
    const behind = this.position - this.start
    const count = this.#properties(properties, this.enter(properties, depth))
    this.patchU32(this.start + behind - 4, count)
  }

  /** The own enumerable properties, in their order; gives their number. */
  #properties(properties: object, depth: number): number {
    const own = this.#nothingInherited && isPlain(properties)
    let count = 0
    for (const name in properties) {
      if (!own && !Object.hasOwn(properties, name)) continue
      this.names[depth] = name
      if (name === '') {
        if (this.options.strict !== true) continue
        throw usageError('EMPTY_NAME', this.path(depth))
      }
      this.shortText(name, depth)
      const value = (properties as Record<string, unknown>)[name]
      if (typeof value === 'number') {
        this.claim(depth)
        this.number(NUMBER, value)
      } else this.#value(value, depth)
      count += 1
    }
    this.u16(0, depth)
    this.u8(OBJECT_END, depth)
    this.open[depth - 1] = nothing
    return count
  }

  #strictArray(values: readonly unknown[], depth: number): void {
    if (this.#referred(values, depth)) return
    const inside = this.enter(values, depth)
    const count = values.length
    if (count > this.valuesLeft) {
      throw usageError('VALUE_LIMIT', this.path(depth))
    }
    this.u8(STRICT_ARRAY, depth)
    this.u32(count, depth)
    for (let i = 0; i < count; i++) {
      this.names[inside] = i
      this.#value(values[i], inside)
    }
    this.open[depth] = nothing
  }
}
