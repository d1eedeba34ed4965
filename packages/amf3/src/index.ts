/**
 * AMF3 values to bytes and back: plain JavaScript values, or an exact tree. Runs anywhere.
 *
 * @packageDocumentation
 */
export { amf3ToAmf0, type BridgeOptions } from './bridge.ts'
export {
  amf3Codec,
  type CodecOptions,
  createAmf3Codec,
  type MessageCodec,
  type OuterInput,
  type OuterOutput,
} from './codec.ts'
export { type Amf3Prefix, decodeAmf3, decodeAmf3Prefix } from './decode.ts'
export { encodeAmf3 } from './encode.ts'
export type { Amf3DecodeErrorCode, Amf3UsageErrorCode } from './errors.ts'
export type { ExternalInput, ExternalOutput } from './external.ts'
export { type Amf3Limits, DEFAULT_AMF3_LIMITS } from './limits.ts'
export type {
  Amf3ClassHandler,
  Amf3DecodeOptions,
  Amf3EncodeOptions,
  Amf3PrefixOptions,
} from './options.ts'
export { readU29, type U29, writeU29 } from './u29.ts'
export {
  type Amf3Object,
  type Amf3Plain,
  classNameOf,
  ecmaArray,
  fixedVector,
  isFixedVector,
  isWeakDictionary,
  objectVector,
  typedObject,
  weakDictionary,
  type XmlText,
  xml,
  xmlDocument,
} from './values.ts'
