import { shownText } from '@rtmp/bytes/text'
import type { JsonValue } from './json-value.ts'

/** Longest text that is shown whole. */
const MAX_TEXT = 200
/** Most items of a list that are shown. */
const MAX_ITEMS = 16
const MAX_DEPTH = 6

/** A value in one line for people, as programmers write it: `{ app: 'live', list: [ 1, 2 ] }`; cut where it is long. */
export const valueText = (value: JsonValue, depth = 0): string => {
  if (typeof value === 'string') return quoted(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (depth === MAX_DEPTH) return isList(value) ? '[…]' : '{…}'
  const parts = isList(value)
    ? value.slice(0, MAX_ITEMS).map((item) => valueText(item, depth + 1))
    : Object.entries(value).map(([name, item]) => `${nameText(name)}: ${valueText(item, depth + 1)}`)
  if (isList(value) && value.length > MAX_ITEMS) parts.push(`… ${value.length - MAX_ITEMS} more`)
  const [open, close] = isList(value) ? '[]' : '{}'
  return parts.length === 0 ? `${open}${close}` : `${open} ${parts.join(', ')} ${close}`
}

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value)

const nameText = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name))

/** In quotation marks, without control characters: what a peer sends must not reach the terminal as it is. */
const quoted = (text: string): string => {
  const shown = text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text
  const escaped = JSON.stringify(shown).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")
  return `'${shownText(escaped, Number.POSITIVE_INFINITY)}'${text.length > MAX_TEXT ? ` … ${text.length - MAX_TEXT} more characters` : ''}`
}
