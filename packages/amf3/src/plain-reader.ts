import type { Amf3ClassHandler } from './options.ts'
import { decodeError } from './errors.ts'
import { WRAPPER_CLASSES } from './external.ts'
import { Amf3Input } from './input.ts'
import { Marker } from './marker.ts'
import {
  type Amf3Object,
  type Amf3Plain,
  emptyTypedObject,
  fixedVector,
  objectVector,
  setOwn,
  weakDictionary,
  xml,
  xmlDocument,
} from './values.ts'

/** What objects of one class have in common (AMF3 §3.12). */
interface Traits {
  readonly className: string
  readonly names: readonly string[]
  readonly dynamic: boolean
  readonly externalizable: boolean
  readonly handler: Amf3ClassHandler | undefined
  /** Of class name and names together, which each object has as its own. */
  readonly length: number
}

/**
 * Reads AMF3 values one by one into the plain view. The three tables of references last as long as the reader: one
 * reader per message.
 */
export class PlainReader extends Amf3Input {
  readonly #strings: string[] = []
  readonly #objects: Amf3Plain[] = []
  /** The markers of `#objects`. */
  readonly #kinds: number[] = []
  readonly #traits: Traits[] = []
  /**
   * What each of `#objects` holds, with all that references in it stand for: values, and bytes of text and binary. Absent for those that
   * have not ended.
   */
  readonly #heldValues: number[] = []
  readonly #heldBytes: number[] = []
  #depth = 0

  /** The next value. `depth`: how many containers are open around it. */
  read(depth = 0): Amf3Plain {
    const at = this.claim()
    const marker = this.u8()
    switch (marker) {
      case Marker.undefined:
        return undefined
      case Marker.null:
        return null
      case Marker.false:
        return false
      case Marker.true:
        return true
      case Marker.integer:
        return (this.u29() << 3) >> 3
      case Marker.double:
        return this.f64()
      case Marker.string:
        return this.#string()
      default:
        if (marker > Marker.dictionary) {
          throw decodeError('UNKNOWN_MARKER', `marker 0x${marker.toString(16)}`, at)
        }
    }
    const header = this.u29()
    if ((header & 1) === 0) return this.#reference(header >> 1, marker, at)
    // Whatever comes takes the next place in the table, before what is in it.
    const index = this.#objects.length
    const { valuesLeft, bytesLeft } = this
    const value = this.#referable(marker, header, depth, at)
    this.#heldValues[index] = valuesLeft - this.valuesLeft
    this.#heldBytes[index] = bytesLeft - this.bytesLeft
    return value
  }

