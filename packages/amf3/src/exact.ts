/**
 * The exact view of AMF3, for tools, proxies and tests: what the bytes say, encoding back to the identical bytes.
 *
 * @packageDocumentation
 */
export type { Amf3Member, Amf3Node, Amf3Text, Amf3Traits } from './tree.ts'
export { decodeAmf3Tree, encodeAmf3Tree } from './tree-codec.ts'
export { amf3TreeCodec, createAmf3TreeCodec } from './tree-message-codec.ts'
