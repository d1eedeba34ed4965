import type { DecodeError } from '@rtmp/bytes'
import type { ExternalInput, ExternalOutput } from './external.ts'
import type { Amf3Limits } from './limits.ts'
import type { Amf3Object } from './values.ts'

/**
 * Turns objects of one class into values of your own and back. Nothing is ever instantiated by its name alone: a
 * class without a handler stays a plain object with a class name.
 */
export interface Amf3ClassHandler {
  /** The name on the wire. */
  readonly className: string
  /**
   * Called with the members of each such object once they are read; what it returns takes the object's place.
   * References to it from inside itself keep pointing to `properties`.
   */
  readonly fromProperties?: (properties: Amf3Object) => unknown
  /** Reads the private bytes of an externalizable object (AMF3 §3.12) and returns what stands for it. */
  readonly readExternal?: (input: ExternalInput) => unknown
  /** Whether a value to be written is of this class; asked only for objects that are not plain. */
  readonly matches?: (value: object) => boolean
  /** The members to write for it, as sealed members. */
  readonly toProperties?: (value: object) => Readonly<Record<string, unknown>>
  /** Writes the private bytes of an externalizable object; without it the object is written by its members. */
  readonly writeExternal?: (value: object, output: ExternalOutput) => void
}

/** How to decode. */
export interface Amf3DecodeOptions {
  /** Bounds; what is left out keeps its default. */
  readonly limits?: Partial<Amf3Limits>
  /** Refuse what is tolerated otherwise: ill-formed UTF-8, references of another kind. Default false. */
  readonly strict?: boolean
  /**
   * Give what can be read where a value cannot be: a reference to nothing reads as undefined, and from any other value
   * of that kind on the message is over, with the properties and elements that came before it. Told to `onFault`. For
   * data of which some is better than none; default false.
   */
  readonly partial?: boolean
  /** Told of each fault that was tolerated, with the error that `strict` would have thrown. */
  readonly onFault?: (fault: DecodeError) => void
  /**
   * Hold references to objects, strings and classes against `maxValues` and `maxTotalBytes` as all that they stand for, so that walking what
   * was read (as JSON, into a log) costs no more than reading was allowed to. For values of strangers that others are given. Default
   * false: shared objects count once, and a few hundred bytes can stand for more values than can be walked.
   */
  readonly countReferences?: boolean
  /** Handlers for typed and externalizable objects. */
  readonly classes?: readonly Amf3ClassHandler[]
}

/** How to decode from the middle of an array. */
export interface Amf3PrefixOptions extends Amf3DecodeOptions {
  /** Position of the first value's marker in bytes, default 0. */
  readonly start?: number
}

/** How to encode. */
export interface Amf3EncodeOptions {
  /** Bounds; what is left out keeps its default. */
  readonly limits?: Partial<Amf3Limits>
  /**
   * Throw on a lone surrogate and on a dynamic member with an empty name. Default false: U+FFFD is written for the
   * one, the other is left out.
   */
  readonly strict?: boolean
  /** Handlers for objects that are not plain. */
  readonly classes?: readonly Amf3ClassHandler[]
}
