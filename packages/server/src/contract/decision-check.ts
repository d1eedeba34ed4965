import { UsageError } from '@rtmp/bytes'
import type { Decision } from './decision.ts'

/** The type of each field that a decision can have; a field that is absent is always right. */
const FIELDS: Readonly<Record<'accept' | 'reject' | 'redirect', Readonly<Record<string, string>>>> = {
  accept: {
    streamName: 'string',
    app: 'string',
    user: 'string',
    recorded: 'boolean',
    record: 'boolean',
    limits: 'object',
    recheck: 'object',
    signal: 'object',
  },
  reject: { code: 'string', description: 'string', close: 'boolean', information: 'object' },
  redirect: { url: 'string', description: 'string' },
}

/**
 * What a hook has said, if it is a decision: nothing, or what `accept`, `reject` and `redirect` make. Anything else must
 * not be taken for a grant, so that a hook that says `false` lets nobody in.
 *
 * @throws UsageError `DECISION_INVALID`
 */
export const checkedDecision = (said: unknown): Decision => {
  if (said === undefined || said === null) return undefined
  const { kind } = said as { readonly kind?: unknown }
  const fields = kind === 'accept' || kind === 'reject' || kind === 'redirect' ? FIELDS[kind] : undefined
  if (typeof said !== 'object' || fields === undefined) {
    const message = 'a hook that decides returns nothing, accept(…), reject(…) or redirect(…)'
    throw new UsageError('DECISION_INVALID', message, 'kind')
  }
  for (const [name, type] of Object.entries(fields)) {
    const value = (said as Readonly<Record<string, unknown>>)[name]
    if (value === undefined || (typeof value === type && value !== null)) continue
    throw new UsageError('DECISION_INVALID', `'${name}' of a decision must be of type ${type}`, name)
  }
  if (kind === 'redirect' && !('url' in said)) {
    throw new UsageError('DECISION_INVALID', 'a redirect needs a URL', 'url')
  }
  return said as Decision
}

/**
 * What a `connection` hook has said: `false` turns away, `true` and nothing let in.
 *
 * @throws UsageError `DECISION_INVALID` for anything else
 */
export const checkedAdmission = (said: unknown): boolean => {
  if (said === undefined || said === null || said === true) return true
  if (said === false) return false
  const message = 'the connection hook returns a boolean or nothing'
  throw new UsageError('DECISION_INVALID', message, 'handler.connection')
}
