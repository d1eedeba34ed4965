/** What JSON can say. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue }

const MAX_DEPTH = 64

/** Bytes as lower-case hexadecimal digits. */
export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/**
 * An AMF value as JSON has it: dates in ISO 8601, bytes as `hex:…`, undefined as null, numbers that JSON lacks (NaN and
 * the infinities) as their names.
 */
export const jsonValue = (value: unknown, depth = 0): JsonValue => {
  if (value === null || value === undefined) return null
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || depth === MAX_DEPTH) return `(${typeof value})`
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
  if (value instanceof Uint8Array) return `hex:${hexOf(value)}`
  if (Array.isArray(value) || value instanceof Set) {
    return Array.from(value, (item: unknown) => jsonValue(item, depth + 1))
  }
  const entries = value instanceof Map ? [...value] : Object.entries(value)
  // Not by assignment, which a property of the name __proto__ would not survive.
  return Object.fromEntries(entries.map(([name, item]) => [String(name), jsonValue(item, depth + 1)]))
}
