/** What JSON can say. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue }

const MAX_DEPTH = 64
/** Most values, at all levels together, that are shown of one. */
const MAX_VALUES = 10_000
/** Longest text that is shown whole, in UTF-16 units. */
const MAX_TEXT = 65_536

/** Bytes as lower-case hexadecimal digits. */
export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/**
 * An AMF value as JSON has it: dates in ISO 8601, bytes as `hex:…`, undefined as null, numbers that JSON lacks (NaN and
 * the infinities) as their names. It is as large as what was read, whatever refers to what: an object that comes again is `(seen
 * before)`, and what is too much is `(more)`.
 */
export const jsonValue = (value: unknown): JsonValue => new JsonValues().of(value, 0)

class JsonValues {
  readonly #seen = new Set<object>()
  #left = MAX_VALUES

  of(value: unknown, depth: number): JsonValue {
    if (--this.#left < 0) return '(more)'
    if (value === null || value === undefined) return null
    if (typeof value === 'string') return textOf(value)
    if (typeof value === 'boolean') return value
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
    if (typeof value === 'bigint') return String(value)
    if (typeof value !== 'object' || depth === MAX_DEPTH) return `(${typeof value})`
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString()
    if (value instanceof Uint8Array) return textOf(`hex:${hexOf(value.subarray(0, MAX_TEXT))}`)
    if (this.#seen.has(value)) return '(seen before)'
    this.#seen.add(value)
    return this.#container(value, depth + 1)
  }

  #container(value: object, depth: number): JsonValue {
    if (Array.isArray(value) || value instanceof Set) {
      const items = Array.from(value as Iterable<unknown>)
      const shown = items.slice(0, Math.max(0, this.#left) + 1)
      return shown.map((item) => this.of(item, depth))
    }
    const entries = value instanceof Map ? [...value] : Object.entries(value)
    const shown = entries.slice(0, Math.max(0, this.#left) + 1)
    // Not by assignment, which a property of the name __proto__ would not survive.
    return Object.fromEntries(shown.map(([name, item]) => [textOf(String(name)), this.of(item, depth)]))
  }
}

const textOf = (text: string): string =>
  text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length - MAX_TEXT} more characters)` : text
