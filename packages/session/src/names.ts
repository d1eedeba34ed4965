import { utf8Length } from '@rtmp/bytes'
import type { QueryParameters } from './events.ts'

/** A text before and after its first `?`. */
export interface SplitName {
  readonly path: string
  /** Without the `?`; empty when there is none. */
  readonly query: string
}

/** Cuts a name, app or URL at the first `?`. */
export const splitQuery = (text: string): SplitName => {
  const at = text.indexOf('?')
  return at < 0 ? { path: text, query: '' } : { path: text.slice(0, at), query: text.slice(at + 1) }
}

/**
 * Parameters of several query texts, later texts winning over earlier ones. Split at `&` and the first `=` only, since
 * RTMP clients do not percent-encode.
 */
export const parseQuery = (...texts: readonly string[]): QueryParameters => {
  const parameters: Record<string, string> = Object.create(null) as Record<string, string>
  for (const text of texts) {
    for (const part of text.split('&')) {
      if (part === '') continue
      const at = part.indexOf('=')
      if (at < 0) parameters[part] = ''
      else parameters[part.slice(0, at)] = part.slice(at + 1)
    }
  }
  return parameters
}

/** Application name without query, outer slashes and a trailing `/_definst_`. */
export const normaliseApp = (app: string): string =>
  trimSlashes(trimSlashes(splitQuery(app).path).replace(/\/_definst_$/, ''))

/** Stream name without query and outer slashes. Prefixes such as `mp4:` stay. */
export const normaliseStreamName = (name: string): string => trimSlashes(splitQuery(name).path)

const trimSlashes = (text: string): string => {
  let start = 0
  let end = text.length
  while (start < end && text[start] === '/') start++
  while (end > start && text[end - 1] === '/') end--
  return text.slice(start, end)
}

/** Whether a name fits into `maxBytes` of UTF-8 and holds no control characters. */
export const isSoundName = (name: string, maxBytes: number): boolean => {
  if (name.length > maxBytes || utf8Length(name) > maxBytes) return false
  for (let at = 0; at < name.length; at++) {
    const unit = name.charCodeAt(at)
    if (unit < 0x20 || unit === 0x7f) return false
  }
  return true
}
