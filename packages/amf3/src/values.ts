/**
 * What AMF values look like in JavaScript where JavaScript has no type of its own for them.
 *
 * Such a value carries a {@link Detail} under one well-known symbol, out of sight of enumeration and comparison. The
 * symbol is shared with `@rtmp/amf0`, so that values travel between the two without either importing the other.
 */
const DETAIL: unique symbol = Symbol.for('@rtmp/amf/detail') as never

/** A value of the plain view, as `decodeAmf3` returns it and `encodeAmf3` takes it. */
export type Amf3Plain =
  | null
  | undefined
  | boolean
  | number
  | string
  | Date
  | Uint8Array
  | Int32Array
  | Uint32Array
  | Float64Array
  | XmlText
  | Map<Amf3Plain, Amf3Plain>
  | Amf3Plain[]
  | { [key: string]: Amf3Plain }

/** An object of the plain view. */
export type Amf3Object = { [key: string]: Amf3Plain }

/** A text that is XML on the wire (AMF3 §3.9, §3.13). It is never parsed. */
export interface XmlText {
  /** The document, not parsed. */
  readonly text: string
}

/** What a value is on the wire beyond what its JavaScript type says. Made by the functions of this module. */
export interface Detail {
  readonly kind: 'typed' | 'ecmaArray' | 'xmlDocument' | 'xml' | 'vector' | 'dictionary'
  /** Class name of a typed object, type name of a `Vector.<Object>`. */
  readonly name?: string
  /** Vectors: of fixed length. Dictionaries: keys are held weakly. Typed objects: externalizable. */
  readonly flag?: boolean
}

/** Gives values with a detail a prototype of their own, which is how encoders tell them from plain objects cheaply. */
class AmfValue {}

/** The detail of a value, if it has one. */
export const detailOf = (value: object): Detail | undefined => (value as { [DETAIL]?: Detail })[DETAIL]

/** Attaches a detail to a value that has just been made. */
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
export const emptyTypedObject = (className: string, externalizable = false): Amf3Object =>
  withDetail(new AmfValue() as Amf3Object, { kind: 'typed', name: className, flag: externalizable })

/**
 * An object with a class name, to be written with sealed members (AMF3 §3.12). The decoders return the same for typed
 * objects without a handler. The properties are copied; they read as usual, the class name is read with
 * {@link classNameOf}.
 *
 * @example
 * ```ts
 * encodeAmf3([typedObject('com.example.Point', { x: 1, y: 2 })])
 * ```
 */
export const typedObject = (className: string, properties: Readonly<Record<string, unknown>>): Amf3Object => {
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
 * ```
 */
export const classNameOf = (value: unknown): string | undefined => {
  if (typeof value !== 'object' || value === null) return undefined
  const detail = detailOf(value)
  return detail?.kind === 'typed' ? detail.name : undefined
}

/**
 * Marks an object to be written as an array with named members only (AMF3 §3.11), which ActionScript calls an
 * associative array. Decoding gives a plain object; the exact view tells them apart.
 */
export const ecmaArray = (
  properties: Readonly<Record<string, unknown>>,
): { readonly properties: Readonly<Record<string, unknown>> } =>
  withDetail(Object.assign(new AmfValue(), { properties }), { kind: 'ecmaArray' })

/** A text to be written as XML (E4X, AMF3 §3.13); the decoder returns the same. */
export const xml = (text: string): XmlText =>
  withDetail(Object.assign(new AmfValue(), { text }), { kind: 'xml' })

/** A text to be written as a legacy XMLDocument (AMF3 §3.9); the decoder returns the same. */
export const xmlDocument = (text: string): XmlText =>
  withDetail(Object.assign(new AmfValue(), { text }), { kind: 'xmlDocument' })

/**
 * An array to be written as a `Vector.<Object>` (AMF3 §3.15); the decoder returns the same. The items are copied.
 *
 * @example
 * ```ts
 * encodeAmf3([objectVector('*', [{ x: 1 }, 'two'])])
 * ```
 *
 * @param typeName - Name of the items' class, `'*'` for any.
 * @param fixed - Whether the vector's length is fixed, default false.
 */
export const objectVector = (typeName: string, items: readonly unknown[], fixed = false): Amf3Plain[] =>
  withDetail([...items] as Amf3Plain[], { kind: 'vector', name: typeName, flag: fixed })

/**
 * Marks a numeric vector as one of fixed length (AMF3 §3.15). Returns the same array.
 *
 * @example
 * ```ts
 * encodeAmf3([fixedVector(Int32Array.of(1, 2, 3))])
 * ```
 */
export const fixedVector = <T extends Int32Array | Uint32Array | Float64Array>(vector: T): T =>
  withDetail(vector, { kind: 'vector', flag: true })

/**
 * Marks a dictionary as one with weak keys (AMF3 §3.16). Returns the same map.
 *
 * @example
 * ```ts
 * encodeAmf3([weakDictionary(new Map([['key', 1]]))])
 * ```
 */
export const weakDictionary = <T extends Map<unknown, unknown>>(dictionary: T): T =>
  withDetail(dictionary, { kind: 'dictionary', flag: true })

/**
 * Whether a vector is of fixed length.
 *
 * @example
 * ```ts
 * isFixedVector(fixedVector(Int32Array.of(1, 2, 3))) // true
 * ```
 */
export const isFixedVector = (vector: object): boolean => {
  const detail = detailOf(vector)
  return detail?.kind === 'vector' && detail.flag === true
}

/**
 * Whether a dictionary has weak keys.
 *
 * @example
 * ```ts
 * isWeakDictionary(weakDictionary(new Map([['key', 1]]))) // true
 * ```
 */
export const isWeakDictionary = (dictionary: object): boolean => {
  const detail = detailOf(dictionary)
  return detail?.kind === 'dictionary' && detail.flag === true
}
