import { requireArray } from '@rtmp/bytes'
import type { Amf0DecodeOptions, Amf0EncodeOptions } from './options.ts'
import type { Amf0Node } from './tree.ts'
import { openMessage, readAll, within } from './reader.ts'
import { readTree } from './tree-reader.ts'
import { TreeWriter } from './tree-writer.ts'

/**
 * All values of an array of bytes, in the exact view: whatever is accepted encodes back to the identical bytes with
 * {@link encodeAmf0Tree}. Handlers in `options.classes` are not asked.
 *
 * Nothing returned shares memory with `bytes`.
 *
 * @throws DecodeError with an `Amf0DecodeErrorCode`, phase `'amf0'` (`'amf3'` from inside an AMF3 value)
 */
export const decodeAmf0Tree = (bytes: Uint8Array, options: Amf0DecodeOptions = {}): Amf0Node[] =>
  within(openMessage(bytes, 0, options, []), () => readAll(readTree))

/**
 * The bytes of an exact view, the caller's to keep.
 *
 * @throws UsageError `NOT_AN_ARRAY`, `DEPTH_LIMIT`, `VALUE_LIMIT`, `STRING_LIMIT`, `TOTAL_LIMIT`, `NAME_TOO_LONG`,
 *   `AMF3_NOT_AVAILABLE`, `UNSUPPORTED_VALUE`, and with `strict` `LONE_SURROGATE`
 */
export const encodeAmf0Tree = (
  nodes: readonly Amf0Node[],
  options: Amf0EncodeOptions = {},
): Uint8Array<ArrayBuffer> => {
  requireArray(nodes, 'values')
  return new TreeWriter(options).writeAll(nodes)
}
