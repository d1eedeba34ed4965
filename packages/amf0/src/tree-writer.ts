import {
  AVM_PLUS,
  BOOLEAN,
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
  UNSUPPORTED,
  XML_DOCUMENT,
} from './marker.ts'
import type { Amf0EncodeOptions } from './options.ts'
import { Amf0Output } from './output.ts'
import { usageError } from './errors.ts'
import type { Amf0Entry, Amf0Node } from './tree.ts'

const MARKERS: Readonly<Record<Amf0Node['kind'], number>> = {
  number: NUMBER,
  boolean: BOOLEAN,
  string: STRING,
  object: OBJECT,
  null: NULL,
  undefined: UNDEFINED,
  reference: REFERENCE,
  ecmaArray: ECMA_ARRAY,
  strictArray: STRICT_ARRAY,
  date: DATE,
  longString: LONG_STRING,
  unsupported: UNSUPPORTED,
  xmlDocument: XML_DOCUMENT,
  typedObject: TYPED_OBJECT,
  avmPlus: AVM_PLUS,
}

/** Writes the exact view. References are written as the indices they are: the writer keeps no table. */
export class TreeWriter extends Amf0Output {
  /** All values of a message. */
  writeAll(nodes: readonly Amf0Node[], options: Amf0EncodeOptions): Uint8Array<ArrayBuffer> {
    this.begin(options)
    for (let i = 0; i < nodes.length; i++) {
      this.names[0] = i
      this.#node(nodes[i] as Amf0Node, 0)
    }
    return this.finish().slice()
  }

  #node(node: Amf0Node, depth: number): void {
    this.claim(depth)
    const marker = MARKERS[node.kind]
    if (marker === undefined) throw usageError('UNSUPPORTED_VALUE', this.path(depth))
    switch (node.kind) {
      case 'number':
        return this.#number(marker, node.value, node.raw, depth)
      case 'date':
        this.#number(marker, node.epochMs, node.raw, depth)
        return this.u16(node.timeZone, depth)
    }
    this.u8(marker, depth)
    switch (node.kind) {
      case 'boolean':
        return this.u8(node.raw ?? (node.value ? 1 : 0), depth)
      case 'string':
        return this.#text(node.value, node.raw, 2, depth)
      case 'longString':
      case 'xmlDocument':
        return this.#text(node.value, node.raw, 4, depth)
      case 'typedObject':
        this.#text(node.className, node.raw, 2, depth)
        return this.#entries(node, depth)
      case 'ecmaArray':
        this.u32(node.count, depth)
        return this.#entries(node, depth)
      case 'object':
        return this.#entries(node, depth)
      case 'reference':
        return this.u16(node.index, depth)
      case 'strictArray': {
        const inside = this.enter(node, depth)
        this.u32(node.values.length, depth)
        for (const [i, value] of node.values.entries()) {
          this.names[inside] = i
          this.#node(value, inside)
        }
        return
      }
      case 'avmPlus':
        return this.avmPlus(node.node, depth)
      default:
      // null, undefined and unsupported are their marker
    }
  }

  #number(marker: number, value: number, raw: Uint8Array | undefined, depth: number): void {
    this.room(9, depth)
    this.number(marker, value)
    if (raw === undefined) return
    this.position -= 8
    this.raw(raw, depth)
  }

  #text(text: string, raw: Uint8Array | undefined, size: 2 | 4, depth: number): void {
    this.utf8(raw ?? this.encode(text, depth), size, depth)
  }

  #entries(
    node: { readonly entries: readonly Amf0Entry[]; readonly endBytes?: number },
    depth: number,
  ): void {
    const inside = this.enter(node, depth)
    for (const entry of node.entries) {
      this.names[inside] = entry.name
      this.#text(entry.name, entry.raw, 2, inside)
      this.#node(entry.value, inside)
    }
    if (node.endBytes !== 0) this.u16(0, depth)
    if (node.endBytes === undefined) this.u8(OBJECT_END, depth)
  }
}
