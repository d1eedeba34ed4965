import { isUsageError } from '@rtmp/bytes'
import * as v from 'valibot'
import type { Configuration } from './configuration.ts'
import { explain, written } from './load.ts'
import { MASK, maskedConfiguration } from './mask.ts'
import { CONFIGURATION_OPTIONS, type ConfigurationOption } from './option.ts'
import { configurationSchema } from './schema.ts'
import { plainMessage } from './within.ts'

/** What is wrong with a change: the option, and a sentence. */
interface ConfigurationProblem {
  readonly field: string
  readonly error: string
}

/** The options that have changed, or why none has. */
export type ConfigurationChange =
  | { readonly ok: true; readonly changed: readonly string[] }
  | { readonly ok: false; readonly problems: readonly ConfigurationProblem[] }

/** A configuration that can be looked at and, in part, changed. */
export interface ServedConfiguration {
  /** Secrets masked. */
  shown(): Record<string, unknown>
  /** Takes the options that are given over; those that are not stay. All of them, or none. */
  change(patch: unknown): Promise<ConfigurationChange>
}

/** Carries a change out. Throws a UsageError when what is asked for cannot be used, and has changed nothing then. */
export type Apply = (next: Configuration, changed: readonly string[]) => Promise<void>

/** What begins with one of these can change while the server runs. */
const LIVE = ['access.', 'limits.', 'log.level'] as const

const NAME = 'the request'

/** The configuration of a server that runs. Changes are kept in memory; a restart begins with what the file says. */
export class LiveConfiguration implements ServedConfiguration {
  readonly #apply: Apply
  #current: Configuration
  /** One change at a time. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(configuration: Configuration, apply: Apply) {
    this.#current = configuration
    this.#apply = apply
  }

  shown(): Record<string, unknown> {
    return maskedConfiguration(this.#current)
  }

  async change(patch: unknown): Promise<ConfigurationChange> {
    return this.#inTurn(async () => this.#change(patch))
  }

  /**
   * Takes over what has changed in a configuration that was read again, as far as that is possible now.
   *
   * @returns the options that have changed, and those that need a restart
   * @throws UsageError for options that cannot be used; nothing has changed then
   */
  async adopt(read: Configuration): Promise<{ changed: readonly string[]; restart: readonly string[] }> {
    return this.#inTurn(async () => {
      const different = differences(this.#current, read)
      const changed = different.filter(isLive)
      const next = { ...this.#current, access: read.access, limits: read.limits }
      const log = { ...this.#current.log, level: read.log.level }
      await this.#take({ ...next, log }, changed)
      return { changed, restart: different.filter((path) => !isLive(path)) }
    })
  }

  async #change(patch: unknown): Promise<ConfigurationChange> {
    if (!isTree(patch)) {
      return refused('', `give an object with the options to change, such as {"log": {"level": "debug"}}`)
    }
    const tree = unmasked(patch, this.#current)
    const hidden = firstMasked(tree)
    if (hidden !== undefined) {
      return refused(
        hidden,
        `${hidden}: ${MASK} stands for what is not shown; give the value, or leave it out.`,
      )
    }
    const result = v.safeParse(configurationSchema, merged(this.#current, tree, []))
    if (!result.success) {
      const problems = result.issues.map((issue) => ({
        field: written((issue.path ?? []).map(({ key }) => key as string | number)),
        error: explain(issue, new Map(), NAME),
      }))
      return { ok: false, problems }
    }
    const changed = differences(this.#current, result.output)
    const problems = changed
      .filter((path) => !isLive(path))
      .map((field) => ({
        field,
        error: `${field} cannot change while the server runs: change it in the configuration, and restart.`,
      }))
    if (problems.length > 0) return { ok: false, problems }
    try {
      await this.#take(result.output, changed)
    } catch (error) {
      if (!isUsageError(error)) throw error
      return refused(error.path, `${plainMessage(error)}.`)
    }
    return { ok: true, changed }
  }

  async #take(next: Configuration, changed: readonly string[]): Promise<void> {
    if (changed.length === 0) return
    await this.#apply(next, changed)
    this.#current = next
  }

  async #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(act)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}

type Tree = Readonly<Record<string, unknown>>

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const refused = (field: string, error: string): ConfigurationChange => ({
  ok: false,
  problems: [{ field, error }],
})

const isLive = (path: string): boolean => LIVE.some((prefix) => path.startsWith(prefix))

const isOption = (path: readonly string[]): boolean =>
  CONFIGURATION_OPTIONS.some(
    (option) => option.path.length === path.length && option.path.every((name, i) => path[i] === name),
  )

const valueAt = (tree: unknown, { path }: ConfigurationOption): unknown => {
  let at = tree
  for (const name of path) at = isTree(at) && Object.hasOwn(at, name) ? at[name] : undefined
  return at
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

const differences = (before: Configuration, after: Configuration): string[] =>
  CONFIGURATION_OPTIONS.filter((option) => !same(valueAt(before, option), valueAt(after, option))).map(
    ({ path }) => path.join('.'),
  )

/** Sections are merged, options replaced. */
const merged = (before: unknown, patch: unknown, path: readonly string[]): unknown => {
  if (!isTree(before) || !isTree(patch) || isOption(path)) return patch
  const changed = Object.entries(patch).map(([name, value]) => {
    const known = Object.hasOwn(before, name) ? before[name] : undefined
    return [name, merged(known, value, [...path, name])] as const
  })
  return { ...before, ...Object.fromEntries(changed) }
}

/** Without what is given back as it was shown: it stays as it is. */
const unmasked = (patch: Tree, current: Configuration): Tree => {
  const shown = maskedConfiguration(current)
  const tree = structuredClone(patch) as Record<string, unknown>
  for (const option of CONFIGURATION_OPTIONS) {
    const given = valueAt(tree, option)
    if (given === undefined || !same(given, valueAt(shown, option))) continue
    let at = tree
    for (const name of option.path.slice(0, -1)) at = at[name] as Record<string, unknown>
    at[option.path.at(-1) ?? ''] = valueAt(current, option)
  }
  return tree
}

/** The first option that is given with a mask in it. */
const firstMasked = (tree: Tree): string | undefined =>
  CONFIGURATION_OPTIONS.find((option) => {
    const given = valueAt(tree, option)
    return given !== undefined && JSON.stringify(given).includes(MASK)
  })?.path.join('.')
