import { UsageError } from '@rtmp/bytes'
import { matchesPattern } from '../../access/pattern.ts'
import type { RelayRule } from './relay-rules.ts'
import { RelayTarget } from './relay-target.ts'

interface Rule {
  readonly retryMs: number
  readonly maxRetryMs: number
  /** Whether it is for a stream of this server. */
  fits(app: string, streamName: string): boolean
}

/** A push with its defaults filled in. */
export interface PushRule extends Rule {
  readonly targets: readonly RelayTarget[]
  readonly pulled: boolean
}

/** A pull with its defaults filled in. */
export interface PullRule extends Rule {
  readonly target: RelayTarget
  readonly lingerMs: number
  /** The one stream of a pull that always is; `undefined` on demand. */
  readonly always: { readonly app: string; readonly streamName: string } | undefined
}

/** All rules, each kind in its order. @throws UsageError `RELAY_INVALID`, `RELAY_URL_INVALID` */
export const resolvedRules = (
  rules: readonly RelayRule[],
): { readonly pushes: readonly PushRule[]; readonly pulls: readonly PullRule[] } => {
  const pushes: PushRule[] = []
  const pulls: PullRule[] = []
  for (const [index, rule] of rules.entries()) {
    const path = `relays[${index}]`
    const { stream = '*', retryMs = 500, maxRetryMs = 30_000 } = rule
    if (!(retryMs > 0 && maxRetryMs >= retryMs)) {
      throw invalid('needed: 0 < retryMs ≤ maxRetryMs', `${path}.retryMs`)
    }
    const fits = (app: string, streamName: string): boolean => matchesPattern(stream, `${app}/${streamName}`)
    const common = { retryMs, maxRetryMs, fits }
    if ('push' in rule === 'pull' in rule) throw invalid('needed: push or pull, one of them', path)
    if ('push' in rule) {
      const urls = typeof rule.push === 'string' ? [rule.push] : rule.push
      if (urls.length === 0) throw invalid('needed: at least one URL', `${path}.push`)
      const targets = urls.map(
        (url, at) => new RelayTarget(url, `${path}.push${typeof rule.push === 'string' ? '' : `[${at}]`}`),
      )
      pushes.push({ ...common, targets, pulled: rule.pulled ?? false })
    } else {
      const { lingerMs = 5000, onDemand = true } = rule
      if (!(lingerMs >= 0)) throw invalid('needed: 0 or more', `${path}.lingerMs`)
      const target = new RelayTarget(rule.pull, `${path}.pull`)
      pulls.push({ ...common, target, lingerMs, always: onDemand ? undefined : named(stream, path) })
    }
  }
  return { pushes, pulls }
}

const named = (stream: string, path: string): { readonly app: string; readonly streamName: string } => {
  const slash = stream.lastIndexOf('/')
  if (slash < 1 || slash === stream.length - 1 || stream.includes('*')) {
    const why = "a pull that is not on demand is for one stream: needed: 'app/name'"
    throw invalid(why, `${path}.stream`)
  }
  return { app: stream.slice(0, slash), streamName: stream.slice(slash + 1) }
}

const invalid = (message: string, path: string): UsageError => new UsageError('RELAY_INVALID', message, path)
