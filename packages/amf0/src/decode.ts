import { decodeError } from './errors.ts'
import { resolveLimits } from './limits.ts'
import type { Amf0DecodeOptions, Amf0PrefixOptions } from './options.ts'
import { PlainReader } from './plain-reader.ts'
import { fastPosition, readFast } from './shape-reader.ts'
import type { Amf0Plain } from './values.ts'

/** Values read the fast way, where options and limits allow it; every value and every text takes its bytes. */
const tryFast = (
  bytes: Uint8Array,
  start: number,
  { limits, strict, onFault }: Amf0DecodeOptions,
  count: number,
): Amf0Plain[] | undefined => {
  if (strict === true || onFault !== undefined) return undefined
  const { maxDepth, maxValues, maxStringBytes, maxTotalBytes } = resolveLimits(limits)
  const size = bytes.length - start
  if (size > maxValues || size > maxStringBytes || size > maxTotalBytes) return undefined
  return readFast(bytes, start, maxDepth, count)
}

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
export const decodeAmf0 = (bytes: Uint8Array, options: Amf0DecodeOptions = {}): Amf0Plain[] => {
  const fast = tryFast(bytes, 0, options, Infinity)
  if (fast !== undefined) return fast
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
export const decodeAmf0Prefix = (bytes: Uint8Array, options: Amf0PrefixOptions = {}): Amf0Prefix => {
  const start = options.start ?? 0
  if (start >= bytes.length) throw decodeError('TRUNCATED', 'no value', start)
  const fast = tryFast(bytes, start, options, 1)
  if (fast !== undefined) return { value: fast[0], bytesRead: fastPosition() - start }
  const reader = new PlainReader(bytes, start, options)
  const value = reader.read()
  return { value, bytesRead: reader.position - start }
}
