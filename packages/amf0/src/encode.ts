import type { Amf0EncodeOptions } from './options.ts'
import { PlainWriter } from './plain-writer.ts'

/**
 * Values as AMF0, one behind the other, in memory of their own: the body of a command or data message.
 *
 * Numbers, booleans, strings, null, undefined, Date, arrays (holes as undefined) and objects (own enumerable
 * properties in their order) are written as what they are; see {@link ecmaArray}, {@link typedObject} and
 * {@link xmlDocument} for the rest of AMF0. Nothing is written as a reference unless `options.references`.
 *
 * @throws UsageError with an `Amf0UsageErrorCode` and the path to the value, `$[0]` being the first
 *
 * @example
 * encodeAmf0(['createStream', 4, null])
 */
export const encodeAmf0 = (
  values: readonly unknown[],
  options?: Amf0EncodeOptions,
): Uint8Array<ArrayBuffer> => {
  const writer = new PlainWriter(options)
  for (let i = 0; i < values.length; i++) writer.write(values[i], i)
  return writer.finish()
}
