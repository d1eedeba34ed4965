import { closestTo, notForUs, shownValue, switchOf } from '@rtmp/settings'
import * as v from 'valibot'
import type { Configuration } from './configuration.ts'
import { CONFIGURATION_OPTIONS, type ConfigurationOption } from './option.ts'
import { configurationSchema } from './schema.ts'

/** Where options come from; flags count more than variables, and those more than the file. */
export interface ConfigurationSources {
  /** What the file holds, as read from YAML or JSON. */
  readonly file?: { readonly name: string; readonly value: Readonly<Record<string, unknown>> }
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Texts by flag: `{ '--rtmp-port': '1936' }`. */
  readonly flags?: Readonly<Record<string, string>>
}

/** A configuration, or what is wrong with it: one sentence for each mistake, saying where it is and what to do. */
export type LoadedConfiguration =
  | {
      readonly ok: true
      readonly configuration: Configuration
      /** Variables that were not taken, and why: one sentence each. */
      readonly notes: readonly string[]
    }
  | { readonly ok: false; readonly problems: readonly string[] }

type Tree = Record<string, unknown>

/** Puts the sources together and checks all. */
export const loadConfiguration = (sources: ConfigurationSources): LoadedConfiguration => {
  const { file, environment = {}, flags = {} } = sources
  const problems: string[] = []
  const notes: string[] = []
  const origins = new Map<string, string>()
  const tree: Tree = structuredClone({ ...file?.value })
  for (const option of CONFIGURATION_OPTIONS) {
    const { flag, variable } = option
    const fromFlag = flag === undefined ? undefined : flags[flag]
    const given = fromFlag ?? environment[variable]
    if (given === undefined) continue
    if (fromFlag === undefined) {
      const reason = notForUs(given, takenAs(option))
      if (reason !== undefined) {
        if (reason !== '') notes.push(`${variable}=${given} ${reason}`)
        continue
      }
    }
    const origin = fromFlag === undefined ? variable : (flag ?? variable)
    const value = fromText(option, given)
    if (value === undefined)
      problems.push(`${origin}: ${shown(option, given)} is not JSON; give ${option.expected}.`)
    else if (place(tree, option.path, value)) origins.set(option.path.join('.'), origin)
  }
  const result = v.safeParse(configurationSchema, tree)
  if (result.success && problems.length === 0) return { ok: true, configuration: result.output, notes }
  const told = new Set<string>()
  for (const issue of result.issues ?? []) {
    const text = explain(issue, origins, file?.name ?? 'the configuration')
    if (!told.has(text)) problems.push(text)
    told.add(text)
  }
  return { ok: false, problems }
}

/** Puts a value where its path says; false when something else is in the way, which the schema will complain of. */
const place = (tree: Tree, path: readonly string[], value: unknown): boolean => {
  let at = tree
  for (const name of path.slice(0, -1)) {
    const next = (Object.hasOwn(at, name) ? at[name] : undefined) ?? (at[name] = {})
    if (typeof next !== 'object') return false
    at = next as Tree
  }
  at[path.at(-1) ?? ''] = value
  return true
}

const takenAs = ({ form }: ConfigurationOption): 'text' | 'list' | 'other' =>
  form === 'text' || form === 'list' ? form : 'other'

/** The value that a text stands for; texts that stand for none stay what they are, for the schema to refuse. */
const fromText = ({ form }: ConfigurationOption, given: string): unknown => {
  const trimmed = given.trim()
  switch (form) {
    case 'number':
    case 'numberOrWord':
      return /^-?\d+$/.test(trimmed) ? Number(trimmed) : given
    case 'boolean':
      return switchOf(given) ?? given
    case 'list':
      return trimmed === '' ? [] : trimmed.split(',').map((item) => item.trim())
    case 'json':
      try {
        return JSON.parse(given) as unknown
      } catch {
        return undefined
      }
    default:
      return given
  }
}

const shown = ({ secret }: ConfigurationOption, value: unknown): string =>
  secret ? 'what it says' : shownValue(value)

/** One sentence for a mistake that the schema has found. */
export const explain = (
  issue: v.BaseIssue<unknown>,
  origins: ReadonlyMap<string, string>,
  fileName: string,
): string => {
  const keys = (issue.path ?? []).map(({ key }) => key as string | number)
  const option = CONFIGURATION_OPTIONS.find(({ path }) => path.every((name, i) => keys[i] === name))
  const where = written(keys)
  if (option === undefined) {
    const value = issue.path?.at(-1)?.value
    const known = CONFIGURATION_OPTIONS.some(({ path }) => keys.every((name, i) => path[i] === name))
    if (known) return `${fileName}, ${where}: ${JSON.stringify(value)} will not do; give ${issue.message}.`
    const meant = meantBy(keys)
    const hint =
      meant === undefined ? 'rtmp-server --help says where all are listed.' : `did you mean ${meant}?`
    return `${fileName}, ${where}: there is no such option; ${hint}`
  }
  const origin = origins.get(option.path.join('.')) ?? `${fileName}, ${where}`
  const inside = keys.length > option.path.length && origins.has(option.path.join('.')) ? ` (${where})` : ''
  return `${origin}${inside}: ${wrongIn(issue, option, keys)}; give ${option.expected}.`
}

/** What is wrong inside of an option: a word too much, one that is missing, or a value. */
const wrongIn = (
  { type, expected, input, path }: v.BaseIssue<unknown>,
  option: ConfigurationOption,
  keys: readonly (string | number)[],
): string => {
  const name = String(keys.at(-1))
  if (type === 'strict_object' && expected === 'never') {
    const known = Object.keys((path?.at(-1)?.input ?? {}) as object).filter((other) => other !== name)
    return `there is no '${name}' here${known.length === 0 ? '' : `, beside ${known.join(' and ')}`}`
  }
  if (type === 'strict_object' && input === undefined) return `'${name}' is missing`
  return `${shown(option, input)} will not do`
}

/**
 * The options that somebody can have meant: those of the same name elsewhere (`latency` is `streams.latency`), else the
 * one that is written most alike.
 */
const meantBy = (keys: readonly (string | number)[]): string | undefined => {
  const paths = CONFIGURATION_OPTIONS.map(({ path }) => path)
  const elsewhere = new Set(
    paths.flatMap((path) => {
      // From each place on: a whole section may stand at the wrong level.
      const at = path.findIndex((_, i) => i > 0 && keys.every((key, k) => path[i + k] === key))
      return at < 0 ? [] : [path.slice(0, at + keys.length).join('.')]
    }),
  )
  // A name at the wrong level inside of a section, or below one it has no business in.
  const last = String(keys.at(-1))
  const sameName = paths.filter((path) => path.at(-1) === last).map((path) => path.join('.'))
  const found = elsewhere.size > 0 ? [...elsewhere] : sameName
  if (found.length > 0 && found.length <= MOST_MEANT) return found.join(' or ')
  const sections = keys.length === 1 ? new Set(paths.map(([section = '']) => section)) : []
  return closestTo(written(keys), [...sections, ...paths.map((path) => path.join('.'))])
}

/** More guesses than that are no help. */
const MOST_MEANT = 3

/** A path as people write it: `listeners[0].port`. */
export const written = (keys: readonly (string | number)[]): string =>
  keys.map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? key : `.${key}`)).join('')
