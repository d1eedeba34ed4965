import type { Amf0DecodeOptions, Amf0PrefixOptions } from './options.ts'
import { PlainReader } from './plain-reader.ts'
import type { Amf0Plain } from './values.ts'

/**
 * All values of an array of bytes, in the plain view: the body of an AMF0 command or data message (RTMP 1.0 §7.1.1).
 *
 * Nothing returned shares memory with `bytes`.
 *
 * @throws DecodeError with an `Amf0DecodeErrorCode`, phase `'amf0'` (`'amf3'` from inside an AMF3 value)
 *
 * @example
 * const [name, transactionId, commandObject] = decodeAmf0(message.payload)
 */
export const decodeAmf0 = (bytes: Uint8Array, options?: Amf0DecodeOptions): Amf0Plain[] => {
  const reader = new PlainReader(bytes, 0, options)
  const values: Amf0Plain[] = []
  while (reader.position < reader.end) values.push(reader.read())
  return values
}

/** One value and how many bytes it took. */
export interface Amf0Prefix {
  readonly value: Amf0Plain
  /** Bytes from `options.start` to behind the value. */
  readonly bytesRead: number
}

/**
 * The first value only: enough to learn a command's name, whatever follows.
 *
 * @throws DecodeError as {@link decodeAmf0}; `TRUNCATED` also when there is no value
 */
export const decodeAmf0Prefix = (bytes: Uint8Array, options?: Amf0PrefixOptions): Amf0Prefix => {
  const start = options?.start ?? 0
  const reader = new PlainReader(bytes, start, options)
  const value = reader.read()
  return { value, bytesRead: reader.position - start }
}
