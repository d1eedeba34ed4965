import type { Amf0DecodeOptions, Amf0PrefixOptions } from './options.ts'
import { offset, plainly, readAll, readPlain } from './reader.ts'
import type { Amf0Plain } from './values.ts'

const noOptions: Amf0PrefixOptions = {}
const readAllPlain = (): Amf0Plain[] => readAll(readPlain)

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
export const decodeAmf0 = (bytes: Uint8Array, options: Amf0DecodeOptions = noOptions): Amf0Plain[] =>
  plainly(bytes, 0, options, readAllPlain)

/** One value and how many bytes it took. */
export interface Amf0Prefix {
  /** The value, in the plain view. */
  readonly value: Amf0Plain
  /** Bytes from `options.start` to behind the value. */
  readonly bytesRead: number
}

/**
 * The first value only: enough to learn a command's name, whatever follows.
 *
 * @example
 * ```ts
 * const { value: name, bytesRead } = decodeAmf0Prefix(payload)
 * const [transactionId] = decodeAmf0(payload.subarray(bytesRead))
 * ```
 *
 * @throws DecodeError as {@link decodeAmf0}; `TRUNCATED` also when there is no value
 */
export const decodeAmf0Prefix = (bytes: Uint8Array, options: Amf0PrefixOptions = noOptions): Amf0Prefix => {
  const { start = 0 } = options
  return plainly(bytes, start, options, () => ({ value: readPlain(0), bytesRead: offset() - start }))
}
