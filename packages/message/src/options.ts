import type { Amf0DecodeOptions, Amf0EncodeOptions } from '@rtmp/amf0'
import type { MessageLimits } from './limits.ts'

/**
 * How to decode a message. `amf3`, `classes` and `onFault` go to `@rtmp/amf0`: give `amf3Codec` of `@rtmp/amf3` as
 * `amf3` to read AMF3 values; without it one is a `DecodeError` `AMF3_NOT_AVAILABLE`. References count as what they stand for, unless
 * `countReferences` is false.
 */
export interface MessageDecodeOptions extends Omit<Amf0DecodeOptions, 'limits'> {
  /** Bounds; what is left out keeps its default. */
  readonly limits?: Partial<MessageLimits>
}

/** How to encode a message: the options of `encodeAmf0`. */
export type MessageEncodeOptions = Amf0EncodeOptions

/** Which pair of message types a message uses. `amf3`: types 15, 16, 17, whose values may each switch to AMF3. */
export type MessageEncoding = 'amf0' | 'amf3'
