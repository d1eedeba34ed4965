import { type Amf0Plain, decodeAmf0, encodeAmf0 } from '@rtmp/amf0'
import { amf3BodyFormat, decodeAmf3Body } from '@rtmp/amf0/message-body'
import { DecodeError, decodeUtf8 } from '@rtmp/bytes'
import type { MessageErrorCode } from './errors.ts'
import type { MessageDecodeOptions, MessageEncodeOptions, MessageEncoding } from './options.ts'

/*
 * Body of a command or data message (RTMP 1.0 §7.1.1, §7.1.2; E-RTMP v2, Action Message Format):
 *
 *   types 20, 18   AMF0 values in a row
 *   types 17, 15   format byte 0x00 | AMF0 values in a row, each of which may be switched to AMF3 by marker 0x11
 *
 * What else comes of types 17 and 15 (no format byte, AMF3 values only) is told apart by `amf3BodyFormat`. The name may
 * itself be an AMF3 value:
 *
 *   0x11 | 0x06 | U29 length << 1 | 1 | text
 */
const STRING = 0x02
const LONG_STRING = 0x0c
const AVM_PLUS = 0x11
const AMF3_STRING = 0x06

/** Where the values start. */
export const bodyStart = (payload: Uint8Array, encoding: MessageEncoding): number =>
  encoding === 'amf0' ? 0 : amf3BodyFormat(payload).start

/** All values of a body; the first is its name. @throws DecodeError */
export const decodeBody = (
  payload: Uint8Array,
  encoding: MessageEncoding,
  nameError: MessageErrorCode,
  options: MessageDecodeOptions | undefined,
): [string, ...Amf0Plain[]] => {
  requireFormat(payload, encoding, options)
  const start = bodyStart(payload, encoding)
  // Formats 0 (E-RTMP v2) and 3 (Red5) are known; what another one would mean cannot be guessed.
  if (start === 1 && payload[0] !== 0 && payload[0] !== 3) throw unknownFormat(payload)
  const amf3 = options?.amf3
  const counting = { countReferences: true, ...options }
  const values =
    encoding === 'amf3' && amf3 !== undefined
      ? decodeAmf3Body(payload, { ...counting, amf3 })
      : decodeAmf0(start === 0 ? payload : payload.subarray(start), counting)
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
    throw unknownFormat(payload)
  }
}

const unknownFormat = (payload: Uint8Array): DecodeError =>
  new DecodeError('AMF3_FORMAT', `format byte ${payload[0]} instead of 0`, 0, 'message')

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
  const marker = payload[start]
  if (marker === AVM_PLUS) return amf3StringAt(payload, start + 1)
  const long = marker === LONG_STRING
  if (!long && marker !== STRING) return undefined
  const from = start + (long ? 5 : 3)
  if (from > payload.length) return undefined
  let length = 0
  for (let at = start + 1; at < from; at++) length = length * 256 + (payload[at] as number)
  return from + length <= payload.length ? [from, from + length] : undefined
}

/** The same of an AMF3 string that is no reference, from its marker on. A name takes two bytes of length at most. */
const amf3StringAt = (payload: Uint8Array, start: number): readonly [number, number] | undefined => {
  const [marker, high = 0, low = 0] = payload.subarray(start, start + 3)
  const long = high >= 0x80
  if (marker !== AMF3_STRING || (long && low >= 0x80)) return undefined
  const header = long ? ((high & 0x7f) << 7) | low : high
  const from = start + (long ? 3 : 2)
  return (header & 1) === 1 && from + (header >> 1) <= payload.length
    ? [from, from + (header >> 1)]
    : undefined
}

/** The text of the string that starts at `start`. */
export const textAt = (payload: Uint8Array, start: number): string | undefined => {
  const range = stringAt(payload, start)
  return range && decodeUtf8(payload, range[0], range[1])
}
