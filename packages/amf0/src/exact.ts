/**
 * The exact view of AMF0, for tools, proxies and tests: what the bytes say, encoding back to the identical bytes.
 *
 * @packageDocumentation
 */
export type { Amf0Entries, Amf0Entry, Amf0Node } from './tree.ts'
export { decodeAmf0Tree, encodeAmf0Tree } from './tree-codec.ts'
