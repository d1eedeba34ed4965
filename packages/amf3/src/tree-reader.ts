import { decodeUtf8 } from '@rtmp/bytes'
import { decodeError } from './errors.ts'
import { WRAPPER_CLASSES } from './external.ts'
import { Amf3Input } from './input.ts'
import { Marker } from './marker.ts'
import type { Amf3Member, Amf3Node, Amf3Text, Amf3Traits } from './tree.ts'
import { putU29 } from './u29.ts'

type InlineTraits = Exclude<Amf3Traits, { reference: number }>
type Head = { readonly head?: Uint8Array }

const shortest = new Uint8Array(4)

/** Reads AMF3 values one by one into the exact view. The tables last as long as the reader. */
export class TreeReader extends Amf3Input {
  readonly #strings: string[] = []
  /** The markers of the objects read so far. */
  readonly #objects: number[] = []
  readonly #traits: InlineTraits[] = []
  /** The U29 read last, when it is worth keeping. */
  #head: Head = {}
  /** What the handler of an externalizable object has read so far, and up to where. */
  #body: (Uint8Array | Amf3Node)[] = []
  #bodyAt = 0
  #depth = 0

  /** The next value. `depth`: how many containers are open around it. */
  read(depth = 0): Amf3Node {
    const at = this.claim()
    const marker = this.u8()
    switch (marker) {
      case Marker.undefined:
        return { kind: 'undefined' }
      case Marker.null:
        return { kind: 'null' }
      case Marker.false:
      case Marker.true:
        return { kind: 'boolean', value: marker === Marker.true }
      case Marker.integer:
        return { kind: 'integer', value: (this.#u29() << 3) >> 3, ...this.#head }
      case Marker.double:
        return { kind: 'double', ...this.#double() }
      case Marker.string:
        return { kind: 'string', value: this.#text() }
      default:
        if (marker > Marker.dictionary) {
          throw decodeError('UNKNOWN_MARKER', `marker 0x${marker.toString(16)}`, at)
        }
    }
    const header = this.#u29(marker === Marker.date ? 1 : undefined)
    const head = this.#head
    if ((header & 1) === 0) return this.#reference(header >> 1, marker, at, head)
    if (marker === Marker.object) return this.#object(header, this.enter(depth), at)
    this.#objects.push(marker)
    const count = header >> 1
    switch (marker) {
      case Marker.date: {
        const { value: epochMs, ...raw } = this.#double()
        return { kind: 'date', epochMs, ...raw, ...head }
      }
      case Marker.array:
        return this.#array(count, this.enter(depth), head)
      case Marker.xmlDocument:
      case Marker.xml:
        return { kind: marker === Marker.xml ? 'xml' : 'xmlDocument', ...this.#literal(count), ...head }
      case Marker.byteArray:
        return { kind: 'byteArray', bytes: this.bytes(count), ...head }
      case Marker.vectorObject: {
        const fixed = this.u8()
        const typeName = this.#text()
        return {
          kind: 'vectorObject',
          fixed,
          typeName,
          values: this.#values(count, this.enter(depth)),
          ...head,
        }
      }
      case Marker.dictionary:
        return this.#dictionary(count, this.enter(depth), head)
      default:
        return this.#numericVector(count, marker, head)
    }
  }

  /** For handlers: the next value; scalars as they are, all else as a node. */
  value(): unknown {
    this.#flush()
    const node = this.read(this.#depth)
    this.#bodyAt = this.position
    this.#body.push(node)
    switch (node.kind) {
      case 'undefined':
        return undefined
      case 'null':
        return null
      case 'boolean':
      case 'integer':
      case 'double':
        return node.value
      case 'string':
        return node.value.text
      default:
        return node
    }
  }

  #flush(): void {
    if (this.position > this.#bodyAt) this.#body.push(this.source.slice(this.#bodyAt, this.position))
  }

  /** A U29, keeping its bytes in `#head` unless they are the shortest form of it (or of `usual`). */
  #u29(usual?: number): number {
    const at = this.position
    const value = this.u29()
    const length = putU29(shortest, 0, value)
    const plain =
      this.position - at === length && (usual === undefined || (value & 1) === 0 || value === usual)
    this.#head = plain ? {} : { head: this.source.slice(at, this.position) }
    return value
  }

  #double(): { value: number; raw?: Uint8Array } {
    const at = this.position
    const value = this.f64()
    return Number.isNaN(value) ? { value, raw: this.source.slice(at, at + 8) } : { value }
  }

  #literal(length: number): { text: string; raw?: Uint8Array } {
    const at = this.take(length)
    const text = this.wellFormed(at, length)
    if (text !== undefined) return { text }
    return { text: decodeUtf8(this.source, at, at + length), raw: this.source.slice(at, at + length) }
  }

  #text(): Amf3Text {
    const at = this.position
    const header = this.#u29()
    const head = this.#head
    const index = header >> 1
    if ((header & 1) === 0) {
      const text = this.#strings[index]
      if (text === undefined) {
        throw decodeError('DANGLING_REFERENCE', `string ${index} of ${this.#strings.length}`, at)
      }
      return { text, reference: index, ...head }
    }
    const literal = this.#literal(index)
    if (index > 0) this.#strings.push(literal.text)
    return { ...literal, ...head }
  }

  #reference(index: number, marker: number, at: number, head: Head): Amf3Node {
    const kind = this.#objects[index]
    if (kind === undefined) {
      throw decodeError('DANGLING_REFERENCE', `object ${index} of ${this.#objects.length}`, at)
    }
    if (kind !== marker) this.fault('WRONG_REFERENCE_KIND', 'a reference to a value of another kind', at)
    return { kind: 'reference', marker, index, ...head }
  }

  #values(count: number, depth: number): Amf3Node[] {
    this.expect(count, 1)
    const values: Amf3Node[] = []
    for (let i = 0; i < count; i++) values.push(this.read(depth))
    return values
  }

