import { ByteWriter, encodeUtf8, type UsageError } from '@rtmp/bytes'
import { type Amf0UsageErrorCode, usageError } from './errors.ts'
import { type Amf0Limits, resolveLimits } from './limits.ts'
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

/** Writes the exact view of one message. References are written as the indices they are: no table is kept. */
export class TreeWriter {
  readonly #out = new ByteWriter()
  /** Names and indices on the way to the value at hand. */
  readonly #names: (string | number)[] = []
  #valuesLeft: number
  readonly limits: Amf0Limits
  readonly options: Amf0EncodeOptions
  /** The AMF3 codec's own. */
  amf3: unknown

  constructor(options: Amf0EncodeOptions) {
    this.options = options
    this.limits = resolveLimits(options.limits)
    this.#valuesLeft = this.limits.maxValues
  }

  /** All values of the message. */
  writeAll(nodes: readonly Amf0Node[]): Uint8Array<ArrayBuffer> {
    for (const [i, node] of nodes.entries()) this.#step(i, () => this.#node(node))
    return this.#out.finish()
  }

  #step(name: string | number, write: () => void): void {
    this.#names.push(name)
    write()
    this.#names.pop()
  }

  #path(): string {
    return `$${this.#names.map((name) => (typeof name === 'number' ? `[${name}]` : `.${name}`)).join('')}`
  }

  #failure(code: Amf0UsageErrorCode): UsageError {
    return usageError(code, this.#path())
  }

  #node(node: Amf0Node): void {
    if (--this.#valuesLeft < 0) throw this.#failure('VALUE_LIMIT')
    const marker = MARKERS[node.kind]
    if (marker === undefined) throw this.#failure('UNSUPPORTED_VALUE')
    const out = this.#out
    out.u8(marker)
    switch (node.kind) {
      case 'number':
        this.#number(node.value, node.raw)
        break
      case 'date':
        this.#number(node.epochMs, node.raw)
        out.u16(node.timeZone)
        break
      case 'boolean':
        out.u8(node.raw ?? (node.value ? 1 : 0))
        break
      case 'string':
        this.#text(node.value, node.raw, 2)
        break
      case 'longString':
      case 'xmlDocument':
        this.#text(node.value, node.raw, 4)
        break
      case 'typedObject':
        this.#text(node.className, node.raw, 2)
        this.#entries(node)
        break
      case 'ecmaArray':
        out.u32(node.count)
        this.#entries(node)
        break
      case 'object':
        this.#entries(node)
        break
      case 'reference':
        out.u16(node.index)
        break
      case 'strictArray':
        this.#enter()
        out.u32(node.values.length)
        for (const [i, value] of node.values.entries()) this.#step(i, () => this.#node(value))
        break
      case 'avmPlus':
        this.#avmPlus(node.node)
        break
      default:
      // null, undefined and unsupported are their marker
    }
    if (out.length > this.limits.maxTotalBytes) throw this.#failure('TOTAL_LIMIT')
  }

  #number(value: number, raw: Uint8Array | undefined): void {
    if (raw === undefined) this.#out.f64(value)
    else this.#out.bytes(raw)
  }

  #text(text: string, raw: Uint8Array | undefined, size: 2 | 4): void {
    const { maxStringBytes } = this.limits
    if (raw === undefined && this.options.strict === true && /\p{Surrogate}/u.test(text)) {
      throw this.#failure('LONE_SURROGATE')
    }
    // Each character takes a byte at least: this comes before memory is spent.
    if ((raw ?? text).length > maxStringBytes) throw this.#failure('STRING_LIMIT')
    const bytes = raw ?? encodeUtf8(text)
    if (bytes.length > maxStringBytes) throw this.#failure('STRING_LIMIT')
    if (size === 4) this.#out.u32(bytes.length)
    else if (bytes.length > 0xffff) throw this.#failure('NAME_TOO_LONG')
    else this.#out.u16(bytes.length)
    this.#out.bytes(bytes)
  }

  #enter(): void {
    // The first name is the value's place in the message, the others are one for each container that is open.
    if (this.#names.length > this.limits.maxDepth) throw this.#failure('DEPTH_LIMIT')
  }

  #entries(node: { readonly entries: readonly Amf0Entry[]; readonly endBytes?: number }): void {
    this.#enter()
    for (const { name, raw, value } of node.entries) {
      this.#step(name, () => {
        this.#text(name, raw, 2)
        this.#node(value)
      })
    }
    if (node.endBytes !== 0) this.#out.u16(0)
    if (node.endBytes === undefined) this.#out.u8(OBJECT_END)
  }

  #avmPlus(node: object): void {
    const { amf3 } = this.options
    if (amf3 === undefined) throw this.#failure('AMF3_NOT_AVAILABLE')
    this.#out.bytes(amf3.write(node, this, this.#path(), this.#names.length - 1))
  }
}
