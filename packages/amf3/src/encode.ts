import type { Amf3EncodeOptions } from './options.ts'
import { PlainWriter } from './plain-writer.ts'

/**
 * One value as AMF3, in memory of its own. Strings, objects and traits that come again are written as references, so
 * shared objects stay shared and cycles are kept.
 *
 * Numbers that are integers of 29 bits, other numbers, booleans, strings, null, undefined, Date, arrays (holes as
 * undefined), objects (own enumerable properties in their order, as dynamic members), Uint8Array and ArrayBuffer
 * (ByteArray), Int32Array, Uint32Array, Float64Array and their narrower kin (vectors) and Map (Dictionary) are written
 * as what they are; see {@link typedObject}, {@link ecmaArray}, {@link xml}, {@link xmlDocument},
 * {@link objectVector}, {@link fixedVector} and {@link weakDictionary} for the rest of AMF3.
 *
 * @throws UsageError with an `Amf3UsageErrorCode` and the path to the value, `$` being `value` itself
 */
export const encodeAmf3 = (value: unknown, options: Amf3EncodeOptions = {}): Uint8Array<ArrayBuffer> =>
  new PlainWriter(options).write(value)
