import { decodeUtf8 } from '@rtmp/bytes'
import { decodeError } from './errors.ts'
import { Amf0Input } from './input.ts'
import { Marker } from './marker.ts'
import type { Amf0Entry, Amf0Node } from './tree.ts'

interface Text {
  readonly value: string
  readonly raw?: Uint8Array
}

/** Reads AMF0 values one by one into the exact view. */
export class TreeReader extends Amf0Input {
  /** How many objects and arrays have begun. */
  #objects = 0

  /** The next value. `depth`: how many containers are open around it. */
  read(depth = 0): Amf0Node {
    const at = this.position
    const marker = this.marker()
    switch (marker) {
      case Marker.number:
        return { kind: 'number', ...this.#number() }
      case Marker.boolean: {
        const raw = this.u8()
        return { kind: 'boolean', value: raw !== 0, ...(raw > 1 ? { raw } : {}) }
      }
      case Marker.string:
        return { kind: 'string', ...this.#text(this.u16()) }
      case Marker.object:
        return { kind: 'object', ...this.#entries(depth) }
      case Marker.null:
        return { kind: 'null' }
      case Marker.undefined:
        return { kind: 'undefined' }
      case Marker.unsupported:
        return { kind: 'unsupported' }
      case Marker.reference:
        return this.#reference(at)
      case Marker.ecmaArray: {
        const count = this.u32()
        const start = this.position
        const entries = this.#entries(depth)
        this.checkCount(count, entries.entries.length, start)
        return { kind: 'ecmaArray', count, ...entries }
      }
      case Marker.strictArray:
        return { kind: 'strictArray', values: this.#values(depth) }
      case Marker.date: {
        const { value: epochMs, ...raw } = this.#number()
        return { kind: 'date', epochMs, timeZone: (this.u16() << 16) >> 16, ...raw }
      }
      case Marker.longString:
        return { kind: 'longString', ...this.#text(this.u32()) }
      case Marker.xmlDocument:
        return { kind: 'xmlDocument', ...this.#text(this.u32()) }
      case Marker.typedObject: {
        const { value: className, raw } = this.#text(this.u16())
        const rawClassName = raw === undefined ? {} : { rawClassName: raw }
        return { kind: 'typedObject', className, ...rawClassName, ...this.#entries(depth) }
      }
      case Marker.avmPlus:
        return { kind: 'avmPlus', node: this.avmPlus((reader) => reader.readNode(depth)) }
      default:
        throw this.refuse(marker)
    }
  }

  #number(): { value: number; raw?: Uint8Array } {
    const at = this.position
    const value = this.f64()
    return Number.isNaN(value) ? { value, raw: this.source.slice(at, at + 8) } : { value }
  }

  #text(length: number): Text {
    const at = this.take(length)
    const value = this.wellFormed(at, length)
    if (value !== undefined) return { value }
    return { value: decodeUtf8(this.source, at, at + length), raw: this.source.slice(at, at + length) }
  }

  #reference(at: number): Amf0Node {
    const index = this.u16()
    if (index >= this.#objects) {
      throw decodeError('DANGLING_REFERENCE', `reference ${index} of ${this.#objects}`, at)
    }
    return { kind: 'reference', index }
  }

  #entries(depth: number): { entries: Amf0Entry[]; endBytes?: number } {
    const inside = this.enter(depth)
    this.#objects += 1
    const entries: Amf0Entry[] = []
    for (;;) {
      const at = this.position
      if (this.endsEarly()) return { entries, endBytes: this.end - at }
      const length = this.nameLength()
      if (length < 0) return { entries }
      const { value: name, raw } = this.#text(length)
      const rawName = raw === undefined ? {} : { rawName: raw }
      entries.push({ name, ...rawName, value: this.read(inside) })
    }
  }

  #values(depth: number): Amf0Node[] {
    const count = this.elementCount()
    const inside = this.enter(depth)
    this.#objects += 1
    const values: Amf0Node[] = []
    for (let i = 0; i < count; i++) values.push(this.read(inside))
    return values
  }
}
