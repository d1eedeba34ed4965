import {
  at,
  avmPlus,
  bytesSince,
  checkCount,
  elementCount,
  enter,
  f64,
  illFormed,
  marker,
  nameSize,
  reference,
  refuse,
  text,
  u16,
  u32,
  u8,
} from './reader.ts'
import {
  AVM_PLUS,
  BOOLEAN,
  DATE,
  ECMA_ARRAY,
  LONG_STRING,
  NULL,
  NUMBER,
  OBJECT,
  REFERENCE,
  STRICT_ARRAY,
  STRING,
  TYPED_OBJECT,
  UNDEFINED,
  UNSUPPORTED,
  XML_DOCUMENT,
} from './marker.ts'
import type { Amf0Entry, Amf0Node } from './tree.ts'

/** Adds what is worth keeping of the bytes to a node. */
const withRaw = <T extends object, R>(node: T, raw: R | undefined): T & { raw?: R } =>
  raw === undefined ? node : { ...node, raw }

/** The next value in the exact view. `depth`: how many containers are open around it. */
export const readTree = (depth: number): Amf0Node => {
  const start = at
  const code = marker()
  switch (code) {
    case NUMBER: {
      const value = f64()
      return withRaw({ kind: 'number', value }, rawNumber(value))
    }
    case BOOLEAN: {
      const raw = u8()
      return withRaw({ kind: 'boolean', value: raw !== 0 }, raw > 1 ? raw : undefined)
    }
    case STRING:
      return { kind: 'string', ...rawText(u16()) }
    case OBJECT:
      return { kind: 'object', ...entries(depth) }
    case NULL:
      return { kind: 'null' }
    case UNDEFINED:
      return { kind: 'undefined' }
    case UNSUPPORTED:
      return { kind: 'unsupported' }
    case REFERENCE:
      return { kind: 'reference', index: reference() }
    case ECMA_ARRAY: {
      const count = u32()
      const node: Amf0Node = { kind: 'ecmaArray', count, ...entries(depth) }
      checkCount(count, node.entries.length, start + 1)
      return node
    }
    case STRICT_ARRAY: {
      const values: Amf0Node[] = []
      const count = elementCount()
      const inside = enter(depth, undefined)
      for (let i = 0; i < count; i++) values.push(readTree(inside))
      return { kind: 'strictArray', values }
    }
    case DATE: {
      const epochMs = f64()
      const raw = rawNumber(epochMs)
      return withRaw({ kind: 'date', epochMs, timeZone: (u16() << 16) >> 16 }, raw)
    }
    case LONG_STRING:
      return { kind: 'longString', ...rawText(u32()) }
    case XML_DOCUMENT:
      return { kind: 'xmlDocument', ...rawText(u32()) }
    case TYPED_OBJECT: {
      const { value: className, raw } = rawText(u16())
      return withRaw({ kind: 'typedObject', className, ...entries(depth) }, raw)
    }
    case AVM_PLUS:
      return { kind: 'avmPlus', node: avmPlus(depth) as object }
    default:
      throw refuse(code)
  }
}

/** The bytes of a NaN. */
const rawNumber = (value: number): Uint8Array | undefined =>
  Number.isNaN(value) ? bytesSince(at - 8) : undefined

const rawText = (size: number): { value: string; raw?: Uint8Array } => {
  const start = at
  const value = text(size)
  return withRaw({ value }, illFormed(value, start))
}

const entries = (depth: number): { entries: Amf0Entry[]; endBytes?: number } => {
  const inside = enter(depth, undefined)
  const list: Amf0Entry[] = []
  for (;;) {
    const start = at
    const size = nameSize()
    if (size < 0) {
      const endBytes = at - start
      return endBytes === 3 ? { entries: list } : { entries: list, endBytes }
    }
    const { value: name, raw } = rawText(size)
    list.push(withRaw({ name, value: readTree(inside) }, raw))
  }
}
