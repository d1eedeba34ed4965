import { UsageError } from '@rtmp/bytes'
import { cutStream, streamPath } from '@rtmp/message'
import { matchesPattern } from '../../names/pattern.ts'
import type { PushRelay, PushTrack, RelayRule } from '../../contract/relay-rules.ts'
import type { TrackChoice } from '@rtmp/e-rtmp'
import { RelayTarget, type RelayUsageCode } from './relay-target.ts'

interface Rule {
  /** Counts up from 1 in each server. */
  readonly id: number
  readonly retryMs: number
  readonly maxRetryMs: number
  /** Whether it is for a stream of this server. */
  fits(app: string, streamName: string): boolean
}

/** Where a push goes, and what of the stream. */
export interface PushTarget {
  readonly target: RelayTarget
  /** `undefined` for all tracks. */
  readonly tracks: TrackChoice | undefined
}

/** A push with its defaults filled in. */
export interface PushRule extends Rule {
  readonly targets: readonly PushTarget[]
  readonly pulled: boolean
}

/** A pull with its defaults filled in. */
export interface PullRule extends Rule {
  readonly target: RelayTarget
  readonly lingerMs: number
  /** The one stream of a pull that always is; `undefined` on demand. */
  readonly always: { readonly app: string; readonly streamName: string } | undefined
}

/**
 * All rules, each kind in its order.
 *
 * @param firstId - The number of the first one.
 * @throws UsageError `RELAY_INVALID`, `RELAY_URL_INVALID`
 */
export const resolvedRules = (
  rules: readonly RelayRule[],
  firstId = 1,
): { readonly pushes: readonly PushRule[]; readonly pulls: readonly PullRule[] } => {
  const pushes: PushRule[] = []
  const pulls: PullRule[] = []
  for (const [index, rule] of rules.entries()) {
    const path = `relays[${index}]`
    const { stream = '*', retryMs = 500, maxRetryMs = 30_000 } = rule
    if (!(retryMs > 0 && maxRetryMs >= retryMs)) {
      throw invalid('needed: 0 < retryMs ≤ maxRetryMs', `${path}.retryMs`)
    }
    const fits = (app: string, streamName: string): boolean =>
      matchesPattern(stream, streamPath(app, streamName))
    const common = { id: firstId + index, retryMs, maxRetryMs, fits }
    if ('push' in rule === 'pull' in rule) throw invalid('needed: push or pull, one of them', path)
    if ('push' in rule) {
      const { push } = rule
      const given = isList(push) ? push : [push]
      if (given.length === 0) throw invalid('needed: at least one URL', `${path}.push`)
      const targets = given.map((one, at) => targetOf(one, `${path}.push${isList(push) ? `[${at}]` : ''}`))
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

const isList = (push: PushRelay['push']): push is readonly (string | PushTrack)[] => Array.isArray(push)

const targetOf = (one: string | PushTrack, path: string): PushTarget => {
  if (typeof one === 'string') return { target: new RelayTarget(one, path), tracks: undefined }
  const { url, video = 0, audio = 0 } = one
  for (const [name, id] of Object.entries({ video, audio })) {
    if (!Number.isInteger(id) || id < 0 || id > 255)
      throw invalid('needed: a whole number from 0 to 255', `${path}.${name}`)
  }
  return { target: new RelayTarget(url, `${path}.url`), tracks: { video, audio } }
}

const named = (stream: string, path: string): { readonly app: string; readonly streamName: string } => {
  const cut = stream.includes('*') ? undefined : cutStream(stream, '')
  if (cut === undefined || cut.path === '' || cut.queries.length > 0) {
    const why = "a pull that is not on demand is for one stream: needed: its path, such as 'live/show'"
    throw invalid(why, `${path}.stream`)
  }
  return cut
}

const invalid = (message: string, path: string): UsageError<RelayUsageCode> =>
  new UsageError('RELAY_INVALID', message, path)
