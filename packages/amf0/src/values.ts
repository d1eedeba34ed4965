/**
 * What AMF values look like in JavaScript where JavaScript has no type of its own for them.
 *
 * Such a value carries a {@link Detail} under one well-known symbol, out of sight of enumeration and comparison. The
 * symbol is shared with `@rtmp/amf3`, so that values travel between the two without either importing the other.
 */
const DETAIL: unique symbol = Symbol.for('@rtmp/amf/detail') as never

/** A value of the plain view, as `decodeAmf0` returns it and `encodeAmf0` takes it. */
export type Amf0Plain =
  | null
  | undefined
  | boolean
  | number
  | string
  | Date
  | Uint8Array
  | XmlDocument
  | Amf0Plain[]
  | { [key: string]: Amf0Plain }

/** An object of the plain view. */
export type Amf0Object = { [key: string]: Amf0Plain }

/** What a value is on the wire beyond what its JavaScript type says. Made by the functions of this module. */
export interface Detail {
  /** `typed`: an object with a class name; `ecmaArray`: see {@link ecmaArray}; `xmlDocument`, `xml`: a text. */
  readonly kind: 'typed' | 'ecmaArray' | 'xmlDocument' | 'xml' | 'vector' | 'dictionary'
  /** Class name of a typed object. */
  readonly name?: string
}

/** Gives values with a detail a prototype of their own, which is how encoders tell them from plain objects cheaply. */
class AmfValue {}

/** The detail of a value, if it has one. */
export const detailOf = (value: object): Detail | undefined => (value as { [DETAIL]?: Detail })[DETAIL]

const withDetail = <T extends object>(value: T, detail: Detail): T =>
  Object.defineProperty(value, DETAIL, { value: detail })

/** Sets an own property whatever its name: `__proto__` too becomes data. */
export const setOwn = (target: object, name: string, value: unknown): void => {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, configurable: true, enumerable: true, writable: true })
  } else {
    ;(target as Record<string, unknown>)[name] = value
  }
}

/** An empty object that will carry a class name. */
export const emptyTypedObject = (className: string): Amf0Object =>
  withDetail(new AmfValue() as Amf0Object, { kind: 'typed', name: className })

/**
 * An object with a class name, to be written as a typed object (AMF0 §2.18, AMF3 §3.12). The decoders return the same
 * for typed objects without a handler. The properties are copied; they read as usual, the class name is read with
 * {@link classNameOf}.
 *
 * @example
 * ```ts
 * encodeAmf0([typedObject('com.example.Point', { x: 1, y: 2 })])
 * ```
 */
export const typedObject = (className: string, properties: Readonly<Record<string, unknown>>): Amf0Object => {
  const typed = emptyTypedObject(className)
  for (const name of Object.keys(properties)) setOwn(typed, name, properties[name])
  return typed
}

/**
 * The class name of a typed object; `undefined` for every other value.
 *
 * @example
 * ```ts
 * classNameOf(typedObject('com.example.Point', { x: 1, y: 2 })) // 'com.example.Point'
 * classNameOf({ x: 1 }) // undefined
 * ```
 */
export const classNameOf = (value: unknown): string | undefined => {
  if (typeof value !== 'object' || value === null) return undefined
  const detail = detailOf(value)
  return detail?.kind === 'typed' ? detail.name : undefined
}

/** A moment in milliseconds, to the nearest whole one: JavaScript's dates have no fractions, and would cut them off. */
export const dateAt = (time: number): Date => new Date(Math.round(time))

/** The properties an {@link ecmaArray} wraps. */
export interface EcmaArray {
  /** Names and values, as they are written. */
  readonly properties: Readonly<Record<string, unknown>>
}

/**
 * Marks an object to be written as an ECMA array (AMF0 §2.10), as encoders do for `onMetaData`. Decoding gives a plain
 * object in both cases; the exact view tells them apart.
 *
 * @example
 * encodeAmf0(['onMetaData', ecmaArray({ width: 1920, height: 1080 })])
 */
export const ecmaArray = (properties: Readonly<Record<string, unknown>>): EcmaArray =>
  withDetail(Object.assign(new AmfValue(), { properties }), { kind: 'ecmaArray' })

/** A text that is an XML document on the wire (AMF0 §2.17). It is never parsed. */
export interface XmlDocument {
  /** The document, not parsed. */
  readonly text: string
}

/**
 * A text to be written as an XML document (AMF0 §2.17); the decoder returns the same.
 *
 * @example
 * ```ts
 * encodeAmf0([xmlDocument('<scene id="1"/>')])
 * ```
 */
export const xmlDocument = (text: string): XmlDocument =>
  withDetail(Object.assign(new AmfValue(), { text }), { kind: 'xmlDocument' })