  /** A value that later ones can refer to. */
  #referable(marker: number, header: number, depth: number, at: number): Amf3Plain {
    const count = header >> 1
    switch (marker) {
      case Marker.date:
        return this.#add(new Date(Math.round(this.f64())), marker)
      case Marker.array:
        return this.#array(count, this.enter(depth))
      case Marker.object:
        return this.#object(header, this.enter(depth), at)
      case Marker.xmlDocument:
        return this.#add(xmlDocument(this.text(count)), marker)
      case Marker.xml:
        return this.#add(xml(this.text(count)), marker)
      case Marker.byteArray:
        return this.#add(this.bytes(count), marker)
      case Marker.vectorObject:
        return this.#objectVector(count, this.enter(depth))
      case Marker.dictionary:
        return this.#dictionary(count, this.enter(depth))
      default:
        return this.#numericVector(count, marker)
    }
  }

  /** For handlers of externalizable classes: the next value, one level below the object. */
  value(): Amf3Plain {
    return this.read(this.#depth)
  }

  #add<T extends Amf3Plain>(value: T, marker: number): T {
    this.#objects.push(value)
    this.#kinds.push(marker)
    return value
  }

  #reference(index: number, marker: number, at: number): Amf3Plain {
    if (index >= this.#objects.length) {
      const error = decodeError('DANGLING_REFERENCE', `object ${index} of ${this.#objects.length}`, at)
      if (this.options.partial !== true) throw error
      this.options.onFault?.(error)
      return undefined
    }
    if (this.#kinds[index] !== marker) {
      this.fault('WRONG_REFERENCE_KIND', 'a reference to a value of another kind', at)
    }
    this.#count(this.#heldValues[index], this.#heldBytes[index], at)
    return this.#objects[index]
  }

  /** Holds a reference against the budgets as what it stands for, where that is asked for. */
  #count(values: number | undefined, bytes: number | undefined, at: number): void {
    if (this.options.countReferences !== true) return
    this.valuesLeft -= values ?? 0
    if (this.valuesLeft < 0) throw decodeError('VALUE_LIMIT', 'too many values behind references', at)
    this.charge(bytes ?? 0, at)
  }

  #string(): string {
    const at = this.position
    const header = this.u29()
    if ((header & 1) === 0) {
      const text = this.#strings[header >> 1]
      if (text === undefined) {
        throw decodeError('DANGLING_REFERENCE', `string ${header >> 1} of ${this.#strings.length}`, at)
      }
      this.#count(0, text.length, at)
      return text
    }
    if (header === 1) return '' // never in the table
    const text = this.text(header >> 1)
    this.#strings.push(text)
    return text
  }

  /** An array; one with named members becomes an object that has the dense values under their numbers. */
  #array(count: number, depth: number): Amf3Plain {
    this.expect(count, 1)
    let name = this.#string()
    if (name === '') {
      const values: Amf3Plain[] = this.#add([], Marker.array)
      this.asFarAsPossible(() => {
        for (let i = 0; i < count; i++) values.push(this.read(depth))
      })
      return values
    }
    const object: Amf3Object = this.#add({}, Marker.array)
    const named: [string, Amf3Plain][] = []
    this.asFarAsPossible(() => {
      for (; name !== ''; name = this.#string()) named.push([name, this.read(depth)])
      for (let i = 0; i < count; i++) object[i] = this.read(depth)
    })
    for (const [key, value] of named) setOwn(object, key, value)
    return object
  }

  #readTraits(header: number): Traits {
    if ((header & 3) === 1) {
      const at = this.position
      const traits = this.#traits[header >> 2]
      if (traits === undefined) {
        throw decodeError('DANGLING_REFERENCE', `traits ${header >> 2} of ${this.#traits.length}`, at)
      }
      this.#count(0, traits.length, at)
      return traits
    }
    const className = this.#string()
    const externalizable = (header & 4) !== 0
    const count = externalizable ? 0 : header >> 4
    this.expect(count, 1)
    if (count > this.valuesLeft) throw decodeError('VALUE_LIMIT', `${count} members`, this.position)
    const names: string[] = []
    for (let i = 0; i < count; i++) names.push(this.#string())
    const handler =
      className === '' ? undefined : this.options.classes?.find((one) => one.className === className)
    const length = names.reduce((sum, name) => sum + name.length, className.length)
    const traits = { className, names, dynamic: (header & 8) !== 0, externalizable, handler, length }
    this.#traits.push(traits)
    return traits
  }

  #object(header: number, depth: number, at: number): Amf3Plain {
    const traits = this.#readTraits(header)
    if (traits.externalizable) return this.#external(traits, depth, at)
    const { className, names, handler } = traits
    const index = this.#objects.length
    const object = this.#add(className === '' ? {} : emptyTypedObject(className), Marker.object)
    this.asFarAsPossible(() => {
      for (let i = 0; i < names.length; i++) setOwn(object, names[i] as string, this.read(depth))
      if (!traits.dynamic) return
      for (let name = this.#string(); name !== ''; name = this.#string()) {
        setOwn(object, name, this.read(depth))
      }
    })
    const { fromProperties } = handler ?? {}
    if (fromProperties === undefined) return object
    return this.#replace(
      index,
      this.handle(className, at, () => fromProperties(object)),
    )
  }

  #replace(index: number, value: unknown): Amf3Plain {
    this.#objects[index] = value as Amf3Plain
    return value as Amf3Plain
  }

  #external({ className, handler }: Traits, depth: number, at: number): Amf3Plain {
    const index = this.#objects.length
    const object = this.#add(emptyTypedObject(className, true), Marker.object)
    const { readExternal } = handler ?? {}
    if (readExternal === undefined) {
      if (!WRAPPER_CLASSES.includes(className)) {
        throw decodeError('UNKNOWN_EXTERNALIZABLE', `no handler for class ${className}`, at)
      }
      object['source'] = this.read(depth)
      return object
    }
    const outer = this.#depth
    this.#depth = depth
    const value = this.handle(className, at, () => readExternal(this))
    this.#depth = outer
    return this.#replace(index, value)
  }

  #numericVector(count: number, marker: number): Amf3Plain {
    const fixed = this.u8() !== 0
    const size = marker === Marker.vectorDouble ? 8 : 4
    this.expect(count, size)
    this.position = this.take(count * size)
    const vector =
      marker === Marker.vectorDouble
        ? new Float64Array(count)
        : marker === Marker.vectorInt
          ? new Int32Array(count)
          : new Uint32Array(count)
    for (let i = 0; i < count; i++) vector[i] = size === 8 ? this.f64() : this.i32()
    return this.#add(fixed ? fixedVector(vector) : vector, marker)
  }

  #objectVector(count: number, depth: number): Amf3Plain[] {
    const fixed = this.u8() !== 0
    const typeName = this.#string()
    this.expect(count, 1)
    const values = this.#add(objectVector(typeName, [], fixed), Marker.vectorObject)
    for (let i = 0; i < count; i++) values.push(this.read(depth))
    return values
  }

  #dictionary(count: number, depth: number): Amf3Plain {
    const weak = this.u8() !== 0
    this.expect(count, 2)
    const map = this.#add(new Map<Amf3Plain, Amf3Plain>(), Marker.dictionary)
    if (weak) weakDictionary(map)
    for (let i = 0; i < count; i++) {
      const key = this.read(depth)
      map.set(key, this.read(depth))
    }
    return map
  }
}
