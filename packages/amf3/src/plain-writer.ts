import { usageError } from './errors.ts'
import { type ExternalOutput, WRAPPER_CLASSES } from './external.ts'
import { Marker } from './marker.ts'
import type { Amf3ClassHandler } from './options.ts'
import { Amf3Output } from './output.ts'
import { detailOf, isFixedVector, isWeakDictionary } from './values.ts'

/** Traits inline, dynamic, no sealed members; the class name follows. */
const DYNAMIC_TRAITS = 0x0b
/** Traits inline, externalizable; the class name follows. */
const EXTERNAL_TRAITS = 0x07

/** Writes plain values as AMF3, with references for strings, objects and traits that come again. */
export class PlainWriter extends Amf3Output implements ExternalOutput {
  readonly #strings = new Map<string, number>()
  readonly #objects = new Map<object, number>()
  /** Traits by what tells them apart: the class name, or that and the member names. */
  readonly #traits = new Map<string, number>()

  /** The bytes of all values of a message, in memory of their own. */
  writeAll(values: readonly unknown[]): Uint8Array<ArrayBuffer> {
    // Holes are values as well.
    for (let i = 0; i < values.length; i++) {
      this.root = `$[${i}]`
      this.value(values[i])
    }
    return this.memory.slice(0, this.position)
  }

  /**
   * The bytes of one value, in memory of their own.
   *
   * @param root - Path to the value, for errors.
   * @param depth - How many containers are open around it.
   */
  write(value: unknown, root = '$', depth = 0): Uint8Array<ArrayBuffer> {
    const start = this.position
    this.root = root
    this.depth = this.base = depth
    this.value(value)
    const bytes = this.memory.slice(start, this.position)
    this.position = start
    return bytes
  }

  value(value: unknown): void {
    if (--this.valuesLeft < 0) throw usageError('VALUE_LIMIT', 'too many values', this.path())
    switch (typeof value) {
      case 'undefined':
        this.u8(Marker.undefined)
        return
      case 'boolean':
        this.u8(value ? Marker.true : Marker.false)
        return
      case 'number':
        this.#number(value)
        return
      case 'string':
        this.u8(Marker.string)
        this.#string(value)
        return
      case 'object':
        if (value === null) this.u8(Marker.null)
        else this.#object(value)
        return
      default:
        throw usageError('UNSUPPORTED_VALUE', `a ${typeof value} has no AMF3 form`, this.path())
    }
  }

