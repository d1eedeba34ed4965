import * as v from 'valibot'
import type { Configuration } from './configuration.ts'
import { closestTo } from './closest.ts'
import { CONFIGURATION_OPTIONS, type ConfigurationOption } from './option.ts'
import { configurationSchema } from './schema.ts'

/** Where options come from; flags count more than variables, and those more than the file. */
export interface ConfigurationSources {
  /** What the file holds, as read from YAML or JSON. */
  readonly file?: { readonly name: string; readonly value: unknown }
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Texts by flag: `{ '--rtmp-port': '1936' }`. */
  readonly flags?: Readonly<Record<string, string>>
}

/** A configuration, or what is wrong with it: one sentence for each mistake, saying where it is and what to do. */
export type LoadedConfiguration =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly problems: readonly string[] }

type Tree = Record<string, unknown>

/** Puts the sources together and checks all. */
export const loadConfiguration = (sources: ConfigurationSources): LoadedConfiguration => {
  const { file, environment = {}, flags = {} } = sources
  const problems: string[] = []
  const origins = new Map<string, string>()
  const tree = plainTree(file?.value ?? {})
  if (tree === undefined)
    return { ok: false, problems: [`${file?.name}: it must hold sections with options.`] }
  for (const option of CONFIGURATION_OPTIONS) {
    const { flag, variable } = option
    const fromFlag = flag === undefined ? undefined : flags[flag]
    const given = fromFlag ?? environment[variable]
    if (given === undefined) continue
    const origin = fromFlag === undefined ? variable : (flag ?? variable)
    const value = fromText(option, given)
    if (value === undefined)
      problems.push(`${origin}: ${shown(option, given)} is not JSON; give ${option.expected}.`)
    else if (place(tree, option.path, value)) origins.set(option.path.join('.'), origin)
  }
  const result = v.safeParse(configurationSchema, tree)
  if (result.success && problems.length === 0) return { ok: true, configuration: result.output }
  const told = new Set<string>()
  for (const issue of result.issues ?? []) {
    const text = explain(issue, origins, file?.name ?? 'the configuration')
    if (!told.has(text)) problems.push(text)
    told.add(text)
  }
  return { ok: false, problems }
}

/** A deep copy of what stands in a file; `undefined` when it is no object. */
const plainTree = (value: unknown): Tree | undefined => {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined
  return structuredClone(value) as Tree
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

const YES: ReadonlySet<string> = new Set(['true', 'yes', 'on', '1'])
const NO: ReadonlySet<string> = new Set(['false', 'no', 'off', '0'])

/** The value that a text stands for; texts that stand for none stay what they are, for the schema to refuse. */
const fromText = ({ form }: ConfigurationOption, given: string): unknown => {
  const trimmed = given.trim()
  switch (form) {
    case 'number':
    case 'numberOrWord':
      return /^-?\d+$/.test(trimmed) ? Number(trimmed) : given
    case 'boolean':
      return YES.has(trimmed.toLowerCase()) ? true : NO.has(trimmed.toLowerCase()) ? false : given
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

const shown = ({ secret }: ConfigurationOption, value: unknown): string => {
  if (secret) return 'what it says'
  const text = typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value))
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

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
    const closest = closestTo(
      where,
      CONFIGURATION_OPTIONS.map(({ path }) => path.join('.')),
    )
    const instead =
      closest === undefined ? 'docs/configuration.md lists them all' : `did you mean ${closest}?`
    return `${fileName}, ${where}: there is no such option; ${instead}${closest === undefined ? '.' : ''}`
  }
  const origin = origins.get(option.path.join('.')) ?? `${fileName}, ${where}`
  const inside = keys.length > option.path.length && origins.has(option.path.join('.')) ? ` (${where})` : ''
  return `${origin}${inside}: ${shown(option, issue.input)} will not do; give ${option.expected}.`
}

/** A path as people write it: `listeners[0].port`. */
export const written = (keys: readonly (string | number)[]): string =>
  keys.map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? key : `.${key}`)).join('')
