import { UsageError } from './errors.ts'

/**
 * Says what is wrong where something else was given for bytes, as plain JavaScript allows: an ArrayBuffer, a text, a
 * promise that nobody awaited.
 *
 * @param path - Name of the argument, for the error.
 * @throws UsageError `NOT_BYTES`
 *
 * @example
 * requireBytes(input, 'bytes')
 */
export const requireBytes = (value: unknown, path: string): void => {
  // One load tells, also for arrays of another realm; this stands before every decoding.
  if ((value as { readonly BYTES_PER_ELEMENT?: unknown } | null | undefined)?.BYTES_PER_ELEMENT === 1) return
  throw new UsageError('NOT_BYTES', `a Uint8Array is wanted, and ${described(value)}`, path)
}

/**
 * Says what is wrong where one value was given for a list of them.
 *
 * @param path - Name of the argument, for the error.
 * @throws UsageError `NOT_AN_ARRAY`
 *
 * @example
 * requireArray(values, 'values')
 */
export const requireArray = (value: unknown, path: string): void => {
  if (Array.isArray(value)) return
  throw new UsageError('NOT_AN_ARRAY', `${path} are given in an array, also when there is one: [value]`, path)
}

const described = (value: unknown): string => {
  const kind =
    typeof value === 'object' && value !== null ? Object.prototype.toString.call(value).slice(8, -1) : ''
  return `this is ${kind || (value === null ? 'null' : typeof value)}${HINTS[kind || typeof value] ?? ''}`
}

/** What to do about the usual ones. */
const HINTS: Readonly<Record<string, string>> = {
  string: ': new TextEncoder().encode(text), or Buffer.from(text, "hex")',
  ArrayBuffer: ': new Uint8Array(buffer)',
  DataView: ': new Uint8Array(view.buffer, view.byteOffset, view.byteLength)',
  Promise: ': await it',
  Blob: ': await its arrayBuffer()',
  Response: ': await its arrayBuffer()',
  Array: ': Uint8Array.from(array)',
}
