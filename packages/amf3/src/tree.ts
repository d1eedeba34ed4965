/**
 * The exact view of AMF3: what the bytes say, in their order, with markers, references, traits and oddities of
 * encoding, so that {@link encodeAmf3Tree} gives back the identical bytes.
 *
 * References stay references (an index into the table of strings, objects or traits of the message), so a tree is a
 * tree whatever the input, never larger than it.
 *
 * `head` is present on what does not begin with the shortest U29, or has bits set that mean nothing: the bytes of the
 * U29 as received. Leave it out in trees of your own.
 */

/** A name, class name or text (U29S, AMF3 §1.3.2): a literal, or a reference to a literal before it. */
export interface Amf3Text {
  /** The text, also when it came as a reference; U+FFFD stands for ill-formed bytes. */
  readonly text: string
  /** Index in the table of strings, when it is a reference. */
  readonly reference?: number
  /** The bytes of a literal that is not well-formed UTF-8. */
  readonly raw?: Uint8Array
  /** The U29 as received, when it is not the shortest; left out otherwise. */
  readonly head?: Uint8Array
}

/** A name and its value. */
export interface Amf3Member {
  /** Never empty: an empty name ends the members (AMF3 §3.12). */
  readonly name: Amf3Text
  /** What it holds. */
  readonly value: Amf3Node
}

/** What objects of a class have in common (AMF3 §3.12), or a reference to such. */
export type Amf3Traits =
  | { readonly reference: number; readonly head?: Uint8Array }
  | {
      readonly className: Amf3Text
      readonly names: readonly Amf3Text[]
      readonly dynamic: boolean
      readonly externalizable: boolean
      readonly head?: Uint8Array
    }

/** One value of the exact view. */
export type Amf3Node =
  | { readonly kind: 'undefined' | 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'integer'; readonly value: number; readonly head?: Uint8Array }
  /** `raw`: the eight bytes of a NaN with a payload. */
  | { readonly kind: 'double'; readonly value: number; readonly raw?: Uint8Array }
  | { readonly kind: 'string'; readonly value: Amf3Text }
  /** A reference to an object before it; `marker` is the one it came behind. */
  | {
      readonly kind: 'reference'
      readonly marker: number
      readonly index: number
      readonly head?: Uint8Array
    }
  | {
      readonly kind: 'xmlDocument' | 'xml'
      readonly text: string
      readonly raw?: Uint8Array
      readonly head?: Uint8Array
    }
  | {
      readonly kind: 'date'
      readonly epochMs: number
      readonly raw?: Uint8Array
      readonly head?: Uint8Array
    }
  /** `end`: the empty name that closes the named members, when it is not the one byte 01. */
  | {
      readonly kind: 'array'
      readonly named: readonly Amf3Member[]
      readonly values: readonly Amf3Node[]
      readonly head?: Uint8Array
      readonly end?: Uint8Array
    }
  | {
      readonly kind: 'object'
      readonly traits: Amf3Traits
      readonly sealed: readonly Amf3Node[]
      /** Absent when the traits are not dynamic. */
      readonly dynamic?: readonly Amf3Member[]
      readonly end?: Uint8Array
    }
  /** An externalizable object: the pieces its handler read, in order. */
  | {
      readonly kind: 'externalizable'
      readonly className: string
      readonly traits: Amf3Traits
      readonly body: readonly (Uint8Array | Amf3Node)[]
    }
  | { readonly kind: 'byteArray'; readonly bytes: Uint8Array; readonly head?: Uint8Array }
  /** `fixed`: the byte that says whether the length is fixed, 0 or 1 unless the peer errs. */
  | {
      readonly kind: 'vectorInt' | 'vectorUint'
      readonly fixed: number
      readonly values: readonly number[]
      readonly head?: Uint8Array
    }
  /** Each item as its eight bytes, so that any NaN is kept; see `Float64Array` in the plain view for numbers. */
  | {
      readonly kind: 'vectorDouble'
      readonly fixed: number
      readonly bytes: Uint8Array
      readonly head?: Uint8Array
    }
  | {
      readonly kind: 'vectorObject'
      readonly fixed: number
      readonly typeName: Amf3Text
      readonly values: readonly Amf3Node[]
      readonly head?: Uint8Array
    }
  /** `weak`: the byte that says whether keys are held weakly, 0 or 1 unless the peer errs. */
  | {
      readonly kind: 'dictionary'
      readonly weak: number
      readonly entries: readonly { readonly key: Amf3Node; readonly value: Amf3Node }[]
      readonly head?: Uint8Array
    }
