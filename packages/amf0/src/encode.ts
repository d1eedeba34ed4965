import { requireArray } from '@rtmp/bytes'
import type { Amf0EncodeOptions } from './options.ts'
import { Writer } from './writer.ts'

const writer = new Writer()
const noOptions: Amf0EncodeOptions = {}

/**
 * Values as AMF0, one behind the other: the body of a command or data message.
 *
 * Numbers, booleans, strings, null, undefined, Date, arrays (holes as undefined) and objects (own enumerable
 * properties in their order) are written as what they are; see {@link ecmaArray}, {@link typedObject} and
 * {@link xmlDocument} for the rest of AMF0. Nothing is written as a reference unless `options.references`.
 *
 * @returns Bytes that are the caller's to keep and never change again. Short results lie side by side in one buffer, as
 *   those of Node's `Buffer.from` do: before handing `.buffer` to someone who takes it away, `slice()` them.
 * @throws UsageError with an `Amf0UsageErrorCode` and the path to the value, `$[0]` being the first
 *
 * @example
 * encodeAmf0(['createStream', 4, null])
 */
export const encodeAmf0 = (
  values: readonly unknown[],
  options: Amf0EncodeOptions = noOptions,
): Uint8Array<ArrayBuffer> => {
  requireArray(values, 'values')
  // A getter or a handler may encode something else meanwhile.
  return (writer.busy ? new Writer() : writer).write(values, options)
}
