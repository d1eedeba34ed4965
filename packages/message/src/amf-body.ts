import { type Amf0Plain, decodeAmf0, encodeAmf0 } from '@rtmp/amf0'
import { DecodeError, decodeUtf8 } from '@rtmp/bytes'
import type { MessageErrorCode } from './errors.ts'
import type { MessageDecodeOptions, MessageEncodeOptions, MessageEncoding } from './options.ts'

/*
 * Body of a command or data message (RTMP 1.0 §7.1.1, §7.1.2; E-RTMP v2, Action Message Format):
 *
 *   types 20, 18   AMF0 values in a row
 *   types 17, 15   format byte 0x00 | AMF0 values in a row, each of which may be switched to AMF3 by marker 0x11
 *
 * Some senders of types 17 and 15 leave the format byte out. A body that begins with 0x02 has none: that is the marker
 * of the AMF0 string every such body begins with.
 */
const STRING = 0x02
const LONG_STRING = 0x0c

/** Where the values start. */
export const bodyStart = (payload: Uint8Array, encoding: MessageEncoding): number =>
  encoding === 'amf0' || payload[0] === STRING || payload.length === 0 ? 0 : 1

/** All values of a body; the first is its name. @throws DecodeError */
export const decodeBody = (
  payload: Uint8Array,
  encoding: MessageEncoding,
  nameError: MessageErrorCode,
  options: MessageDecodeOptions | undefined,
): [string, ...Amf0Plain[]] => {
  requireFormat(payload, encoding, options)
  const start = bodyStart(payload, encoding)
  const values = decodeAmf0(start === 0 ? payload : payload.subarray(start), options)
  if (typeof values[0] !== 'string') {
    throw new DecodeError(nameError, 'the first value is not a string', start, 'message')
  }
  return values as [string, ...Amf0Plain[]]
}

/** @throws DecodeError `AMF3_FORMAT` in strict mode, unless the format byte is there and 0. */
export const requireFormat = (
  payload: Uint8Array,
  encoding: MessageEncoding,
  options: MessageDecodeOptions | undefined,
): void => {
  if (options?.strict === true && encoding === 'amf3' && payload[0] !== 0) {
    throw new DecodeError('AMF3_FORMAT', `format byte ${payload[0]} instead of 0`, 0, 'message')
  }
}

/** A body of the given values. @throws UsageError */
export const encodeBody = (
  values: readonly unknown[],
  encoding: MessageEncoding,
  options: MessageEncodeOptions | undefined,
): Uint8Array<ArrayBuffer> => {
  const body = encodeAmf0(values, options)
  if (encoding === 'amf0') return body
  const bytes = new Uint8Array(1 + body.length)
  bytes.set(body, 1)
  return bytes
}

/** Where the string that starts at `start` has its text: `[from, to]`; `undefined` when no whole string starts there. */
export const stringAt = (payload: Uint8Array, start: number): readonly [number, number] | undefined => {
  const long = payload[start] === LONG_STRING
  if (!long && payload[start] !== STRING) return undefined
  const from = start + (long ? 5 : 3)
  if (from > payload.length) return undefined
  let length = 0
  for (let at = start + 1; at < from; at++) length = length * 256 + (payload[at] as number)
  return from + length <= payload.length ? [from, from + length] : undefined
}

/** The text of the string that starts at `start`. */
export const textAt = (payload: Uint8Array, start: number): string | undefined => {
  const range = stringAt(payload, start)
  return range && decodeUtf8(payload, range[0], range[1])
}
