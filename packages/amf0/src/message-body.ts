import type { Amf3Codec } from './amf3-codec.ts'
import { decodeAmf0 } from './decode.ts'
import { encodeAmf0 } from './encode.ts'
import { avmPlus, openMessage, readAll, within } from './reader.ts'
import { AVM_PLUS, LONG_STRING, STRING } from './marker.ts'
import type { Amf0DecodeOptions, Amf0EncodeOptions } from './options.ts'
import type { Amf0Plain } from './values.ts'

/**
 * How the body of a message of type 15, 16 or 17 begins (E-RTMP v2, "Action Message Format"). All shapes seen:
 *
 *   00 …          format selector, then AMF0 values, single ones behind the AVM+ marker
 *   02 … / 0C …   no selector: AMF0 from the first byte, which is the name's string marker
 *   11 …          no selector: the first value is an AMF3 value
 *   03 …          selector 3, then AMF3 values only (as Red5 accepts)
 *
 * A message begins with a name, so a first byte of 00 or 03 cannot be the marker of a number or an object.
 */
export interface Amf3BodyFormat {
  /** Bytes before the first value, 0 or 1. */
  readonly start: number
  /** How the values are encoded; AMF0 may hold AMF3 values. */
  readonly encoding: 'amf0' | 'amf3'
}

/** Looks at the first byte of the body of a message of type 15, 16 or 17. An unknown byte counts as a selector. */
export const amf3BodyFormat = (bytes: Uint8Array): Amf3BodyFormat => {
  switch (bytes[0]) {
    case undefined:
    case STRING:
    case LONG_STRING:
    case AVM_PLUS:
      return { start: 0, encoding: 'amf0' }
    case 3:
      return { start: 1, encoding: 'amf3' }
    default:
      return { start: 1, encoding: 'amf0' }
  }
}

/**
 * All values in the body of a message of type 15 or 17, whatever its shape.
 *
 * @throws DecodeError as {@link decodeAmf0}; offsets count from the first byte behind the selector
 */
export const decodeAmf3Body = (
  bytes: Uint8Array,
  options: Amf0DecodeOptions & { readonly amf3: Amf3Codec },
): Amf0Plain[] => {
  const { start, encoding } = amf3BodyFormat(bytes)
  const body = bytes.subarray(start)
  if (encoding === 'amf0') return decodeAmf0(body, options)
  return within(openMessage(body, 0, options), () => readAll((depth) => avmPlus(depth) as Amf0Plain))
}

/**
 * The body of a message of type 15 or 17: the format selector 0, then AMF0, with values that only AMF3 can hold behind
 * the AVM+ marker.
 *
 * @throws UsageError as {@link encodeAmf0}
 */
export const encodeAmf3Body = (
  values: readonly unknown[],
  options: Amf0EncodeOptions & { readonly amf3: Amf3Codec },
): Uint8Array<ArrayBuffer> => {
  const encoded = encodeAmf0(values, options)
  const body = new Uint8Array(encoded.length + 1)
  body.set(encoded, 1)
  return body
}
