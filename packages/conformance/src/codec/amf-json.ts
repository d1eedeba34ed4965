import { ecmaArray, typedObject, xmlDocument } from '@rtmp/amf0'
import { fixedVector, objectVector, weakDictionary, xml } from '@rtmp/amf3'
import { bytesOf, hexOf } from '../wire/hex.ts'

// AMF values as JSON, for vectors and for codecs in other processes. What JSON has no form for is an object with `$`;
// the README of the vectors lists the forms.

/** Values printed at most: shared values are printed each time they occur, and some messages hold them exponentially. */
const MAX_PRINTED = 200_000

interface Detail {
  readonly kind: string
  readonly name?: string
  readonly flag?: boolean
}

/** How the plain views of our codecs mark what JavaScript has no type for. */
const DETAIL = Symbol.for('@rtmp/amf/detail')
const detailOf = (value: object): Detail | undefined => (value as { [DETAIL]?: Detail })[DETAIL]

const numberJson = (value: number): unknown => {
  if (Object.is(value, -0)) return { $: 'number', text: '-0' }
  return Number.isFinite(value) ? value : { $: 'number', text: String(value) }
}

/** A decoded value as JSON. @throws Error for values that are too many to print */
export const toJson = (root: unknown): unknown => {
  const above: object[] = []
  let printed = 0
  const entries = (value: object): unknown =>
    Object.entries(value).map(([name, inner]) => [name, print(inner)])
  const vector = (of: string, values: ArrayLike<number>, fixed: boolean): unknown => ({
    $: 'vector',
    of,
    fixed,
    values: Array.from(values, numberJson),
  })
  const print = (value: unknown): unknown => {
    printed += 1
    if (printed > MAX_PRINTED) throw new Error('more values than can be printed')
    if (value === undefined) return { $: 'undefined' }
    if (typeof value === 'number') return numberJson(value)
    if (typeof value !== 'object' || value === null) return value
    const at = above.lastIndexOf(value)
    if (at !== -1) return { $: 'cycle', up: above.length - at }
    above.push(value)
    const json = printObject(value)
    above.pop()
    return json
  }
  const printObject = (value: object): unknown => {
    const detail = detailOf(value)
    if (value instanceof Date) return { $: 'date', ms: numberJson(value.getTime()) }
    if (value instanceof Uint8Array) return { $: 'bytes', hex: hexOf(value) }
    if (value instanceof Int32Array) return vector('int', value, detail?.flag === true)
    if (value instanceof Uint32Array) return vector('uint', value, detail?.flag === true)
    if (value instanceof Float64Array) return vector('double', value, detail?.flag === true)
    if (value instanceof Map)
      return {
        $: 'dictionary',
        weak: detail?.flag === true,
        entries: Array.from(value, ([key, inner]) => [print(key), print(inner)]),
      }
    if (detail?.kind === 'xml' || detail?.kind === 'xmlDocument')
      return { $: detail.kind, text: (value as { text: string }).text }
    if (Array.isArray(value)) {
      const values = Array.from(value, print)
      if (detail?.kind === 'vector')
        return { $: 'vector', of: detail.name, fixed: detail.flag === true, values }
      const named = Object.entries(value).filter(([name]) => !/^\d+$/.test(name))
      return named.length === 0
        ? values
        : { $: 'array', named: named.map(([name, inner]) => [name, print(inner)]), values }
    }
    const className = detail?.kind === 'typed' ? { class: detail.name } : {}
    return { $: 'object', ...className, entries: entries(value) }
  }
  return print(root)
}

type Pairs = readonly (readonly [unknown, unknown])[]

const fromPairs = (pairs: Pairs): Record<string, unknown> => {
  const object: Record<string, unknown> = {}
  for (const [name, value] of pairs)
    Object.defineProperty(object, String(fromJson(name)), {
      value: fromJson(value),
      enumerable: true,
      configurable: true,
      writable: true,
    })
  return object
}

/** The value that JSON stands for, as our encoders take it. @throws Error for an unknown form */
export const fromJson = (json: unknown): unknown => {
  if (Array.isArray(json)) return json.map(fromJson)
  if (typeof json !== 'object' || json === null) return json
  const form = json as Readonly<Record<string, unknown>>
  const className = form['class'] as string | undefined
  const entries = form['entries'] as Pairs
  const values = form['values'] as readonly unknown[]
  switch (form['$']) {
    case 'undefined':
      return undefined
    case 'number':
      return Number(form['text'])
    case 'repeat':
      return String(form['text']).repeat(Number(form['times']))
    case 'object':
      return className === undefined ? fromPairs(entries) : typedObject(className, fromPairs(entries))
    case 'ecmaArray':
      return ecmaArray(fromPairs(entries))
    case 'date':
      return new Date(Number(fromJson(form['ms'])))
    case 'xmlDocument':
      return xmlDocument(String(form['text']))
    case 'xml':
      return xml(String(form['text']))
    case 'bytes':
      return bytesOf(String(form['hex']))
    case 'dictionary': {
      const map = new Map(entries.map(([key, value]) => [fromJson(key), fromJson(value)]))
      return form['weak'] === true ? weakDictionary(map) : map
    }
    case 'vector':
      return vectorFrom(String(form['of']), values, form['fixed'] === true)
    case 'cyclic': {
      const cyclic: Record<string, unknown> = {}
      cyclic['self'] = cyclic
      return cyclic
    }
    default:
      throw new Error(`no value is written as ${JSON.stringify(form)}`)
  }
}

const vectorFrom = (of: string, values: readonly unknown[], fixed: boolean): unknown => {
  const numbers = values.map((value) => Number(fromJson(value)))
  const made =
    of === 'int'
      ? Int32Array.from(numbers)
      : of === 'uint'
        ? Uint32Array.from(numbers)
        : of === 'double'
          ? Float64Array.from(numbers)
          : undefined
  if (made === undefined) return objectVector(of, values.map(fromJson), fixed)
  return fixed ? fixedVector(made) : made
}
