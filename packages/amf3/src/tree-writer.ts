import { usageError } from './errors.ts'
import { Marker } from './marker.ts'
import { Amf3Output } from './output.ts'
import type { Amf3Member, Amf3Node, Amf3Text, Amf3Traits } from './tree.ts'

/** What holds other values; the others are as deep as what they are in. */
const CONTAINERS: ReadonlySet<Amf3Node['kind']> = new Set([
  'array',
  'object',
  'externalizable',
  'vectorObject',
  'dictionary',
])

/** Writes the exact view. References are written as the indices they are: the writer keeps no tables. */
export class TreeWriter extends Amf3Output {
  /** The bytes of all values of a message, in memory of their own. */
  writeAll(nodes: readonly Amf3Node[]): Uint8Array<ArrayBuffer> {
    for (const [i, node] of nodes.entries()) {
      this.root = `$[${i}]`
      this.#node(node)
    }
    return this.memory.slice(0, this.position)
  }

  /**
   * The bytes of one value, in memory of their own.
   *
   * @param root - Path to the value, for errors.
   * @param depth - How many containers are open around it.
   */
  write(node: Amf3Node, root: string, depth = 0): Uint8Array<ArrayBuffer> {
    this.root = root
    this.depth = this.base = depth
    this.#node(node)
    return this.memory.slice(0, this.position)
  }

  #u29(value: number, head: Uint8Array | undefined): void {
    if (head === undefined) this.u29(value)
    else this.bytes(head)
  }

  #double(value: number, raw: Uint8Array | undefined): void {
    if (raw === undefined) this.f64(value)
    else this.bytes(raw)
  }

  #literal(text: string, raw: Uint8Array | undefined, head: Uint8Array | undefined): void {
    const length = raw === undefined ? this.textLength(text) : raw.length
    this.#u29((length << 1) | 1, head)
    if (raw === undefined) this.text(text, length)
    else this.bytes(raw)
  }

  #text({ text, reference, raw, head }: Amf3Text): void {
    if (reference === undefined) this.#literal(text, raw, head)
    else this.#u29(reference << 1, head)
  }

  #values(nodes: readonly Amf3Node[]): void {
    for (const node of nodes) this.#node(node)
  }

  #members(members: readonly Amf3Member[], end: Uint8Array | undefined): void {
    for (const { name, value } of members) {
      this.#text(name)
      this.#node(value)
    }
    this.#u29(1, end)
  }

  #traits(traits: Amf3Traits): void {
    if ('reference' in traits) {
      this.#u29((traits.reference << 2) | 1, traits.head)
      return
    }
    const { className, names, dynamic, externalizable, head } = traits
    this.#u29(externalizable ? 7 : (names.length << 4) | (dynamic ? 0x0b : 0x03), head)
    this.#text(className)
    for (const name of names) this.#text(name)
  }

  #node(node: Amf3Node): void {
    if (--this.valuesLeft < 0) throw usageError('VALUE_LIMIT', 'too many values', this.path())
    if (!CONTAINERS.has(node.kind)) {
      this.#body(node)
      return
    }
    if (this.depth >= this.limits.maxDepth) throw usageError('DEPTH_LIMIT', 'nested too deep', this.path())
    this.depth += 1
    this.#body(node)
    this.depth -= 1
  }

  #body(node: Amf3Node): void {
    switch (node.kind) {
      case 'boolean':
        this.u8(node.value ? Marker.true : Marker.false)
        return
      case 'reference':
        this.u8(node.marker)
        this.#u29(node.index << 1, node.head)
        return
      case 'externalizable':
        this.u8(Marker.object)
        this.#traits(node.traits)
        for (const piece of node.body) {
          if (piece instanceof Uint8Array) this.bytes(piece)
          else this.#node(piece)
        }
        return
    }
    const marker = Marker[node.kind]
    if (marker === undefined) throw usageError('UNSUPPORTED_VALUE', 'no node of the exact view', this.path())
    this.u8(marker)
    switch (node.kind) {
      case 'integer':
        this.#u29(node.value & 0x1fffffff, node.head)
        return
      case 'double':
        this.#double(node.value, node.raw)
        return
      case 'string':
        this.#text(node.value)
        return
      case 'xmlDocument':
      case 'xml':
        this.#literal(node.text, node.raw, node.head)
        return
      case 'date':
        this.#u29(1, node.head)
        this.#double(node.epochMs, node.raw)
        return
      case 'array':
        this.#u29((node.values.length << 1) | 1, node.head)
        this.#members(node.named, node.end)
        this.#values(node.values)
        return
      case 'object':
        this.#traits(node.traits)
        this.#values(node.sealed)
        if (node.dynamic !== undefined) this.#members(node.dynamic, node.end)
        return
      case 'byteArray':
        this.#u29((node.bytes.length << 1) | 1, node.head)
        this.bytes(node.bytes)
        return
      case 'vectorInt':
      case 'vectorUint':
        this.#u29((node.values.length << 1) | 1, node.head)
        this.u8(node.fixed)
        for (const value of node.values) this.i32(value)
        return
      case 'vectorDouble':
        this.#u29((node.bytes.length >> 2) | 1, node.head)
        this.u8(node.fixed)
        this.bytes(node.bytes)
        return
      case 'vectorObject':
        this.#u29((node.values.length << 1) | 1, node.head)
        this.u8(node.fixed)
        this.#text(node.typeName)
        this.#values(node.values)
        return
      case 'dictionary':
        this.#u29((node.entries.length << 1) | 1, node.head)
        this.u8(node.weak)
        for (const { key, value } of node.entries) {
          this.#node(key)
          this.#node(value)
        }
        return
      default:
      // undefined and null are their marker
    }
  }
}
