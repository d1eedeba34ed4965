import { requireArray } from '@rtmp/bytes'
import type { Amf3DecodeOptions, Amf3EncodeOptions } from './options.ts'
import type { Amf3Node } from './tree.ts'
import { TreeReader } from './tree-reader.ts'
import { TreeWriter } from './tree-writer.ts'

/**
 * All values of an array of bytes, in the exact view: whatever is accepted encodes back to the identical bytes with
 * {@link encodeAmf3Tree}. Handlers in `options.classes` are asked only where the extent of an externalizable object
 * depends on them; of what they return nothing is kept.
 *
 * Nothing returned shares memory with `bytes`.
 *
 * @throws DecodeError with an `Amf3DecodeErrorCode`, phase `'amf3'`
 */
export const decodeAmf3Tree = (bytes: Uint8Array, options: Amf3DecodeOptions = {}): Amf3Node[] => {
  const reader = new TreeReader(bytes, 0, options)
  const nodes: Amf3Node[] = []
  while (reader.position < reader.end) nodes.push(reader.read())
  return nodes
}

/**
 * The bytes of an exact view, in memory of their own.
 *
 * @throws UsageError `NOT_AN_ARRAY`, `DEPTH_LIMIT`, `VALUE_LIMIT`, `STRING_LIMIT`, `TOTAL_LIMIT`, `U29_OUT_OF_RANGE`,
 *   `UNSUPPORTED_VALUE`, and with `strict` `LONE_SURROGATE`
 */
export const encodeAmf3Tree = (
  nodes: readonly Amf3Node[],
  options: Amf3EncodeOptions = {},
): Uint8Array<ArrayBuffer> => {
  requireArray(nodes, 'values')
  return new TreeWriter(options).writeAll(nodes)
}
