import { requireArray } from '@rtmp/bytes'
import type { Amf3EncodeOptions } from './options.ts'
import { PlainWriter } from './plain-writer.ts'

/**
 * Values as AMF3, one behind the other, in memory of their own. Strings, objects and traits that come again, also in
 * another of the values, are written as references: shared objects stay shared and cycles are kept.
 *
 * Numbers that are integers of 29 bits, other numbers, booleans, strings, null, undefined, Date, arrays (holes as
 * undefined), objects (own enumerable properties in their order, as dynamic members), Uint8Array and ArrayBuffer
 * (ByteArray), Int32Array, Uint32Array, Float64Array and their narrower kin (vectors) and Map (Dictionary) are written
 * as what they are; see {@link typedObject}, {@link ecmaArray}, {@link xml}, {@link xmlDocument},
 * {@link objectVector}, {@link fixedVector} and {@link weakDictionary} for the rest of AMF3.
 *
 * @throws UsageError with an `Amf3UsageErrorCode` and the path to the value, `$[0]` being the first
 *
 * @example
 * encodeAmf3([{ x: 1, y: 2 }])
 */
export const encodeAmf3 = (
  values: readonly unknown[],
  options: Amf3EncodeOptions = {},
): Uint8Array<ArrayBuffer> => {
  requireArray(values, 'values')
  return new PlainWriter(options).writeAll(values)
}
