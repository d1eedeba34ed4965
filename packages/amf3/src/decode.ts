import type { Amf3DecodeOptions, Amf3PrefixOptions } from './options.ts'
import { PlainReader } from './plain-reader.ts'
import type { Amf3Plain } from './values.ts'

/**
 * All values of an array of bytes, in the plain view; they share one set of reference tables, as the values of one
 * message do (AMF3 §4.1).
 *
 * Nothing returned shares memory with `bytes`.
 *
 * @example
 * ```ts
 * const [user, rights] = decodeAmf3(encodeAmf3([{ name: 'anna' }, ['publish']]))
 * ```
 *
 * @throws DecodeError with an `Amf3DecodeErrorCode`, phase `'amf3'`
 */
export const decodeAmf3 = (bytes: Uint8Array, options: Amf3DecodeOptions = {}): Amf3Plain[] => {
  const reader = new PlainReader(bytes, 0, options)
  const values: Amf3Plain[] = []
  reader.asFarAsPossible(() => {
    while (reader.position < reader.end) values.push(reader.read())
  })
  return values
}

/** One value and how many bytes it took. */
export interface Amf3Prefix {
  /** The value, in the plain view. */
  readonly value: Amf3Plain
  /** Bytes from `options.start` to behind the value. */
  readonly bytesRead: number
}

/**
 * The first value only, whatever follows.
 *
 * @example
 * ```ts
 * const { value, bytesRead } = decodeAmf3Prefix(payload)
 * ```
 *
 * @throws DecodeError as {@link decodeAmf3}; `TRUNCATED` also when there is no value
 */
export const decodeAmf3Prefix = (bytes: Uint8Array, options: Amf3PrefixOptions = {}): Amf3Prefix => {
  const start = options.start ?? 0
  const reader = new PlainReader(bytes, start, options)
  const value = reader.read()
  return { value, bytesRead: reader.position - start }
}
