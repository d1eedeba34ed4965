import type { DecodeError } from '@rtmp/bytes'
import type { Amf3Codec } from './amf3-codec.ts'
import type { Amf0Limits } from './limits.ts'
import type { Amf0Object } from './values.ts'

/**
 * Turns typed objects of one class into values of your own and back. Nothing is ever instantiated by its name alone:
 * a class without a handler stays a plain object with a class name.
 */
export interface Amf0ClassHandler {
  /** The name on the wire. */
  readonly className: string
  /**
   * Called with the properties of each such object once they are read; what it returns takes the object's place.
   * References to it from inside itself keep pointing to `properties`.
   */
  readonly fromProperties?: (properties: Amf0Object) => unknown
  /** Whether a value to be written is of this class; asked only for objects that are not plain. */
  readonly matches?: (value: object) => boolean
  /** The properties to write for it. */
  readonly toProperties?: (value: object) => Readonly<Record<string, unknown>>
}

/** Another way to read objects; `GeneratedObjects` of `@rtmp/amf0/code-generation` is one. */
export interface Amf0ObjectReader {
  /** Reads an object from its first name to behind its end. For the decoder alone: called while it reads. */
  readObject(depth: number, announced: number | undefined): Amf0Object
}

/** How to decode. */
export interface Amf0DecodeOptions {
  /** Bounds; what is left out keeps its default. */
  readonly limits?: Partial<Amf0Limits>
  /**
   * Refuse what real encoders get wrong instead of tolerating it: a missing object end at the end of the input, a
   * wrong ECMA array count, ill-formed UTF-8, an empty property name. Default false.
   */
  readonly strict?: boolean
  /**
   * Give what can be read where a value cannot be: a reference to nothing reads as undefined, and from any other value
   * of that kind on the message is over, with the properties and elements that came before it. Told to `onFault`. For
   * data of which some is better than none; default false.
   */
  readonly partial?: boolean
  /** Told of each fault that was tolerated, with the error that `strict` would have thrown. */
  readonly onFault?: (fault: DecodeError) => void
  /** Reads values behind the AVM+ marker; without it they are an error. */
  readonly amf3?: Amf3Codec
  /**
   * Hold references against `maxValues` and `maxTotalBytes` as all that they stand for, so that walking what was read (as JSON, into a
   * log) costs no more than reading was allowed to. For values of strangers that others are given. Default false: shared objects count
   * once, and a few hundred bytes can stand for more values than can be walked.
   */
  readonly countReferences?: boolean
  /** Handlers for typed objects. */
  readonly classes?: readonly Amf0ClassHandler[]
  /**
   * Reads the objects of the plain view where nothing speaks against it (`strict`, `onFault`, `classes`, references);
   * see `@rtmp/amf0/code-generation`.
   */
  readonly objects?: Amf0ObjectReader
}

/** How to decode from the middle of an array. */
export interface Amf0PrefixOptions extends Amf0DecodeOptions {
  /** Position of the first value's marker in bytes, default 0. */
  readonly start?: number
}

/** How to encode. */
export interface Amf0EncodeOptions {
  /** Bounds; what is left out keeps its default. */
  readonly limits?: Partial<Amf0Limits>
  /**
   * Throw on a lone surrogate and on an empty property name. Default false: U+FFFD is written for the one, the other
   * is left out.
   */
  readonly strict?: boolean
  /**
   * Write an object that was written before as a reference (AMF0 §2.9). Default false, because FFmpeg and others do
   * not read references: a shared object is written each time, and a cycle is an error.
   */
  readonly references?: boolean
  /** Writes byte arrays, typed arrays and maps, which AMF0 has no form for, behind the AVM+ marker. */
  readonly amf3?: Amf3Codec
  /** Handlers for objects that are not plain. */
  readonly classes?: readonly Amf0ClassHandler[]
}
