import { decodeError } from './errors.ts'
import { Amf0Input } from './input.ts'
import { Marker } from './marker.ts'
import { type Amf0Object, type Amf0Plain, emptyTypedObject, setOwn, xmlDocument } from './values.ts'

/**
 * Reads AMF0 values one by one into the plain view. The table of references lasts as long as the reader: one reader
 * per RTMP message.
 */
export class PlainReader extends Amf0Input {
  /** Objects and arrays in the order of their markers. */
  readonly #table: Amf0Plain[] = []

  /** The next value. `depth`: how many containers are open around it. */
  read(depth = 0): Amf0Plain {
    const at = this.position
    const marker = this.marker()
    switch (marker) {
      case Marker.number:
        return this.f64()
      case Marker.boolean:
        return this.u8() !== 0
      case Marker.string:
        return this.text(this.u16())
      case Marker.object:
        return this.#object({}, depth)
      case Marker.null:
        return null
      case Marker.undefined:
      case Marker.unsupported:
        return undefined
      case Marker.reference:
        return this.#reference(at)
      case Marker.ecmaArray:
        return this.#object({}, depth, this.u32())
      case Marker.strictArray:
        return this.#strictArray(depth)
      case Marker.date:
        return this.#date()
      case Marker.longString:
        return this.text(this.u32())
      case Marker.xmlDocument:
        return xmlDocument(this.text(this.u32()))
      case Marker.typedObject:
        return this.#typedObject(depth, at)
      case Marker.avmPlus:
        return this.avmPlus((reader) => reader.read(depth)) as Amf0Plain
      default:
        throw this.refuse(marker)
    }
  }

  #reference(at: number): Amf0Plain {
    const index = this.u16()
    if (index >= this.#table.length) {
      throw decodeError('DANGLING_REFERENCE', `reference ${index} of ${this.#table.length}`, at)
    }
    return this.#table[index]
  }

  #object(target: Amf0Object, depth: number, announced = -1): Amf0Object {
    const inside = this.enter(depth)
    const start = this.position
    this.#table.push(target)
    let found = 0
    while (!this.endsEarly()) {
      const length = this.nameLength()
      if (length < 0) break
      const name = this.text(length)
      setOwn(target, name, this.read(inside))
      found += 1
    }
    if (announced >= 0) this.checkCount(announced, found, start)
    return target
  }

  #strictArray(depth: number): Amf0Plain[] {
    const count = this.elementCount()
    const inside = this.enter(depth)
    const values: Amf0Plain[] = []
    this.#table.push(values)
    for (let i = 0; i < count; i++) values.push(this.read(inside))
    return values
  }

  /** The time zone is read past: a writer must set it to zero, and it does not shift the time (AMF0 §2.13). */
  #date(): Date {
    const time = this.f64()
    this.need(2)
    return new Date(time)
  }

  #typedObject(depth: number, at: number): Amf0Plain {
    const className = this.text(this.u16())
    const index = this.#table.length
    const typed = this.#object(emptyTypedObject(className), depth)
    const handler = this.options.classes?.find((one) => one.className === className)
    if (handler?.fromProperties === undefined) return typed
    try {
      return (this.#table[index] = handler.fromProperties(typed) as Amf0Plain)
    } catch (cause) {
      throw decodeError('CLASS_HANDLER_FAILED', `the handler of class ${className} threw`, at, cause)
    }
  }
}
