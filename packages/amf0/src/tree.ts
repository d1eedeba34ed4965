/**
 * The exact view of AMF0: what the bytes say, in their order, with markers, duplicate names, class names, time zones
 * and oddities of encoding, so that `encodeAmf0Tree` gives back the identical bytes.
 *
 * References stay references (an index into the objects and arrays of the message in the order of their markers), so
 * a tree is a tree whatever the input, never larger than it.
 */

/** A property: names may repeat, and may be empty. */
export interface Amf0Entry {
  /** U+FFFD stands for ill-formed bytes, which are then in `raw`. */
  readonly name: string
  /** The bytes of a name that is not well-formed UTF-8. */
  readonly raw?: Uint8Array
  /** What it holds. */
  readonly value: Amf0Node
}

/** What the four kinds of objects and arrays with names have in common. */
export interface Amf0Entries {
  /** The properties, in the order of the bytes. */
  readonly entries: readonly Amf0Entry[]
  /** How many bytes of the object end are there when the input ends without a whole one: 0 or 2. */
  readonly endBytes?: number
}

/** One value of the exact view. */
export type Amf0Node =
  /** `raw`: the eight bytes of a NaN with a payload. */
  | { readonly kind: 'number'; readonly value: number; readonly raw?: Uint8Array }
  /** `raw`: the byte, when it is neither 0 nor 1. */
  | { readonly kind: 'boolean'; readonly value: boolean; readonly raw?: number }
  /** `raw`: bytes that are not well-formed UTF-8; U+FFFD stands for them in `value`. */
  | {
      readonly kind: 'string' | 'longString' | 'xmlDocument'
      readonly value: string
      readonly raw?: Uint8Array
    }
  | ({ readonly kind: 'object' } & Amf0Entries)
  | { readonly kind: 'null' | 'undefined' | 'unsupported' }
  | { readonly kind: 'reference'; readonly index: number }
  /** `count`: the number announced, whatever came. */
  | ({ readonly kind: 'ecmaArray'; readonly count: number } & Amf0Entries)
  | { readonly kind: 'strictArray'; readonly values: readonly Amf0Node[] }
  /** `timeZone`: 16 bits, signed; minutes in FLV §E.4.4.3, reserved in AMF0 §2.13. */
  | {
      readonly kind: 'date'
      readonly epochMs: number
      readonly timeZone: number
      readonly raw?: Uint8Array
    }
  /** `raw`: the bytes of a class name that is not well-formed UTF-8. */
  | ({
      readonly kind: 'typedObject'
      readonly className: string
      readonly raw?: Uint8Array
    } & Amf0Entries)
  /** `node`: one value of the AMF3 codec's exact view. */
  | { readonly kind: 'avmPlus'; readonly node: object }
