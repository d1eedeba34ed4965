import { usageError } from './errors.ts'
import { Marker } from './marker.ts'
import type { Amf0EncodeOptions } from './options.ts'
import { Amf0Output } from './output.ts'
import type { Amf0Entry, Amf0Node } from './tree.ts'

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
    const marker = Marker[node.kind]
    if (marker === undefined) {
      throw usageError('UNSUPPORTED_VALUE', 'no node of the exact view', this.path(depth))
    }
    if (node.kind === 'number') {
      this.#number(marker, node.value, node.raw, depth)
      return
    }
    if (node.kind === 'date') {
      this.#number(marker, node.epochMs, node.raw, depth)
      this.u16(node.timeZone, depth)
      return
    }
    this.u8(marker, depth)
    switch (node.kind) {
      case 'boolean':
        this.u8(node.raw ?? (node.value ? 1 : 0), depth)
        return
      case 'string':
        this.#text(node.value, node.raw, false, depth)
        return
      case 'longString':
      case 'xmlDocument':
        this.#text(node.value, node.raw, true, depth)
        return
      case 'object':
        this.#entries(node.entries, node.endBytes, depth)
        return
      case 'reference':
        this.u16(node.index, depth)
        return
      case 'ecmaArray':
        this.u32(node.count, depth)
        this.#entries(node.entries, node.endBytes, depth)
        return
      case 'strictArray': {
        const inside = this.#enter(depth)
        this.u32(node.values.length, depth)
        for (let i = 0; i < node.values.length; i++) {
          this.names[inside] = i
          this.#node(node.values[i] as Amf0Node, inside)
        }
        return
      }
      case 'typedObject':
        this.#text(node.className, node.rawClassName, false, depth)
        this.#entries(node.entries, node.endBytes, depth)
        return
      case 'avmPlus':
        this.raw(this.amf3(depth).writeNode(node.node, this.path(depth)), depth)
        return
      default:
      // null, undefined and unsupported are their marker
    }
  }

  #enter(depth: number): number {
    if (depth >= this.limits.maxDepth) throw usageError('DEPTH_LIMIT', 'nested too deep', this.path(depth))
    return depth + 1
  }

  #number(marker: number, value: number, raw: Uint8Array | undefined, depth: number): void {
    this.room(9, depth)
    this.number(marker, value)
    if (raw === undefined) return
    this.position -= 8
    this.raw(raw, depth)
  }

  #text(text: string, raw: Uint8Array | undefined, long: boolean, depth: number): void {
    const length = raw === undefined ? this.textLength(text, depth) : raw.length
    if (long) this.u32(length, depth)
    else if (length > 0xffff) {
      throw usageError('NAME_TOO_LONG', `${length} bytes behind a two-byte length`, this.path(depth))
    } else this.u16(length, depth)
    if (raw === undefined) this.text(text, length, depth)
    else this.raw(raw, depth)
  }

  #entries(entries: readonly Amf0Entry[], endBytes: number | undefined, depth: number): void {
    const inside = this.#enter(depth)
    for (const { name, rawName, value } of entries) {
      this.names[inside] = name
      this.#text(name, rawName, false, inside)
      this.#node(value, inside)
    }
    if (endBytes !== 0) this.u16(0, depth)
    if (endBytes === undefined) this.u8(Marker.objectEnd, depth)
  }
}
