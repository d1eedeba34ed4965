import { UsageError } from '@rtmp/bytes'
import { closestTo } from '@rtmp/settings'
import { CONFIGURATION_OPTIONS, type ConfigurationOption } from './option.ts'

/** What a section of the options given in code may hold beside what can be configured. */
const ONLY_IN_CODE: Readonly<Record<string, readonly string[]>> = {
  streams: [],
  limits: [],
  closing: [],
  drain: ['description'],
}

/** Options of a session have one more level in code. */
const isSessionLimit = (path: readonly string[]): boolean => path[0] === 'session' && path[1] === 'limits'

/**
 * Checks options that are given in code as those of a configuration are: what can be configured takes the same values, and what is
 * written wrong is told.
 *
 * @param options - As given to `createServer`.
 * @param names - All that may be given at the top.
 * @throws UsageError `OPTION_INVALID` or `OPTION_UNKNOWN`, with the path of the field
 */
export const checkOptions = (options: object, names: readonly string[]): void => {
  for (const [name, value] of Object.entries(options)) {
    if (!names.includes(name)) throw unknown(name, name, names)
    if (name === 'listeners') checkListeners(value)
    else if (!CHECKED_ELSEWHERE.has(name)) check(value, [name], name)
  }
}

/** They have shapes of their own in code, and say themselves what is wrong with them. */
const CHECKED_ELSEWHERE: ReadonlySet<string> = new Set([
  'access',
  'https',
  'hls',
  'cluster',
  'relays',
  'recordings',
  'run',
  'handler',
  'capabilities',
])

/** More ports are what the first one is. */
const checkListeners = (value: unknown): void => {
  if (value === undefined) return
  if (!Array.isArray(value)) {
    throw new UsageError('OPTION_INVALID', `${written(value)} will not do; give a list`, 'listeners')
  }
  for (const [i, listener] of value.entries()) check(listener, ['rtmp'], `listeners[${i}]`)
}

/** @param shown - The path as it was given. */
const check = (value: unknown, path: readonly string[], shown: string): void => {
  if (value === undefined) return
  const configured = optionAt(path)
  if (configured !== undefined) {
    if (!takes(configured, value) && !(value === false && takes(configured, 'off'))) {
      const what = configured.secret ? 'what it says' : written(value)
      throw new UsageError('OPTION_INVALID', `${what} will not do; give ${configured.expected}`, shown)
    }
    return
  }
  const known = namesIn(path)
  if (known.length === 0) return
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    if (path.length === 1 && value === false) return
    throw new UsageError('OPTION_INVALID', `${written(value)} will not do; give an object`, shown)
  }
  const more = ONLY_IN_CODE[path[0] ?? '']
  for (const [name, inner] of Object.entries(value)) {
    const at = `${shown}.${name}`
    if (more !== undefined && !known.includes(name) && !more.includes(name)) {
      throw unknown(name, at, [...known, ...more])
    }
    check(inner, [...path, name], at)
  }
}

/** As it is in a configuration: `session.limits.maxBufferedBytes` is `session.maxBufferedBytes` there. */
const configuredPath = (path: readonly string[]): readonly string[] =>
  isSessionLimit(path) ? ['session', ...path.slice(2)] : path

const optionAt = (path: readonly string[]): ConfigurationOption | undefined => {
  const key = configuredPath(path).join('.')
  return CONFIGURATION_OPTIONS.find((option) => option.path.join('.') === key)
}

/** Names of what stands directly below a path. */
const namesIn = (path: readonly string[]): string[] => {
  const prefix = configuredPath(path)
  const below = CONFIGURATION_OPTIONS.filter(
    (option) => option.path.length > prefix.length && prefix.every((name, i) => option.path[i] === name),
  )
  return [...new Set(below.map((option) => option.path[prefix.length] ?? ''))]
}

/** Parts of a millisecond, and no bound at all, are for code only: a file has whole numbers, and 0. */
const takes = (option: ConfigurationOption, value: unknown): boolean => {
  if (!option.form.startsWith('number') || typeof value !== 'number') return option.takes(value)
  if (value === Number.POSITIVE_INFINITY) return option.takes(Number.MAX_SAFE_INTEGER)
  return option.takes(Math.floor(value))
}

const written = (value: unknown): string => {
  if (typeof value === 'string') return `'${value.slice(0, 60)}'`
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : 'this'
}

const unknown = (name: string, path: string, known: readonly string[]): UsageError => {
  const meant = closestTo(name, known)
  const hint = meant === undefined ? `there are ${known.join(', ')}` : `did you mean ${meant}?`
  return new UsageError('OPTION_UNKNOWN', `there is no such option; ${hint}`, path)
}
