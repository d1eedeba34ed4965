/**
 * AMF0 values to bytes and back: plain JavaScript values, or an exact tree. Runs anywhere.
 *
 * @packageDocumentation
 */
export type {
  Amf3Bounds,
  Amf3Codec,
  Amf3Input,
  Amf3Output,
} from './amf3-codec.ts'
export { type Amf0Prefix, decodeAmf0, decodeAmf0Prefix } from './decode.ts'
export { encodeAmf0 } from './encode.ts'
export type { Amf0DecodeErrorCode, Amf0UsageErrorCode } from './errors.ts'
export { type Amf0Limits, DEFAULT_AMF0_LIMITS } from './limits.ts'
export type {
  Amf0ClassHandler,
  Amf0DecodeOptions,
  Amf0EncodeOptions,
  Amf0ObjectReader,
  Amf0PrefixOptions,
} from './options.ts'
export {
  type Amf0Object,
  type Amf0Plain,
  classNameOf,
  type EcmaArray,
  ecmaArray,
  typedObject,
  type XmlDocument,
  xmlDocument,
} from './values.ts'
