import { usageError } from './errors.ts'
import { classNameOf, detailOf, ecmaArray, emptyTypedObject, setOwn } from './values.ts'

/** As deep as values may nest. */
const MAX_DEPTH = 512

/** How {@link amf3ToAmf0} maps what AMF0 says otherwise. */
export interface BridgeOptions {
  /** What dense arrays become. Default `strictArray`; some readers know only ECMA arrays with numbers as names. */
  readonly denseArrays?: 'strictArray' | 'ecmaArray'
}

/**
 * A plain value made of what AMF0 can hold, for readers that know no AMF3: byte arrays and vectors become arrays of
 * numbers, XML becomes text, dictionaries become ECMA arrays with their keys as names. Objects, typed objects, dates and
 * scalars stay what they are. Shared objects stay shared and cycles are kept.
 *
 * @example
 * ```ts
 * amf3ToAmf0({ codes: Uint8Array.of(1, 2) }) // { codes: [1, 2] }
 * ```
 *
 * @throws UsageError `DEPTH_LIMIT` beyond 512 levels
 */
export const amf3ToAmf0 = (value: unknown, options: BridgeOptions = {}): unknown => {
  const done = new Map<object, unknown>()
  let depth = 0
  const asEcma = options.denseArrays === 'ecmaArray'

  const list = (source: object, items: readonly unknown[]): unknown => {
    if (!asEcma) {
      const target: unknown[] = []
      done.set(source, target)
      for (const item of items) target.push(bridge(item))
      return target
    }
    return entries(source, Object.entries(items))
  }
  const entries = (source: object, pairs: Iterable<[unknown, unknown]>): unknown => {
    const properties = {}
    const target = ecmaArray(properties)
    done.set(source, target)
    for (const [key, item] of pairs) setOwn(properties, String(key), bridge(item))
    return target
  }
  const bridge = (item: unknown): unknown => {
    if (typeof item !== 'object' || item === null) return item
    const known = done.get(item)
    if (known !== undefined) return known
    if (depth >= MAX_DEPTH) throw usageError('DEPTH_LIMIT', 'nested too deep', 'value')
    depth += 1
    const target = container(item)
    depth -= 1
    return target
  }
  const container = (item: object): unknown => {
    if (Array.isArray(item)) return list(item, item)
    if (item instanceof Map) return entries(item, item as Map<unknown, unknown>)
    if (item instanceof Date) return item
    if (ArrayBuffer.isView(item)) return list(item, [...(item as Uint8Array)])
    switch (detailOf(item)?.kind) {
      case 'xml':
      case 'xmlDocument':
        return (item as { text: string }).text
      case 'ecmaArray':
        return entries(item, Object.entries((item as { properties: object }).properties))
      default: {
        const className = classNameOf(item)
        const target = className === undefined ? {} : emptyTypedObject(className)
        done.set(item, target)
        for (const [name, member] of Object.entries(item)) setOwn(target, name, bridge(member))
        return target
      }
    }
  }
  return bridge(value)
}
