import type { Configuration } from './configuration.ts'
import { CONFIGURATION_OPTIONS } from './option.ts'

/** What stands for what is not shown. */
export const MASK = '***'

/** A configuration to show to people: what stands in secret options is masked, except that it is empty. */
export const maskedConfiguration = (configuration: Configuration): Record<string, unknown> => {
  const copy = structuredClone(configuration) as unknown as Record<string, unknown>
  for (const { path, secret, show } of CONFIGURATION_OPTIONS) {
    const last = path.at(-1) ?? ''
    let at = copy
    for (const name of path.slice(0, -1)) at = at[name] as Record<string, unknown>
    const value = at[last]
    at[last] = show?.(value) ?? (secret ? masked(value) : withoutPasswords(value))
  }
  return copy
}

/** Keys stay, texts go. */
const masked = (value: unknown): unknown => {
  if (typeof value === 'string') return value === '' ? '' : MASK
  if (Array.isArray(value)) return value.map(masked)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, masked(one)]))
}

/** URLs may hold a password. */
const withoutPasswords = (value: unknown): unknown =>
  typeof value === 'string' ? value.replace(/^(\w+:\/\/[^/@:]*):[^/@]*@/, `$1:${MASK}@`) : value