  /** 29-bit integers as integers; all else, minus zero too, as doubles (AMF3 §3.6). */
  #number(value: number): void {
    const integer = (value << 3) >> 3
    if (integer === value && !Object.is(value, -0)) {
      this.u8(Marker.integer)
      this.u29(integer & 0x1fffffff)
    } else {
      this.u8(Marker.double)
      this.f64(value)
    }
  }

  #string(text: string): void {
    if (text === '') {
      this.u8(1)
      return
    }
    const index = this.#strings.get(text)
    if (index !== undefined) {
      this.u29(index << 1)
      return
    }
    this.#strings.set(text, this.#strings.size)
    const length = this.textLength(text)
    this.u29((length << 1) | 1)
    this.text(text, length)
  }

  #object(value: object): void {
    const prototype = Object.getPrototypeOf(value) as unknown
    if (prototype === Object.prototype || prototype === null) {
      if (this.#begin(value, Marker.object)) this.#anonymous(value)
    } else if (Array.isArray(value)) this.#array(value)
    else if (value instanceof Uint8Array) this.#byteArray(value, value)
    else this.#special(value)
  }

  /** Writes the marker, and a reference when the object has been written before; else notes it and says true. */
  #begin(value: object, marker: number): boolean {
    this.u8(marker)
    const index = this.#objects.get(value)
    if (index === undefined) {
      this.#objects.set(value, this.#objects.size)
      return true
    }
    this.u29(index << 1)
    return false
  }

  #enter(): void {
    if (this.depth >= this.limits.maxDepth) throw usageError('DEPTH_LIMIT', 'nested too deep', this.path())
    this.depth += 1
  }

  #member(name: string | number, value: unknown): void {
    this.names[this.depth - 1] = name
    this.value(value)
  }

  #special(value: object): void {
    const detail = detailOf(value)
    switch (detail?.kind) {
      case 'typed':
        if (this.#begin(value, Marker.object)) this.#typed(detail.name as string, value, detail.flag === true)
        return
      case 'ecmaArray':
        this.#associative((value as { properties: object }).properties)
        return
      case 'xml':
      case 'xmlDocument':
        this.#xml(value as { text: string }, detail.kind === 'xml' ? Marker.xml : Marker.xmlDocument)
        return
    }
    for (const handler of this.options.classes ?? []) {
      if (handler.matches?.(value) === true) {
        if (this.#begin(value, Marker.object)) this.#handled(value, handler)
        return
      }
    }
    this.#builtIn(value, Object.prototype.toString.call(value).slice(8, -1))
  }

  #builtIn(value: object, tag: string): void {
    switch (tag) {
      case 'Object':
        if (this.#begin(value, Marker.object)) this.#anonymous(value)
        return
      case 'Date':
        if (!this.#begin(value, Marker.date)) return
        this.u8(1)
        this.f64((value as Date).getTime())
        return
      case 'Map':
        this.#dictionary(value as Map<unknown, unknown>)
        return
      case 'ArrayBuffer':
        this.#byteArray(value, new Uint8Array(value as ArrayBuffer))
        return
      case 'Uint8Array':
      case 'Uint8ClampedArray':
      case 'DataView': {
        const { buffer, byteOffset, byteLength } = value as DataView
        this.#byteArray(value, new Uint8Array(buffer, byteOffset, byteLength))
        return
      }
      case 'Int8Array':
      case 'Int16Array':
      case 'Int32Array':
        this.#numericVector(value as Int32Array, Marker.vectorInt)
        return
      case 'Uint16Array':
      case 'Uint32Array':
        this.#numericVector(value as Uint32Array, Marker.vectorUint)
        return
      case 'Float32Array':
      case 'Float64Array':
        this.#numericVector(value as Float64Array, Marker.vectorDouble)
        return
      default:
        throw usageError('UNSUPPORTED_VALUE', `a ${tag} has no AMF3 form`, this.path())
    }
  }

  #traitsOf(key: string): boolean {
    const index = this.#traits.get(key)
    if (index !== undefined) {
      this.u29((index << 2) | 1)
      return true
    }
    this.#traits.set(key, this.#traits.size)
    return false
  }

  #anonymous(value: object): void {
    this.#enter()
    if (!this.#traitsOf('')) {
      this.u8(DYNAMIC_TRAITS)
      this.u8(1)
    }
    this.#members(value)
    this.depth -= 1
  }

  /** Name and value in turn, closed by the empty name. */
  #members(value: object): void {
    for (const name of Object.keys(value)) {
      if (name === '') {
        if (this.options.strict !== true) continue
        throw usageError('EMPTY_NAME', 'a dynamic member with an empty name', this.path())
      }
      this.names[this.depth - 1] = name
      this.#string(name)
      this.value((value as Record<string, unknown>)[name])
    }
    this.u8(1)
  }

  #typed(className: string, properties: object, externalizable: boolean): void {
    this.#enter()
    if (externalizable && WRAPPER_CLASSES.includes(className)) {
      this.#externalTraits(className)
      this.#member('source', (properties as { source?: unknown }).source)
    } else {
      const names = Object.keys(properties)
      if (!this.#traitsOf(JSON.stringify([className, names]))) {
        this.u29((names.length << 4) | 3)
        this.#string(className)
        for (const name of names) this.#string(name)
      }
      for (const name of names) this.#member(name, (properties as Record<string, unknown>)[name])
    }
    this.depth -= 1
  }

  #externalTraits(className: string): void {
    if (this.#traitsOf(JSON.stringify(className))) return
    this.u8(EXTERNAL_TRAITS)
    this.#string(className)
  }

  #handled(value: object, handler: Amf3ClassHandler): void {
    if (handler.writeExternal === undefined) {
      this.#typed(handler.className, handler.toProperties?.(value) ?? value, false)
      return
    }
    this.#enter()
    this.#externalTraits(handler.className)
    this.names[this.depth - 1] = handler.className
    handler.writeExternal(value, this)
    this.depth -= 1
  }

  #array(values: readonly unknown[]): void {
    const detail = detailOf(values)
    if (values.length > this.valuesLeft) {
      throw usageError('VALUE_LIMIT', `an array of ${values.length} elements`, this.path())
    }
    if (detail?.kind === 'vector') {
      if (!this.#begin(values, Marker.vectorObject)) return
      this.u29((values.length << 1) | 1)
      this.u8(detail.flag === true ? 1 : 0)
      this.#string(detail.name as string)
    } else {
      if (!this.#begin(values, Marker.array)) return
      this.u29((values.length << 1) | 1)
      this.u8(1)
    }
    this.#enter()
    for (let i = 0; i < values.length; i++) this.#member(i, values[i])
    this.depth -= 1
  }

  #associative(properties: object): void {
    if (!this.#begin(properties, Marker.array)) return
    this.#enter()
    this.u8(1)
    this.#members(properties)
    this.depth -= 1
  }

  #xml(value: { text: string }, marker: number): void {
    if (!this.#begin(value, marker)) return
    const length = this.textLength(value.text)
    this.u29((length << 1) | 1)
    this.text(value.text, length)
  }

  #byteArray(value: object, bytes: Uint8Array): void {
    if (!this.#begin(value, Marker.byteArray)) return
    this.u29((bytes.length << 1) | 1)
    this.bytes(bytes)
  }

  #numericVector(vector: Int32Array | Uint32Array | Float64Array, marker: number): void {
    if (!this.#begin(vector, marker)) return
    const size = marker === Marker.vectorDouble ? 8 : 4
    if (vector.length * size > this.limits.maxStringBytes) {
      throw usageError('STRING_LIMIT', `${vector.length * size} bytes in one`, this.path())
    }
    this.u29((vector.length << 1) | 1)
    this.u8(isFixedVector(vector) ? 1 : 0)
    for (const item of vector) {
      if (size === 8) this.f64(item)
      else this.i32(item)
    }
  }

  #dictionary(map: Map<unknown, unknown>): void {
    if (!this.#begin(map, Marker.dictionary)) return
    if (map.size * 2 > this.valuesLeft) {
      throw usageError('VALUE_LIMIT', `a map of ${map.size} entries`, this.path())
    }
    this.#enter()
    this.u29((map.size << 1) | 1)
    this.u8(isWeakDictionary(map) ? 1 : 0)
    let index = 0
    for (const [key, value] of map) {
      this.#member(index, key)
      this.#member(index++, value)
    }
    this.depth -= 1
  }
}
