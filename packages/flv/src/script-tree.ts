import type { Amf0DecodeOptions, Amf0EncodeOptions } from '@rtmp/amf0'
import { type Amf0Node, decodeAmf0Tree, encodeAmf0Tree } from '@rtmp/amf0/exact'
import { concat } from '@rtmp/bytes'
import { amfBytes } from './script-data.ts'
import { TagType } from './tag.ts'

/** Script data in the exact view, from which the identical bytes can be made again. */
export interface ScriptTree {
  /** Whether a format selector byte stands first (type 15). */
  readonly hasSelector: boolean
  /** The name, then the values. */
  readonly nodes: readonly Amf0Node[]
}

/**
 * The payload of a script tag in the exact view: order, duplicates, markers and counts as they are.
 *
 * @throws DecodeError the errors of `decodeAmf0Tree`
 */
export const decodeScriptTree = (
  payload: Uint8Array,
  typeId: number = TagType.script,
  options?: Amf0DecodeOptions,
): ScriptTree => {
  const amf = amfBytes(payload, typeId)
  return { hasSelector: amf !== payload, nodes: decodeAmf0Tree(amf, options) }
}

/** The payload of a {@link ScriptTree}: the bytes it was read from. */
export const encodeScriptTree = (tree: ScriptTree, options?: Amf0EncodeOptions): Uint8Array<ArrayBuffer> => {
  const amf = encodeAmf0Tree(tree.nodes, options)
  return tree.hasSelector ? concat([Uint8Array.of(0), amf]) : amf
}
