import { decodeError, usageError } from './errors.ts'

/**
 * U29, the variable-length integer of AMF3 (AMF3 §1.3.1). A set top bit says that another byte follows; the fourth
 * byte gives all its eight bits.
 *
 *   0 to 0x7f              0xxxxxxx
 *   0x80 to 0x3fff         1xxxxxxx 0xxxxxxx
 *   0x4000 to 0x1fffff     1xxxxxxx 1xxxxxxx 0xxxxxxx
 *   0x200000 to 0x1fffffff 1xxxxxxx 1xxxxxxx 1xxxxxxx xxxxxxxx
 */
const U29_MAX = 0x1fffffff

/** A U29 and how many bytes it took. */
export interface U29 {
  /** 0 to 0x1fffffff. */
  readonly value: number
  /** 1 to 4. */
  readonly bytesRead: number
}

/**
 * The U29 at `start`; forms longer than needed are read too.
 *
 * @example
 * ```ts
 * readU29(Uint8Array.of(0x81, 0x00)) // { value: 128, bytesRead: 2 }
 * ```
 *
 * @throws DecodeError `TRUNCATED`
 */
export const readU29 = (bytes: Uint8Array, start = 0): U29 => {
  let value = 0
  for (let count = 0; count < 4; count++) {
    const byte = bytes[start + count]
    if (byte === undefined) throw decodeError('TRUNCATED', 'the input ends inside a U29', start + count)
    if (count === 3) return { value: (value << 8) | byte, bytesRead: 4 }
    value = (value << 7) | (byte & 0x7f)
    if (byte < 0x80) return { value, bytesRead: count + 1 }
  }
  throw new Error('unreachable')
}

/**
 * A U29 in its shortest form.
 *
 * @example
 * ```ts
 * writeU29(128) // Uint8Array [0x81, 0x00]
 * ```
 *
 * @param value - 0 to 0x1fffffff.
 * @throws UsageError `U29_OUT_OF_RANGE`
 */
export const writeU29 = (value: number): Uint8Array<ArrayBuffer> => {
  if (!(value >= 0 && value <= U29_MAX && Number.isInteger(value))) {
    throw usageError('U29_OUT_OF_RANGE', `${value} is not an integer from 0 to 0x1fffffff`, 'value')
  }
  const target = new Uint8Array(4)
  return target.slice(0, putU29(target, 0, value))
}

/** Bytes of a U29 in its shortest form. */
export const u29Length = (value: number): number => {
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  return value < 0x200000 ? 3 : 4
}

/** Writes a U29 where as many bytes are free as it takes and returns the position behind it. */
export const putU29 = (target: Uint8Array, start: number, value: number): number => {
  let at = start
  if (value < 0x80) {
    target[at++] = value
  } else if (value < 0x4000) {
    target[at++] = (value >> 7) | 0x80
    target[at++] = value & 0x7f
  } else if (value < 0x200000) {
    target[at++] = (value >> 14) | 0x80
    target[at++] = (value >> 7) | 0x80
    target[at++] = value & 0x7f
  } else {
    target[at++] = (value >> 22) | 0x80
    target[at++] = (value >> 15) | 0x80
    target[at++] = (value >> 8) | 0x80
    target[at++] = value
  }
  return at
}