  #members(depth: number): { members: Amf3Member[]; end: { end?: Uint8Array } } {
    const members: Amf3Member[] = []
    for (;;) {
      const name = this.#text()
      // Never a reference: the empty string is in no table.
      if (name.text === '') return { members, end: name.head === undefined ? {} : { end: name.head } }
      members.push({ name, value: this.read(depth) })
    }
  }

  #array(count: number, depth: number, head: Head): Amf3Node {
    this.expect(count, 1)
    const { members, end } = this.#members(depth)
    return { kind: 'array', named: members, values: this.#values(count, depth), ...head, ...end }
  }

  #readTraits(header: number, head: Head): [traits: Amf3Traits, inline: InlineTraits] {
    if ((header & 3) === 1) {
      const reference = header >> 2
      const inline = this.#traits[reference]
      if (inline === undefined) {
        throw decodeError(
          'DANGLING_REFERENCE',
          `traits ${reference} of ${this.#traits.length}`,
          this.position,
        )
      }
      return [{ reference, ...head }, inline]
    }
    const externalizable = (header & 4) !== 0
    const kept = externalizable && header !== 7 && head.head === undefined ? this.#lastHead(header) : head
    const className = this.#text()
    const count = externalizable ? 0 : header >> 4
    this.expect(count, 1)
    if (count > this.valuesLeft) throw decodeError('VALUE_LIMIT', `${count} members`, this.position)
    const names: Amf3Text[] = []
    for (let i = 0; i < count; i++) names.push(this.#text())
    const dynamic = !externalizable && (header & 8) !== 0
    const inline = { className, names, dynamic, externalizable, ...kept }
    this.#traits.push(inline)
    return [inline, inline]
  }

  /** The header of an externalizable object whose upper bits, which mean nothing, are not zero. */
  #lastHead(header: number): Head {
    const length = putU29(shortest, 0, header)
    return { head: this.source.slice(this.position - length, this.position) }
  }

  #object(header: number, depth: number, at: number): Amf3Node {
    const [traits, inline] = this.#readTraits(header, this.#head)
    this.#objects.push(Marker.object)
    if (inline.externalizable) return this.#external(traits, inline.className.text, depth, at)
    const sealed: Amf3Node[] = []
    for (let i = 0; i < inline.names.length; i++) sealed.push(this.read(depth))
    if (!inline.dynamic) return { kind: 'object', traits, sealed }
    const { members, end } = this.#members(depth)
    return { kind: 'object', traits, sealed, dynamic: members, ...end }
  }

  #external(traits: Amf3Traits, className: string, depth: number, at: number): Amf3Node {
    const readExternal = this.options.classes?.find((one) => one.className === className)?.readExternal
    if (readExternal === undefined) {
      if (!WRAPPER_CLASSES.includes(className)) {
        throw decodeError('UNKNOWN_EXTERNALIZABLE', `no handler for class ${className}`, at)
      }
      return { kind: 'externalizable', className, traits, body: [this.read(depth)] }
    }
    const outer = [this.#body, this.#bodyAt, this.#depth] as const
    const body: (Uint8Array | Amf3Node)[] = []
    this.#body = body
    this.#bodyAt = this.position
    this.#depth = depth
    this.handle(className, at, () => readExternal(this))
    this.#flush()
    ;[this.#body, this.#bodyAt, this.#depth] = outer
    return { kind: 'externalizable', className, traits, body }
  }

  #numericVector(count: number, marker: number, head: Head): Amf3Node {
    const fixed = this.u8()
    if (marker === Marker.vectorDouble) {
      this.expect(count, 8)
      return { kind: 'vectorDouble', fixed, bytes: this.bytes(count * 8), ...head }
    }
    this.expect(count, 4)
    this.position = this.take(count * 4)
    const kind = marker === Marker.vectorInt ? 'vectorInt' : 'vectorUint'
    const values: number[] = []
    for (let i = 0; i < count; i++) values.push(kind === 'vectorInt' ? this.i32() : this.i32() >>> 0)
    return { kind, fixed, values, ...head }
  }

  #dictionary(count: number, depth: number, head: Head): Amf3Node {
    const weak = this.u8()
    this.expect(count, 2)
    const entries: { key: Amf3Node; value: Amf3Node }[] = []
    for (let i = 0; i < count; i++) entries.push({ key: this.read(depth), value: this.read(depth) })
    return { kind: 'dictionary', weak, entries, ...head }
  }
}
