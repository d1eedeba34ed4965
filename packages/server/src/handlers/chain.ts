import {
  type Accept,
  type AcceptLimits,
  type Awaitable,
  type Decision,
  grantIn,
  isPromise,
  refusalIn,
  type Recheck,
} from '../core/decision.ts'
import type { MediaTag, MediaTagDecision, PublishContext, ServerHandler } from '../core/handler.ts'

type Asked = 'connect' | 'fcPublish' | 'publish' | 'play'
type Told =
  | 'handshakeComplete'
  | 'metadata'
  | 'data'
  | 'videoFrame'
  | 'audioFrame'
  | 'enhancedVideoFrame'
  | 'enhancedAudioFrame'
  | 'keyframe'
  | 'unpublish'
  | 'playStop'
  | 'pause'
  | 'unpause'
  | 'disconnect'
  | 'statsUpdate'

const TOLD: readonly Told[] = [
  'handshakeComplete',
  'metadata',
  'data',
  'videoFrame',
  'audioFrame',
  'enhancedVideoFrame',
  'enhancedAudioFrame',
  'keyframe',
  'unpublish',
  'playStop',
  'pause',
  'unpause',
  'disconnect',
  'statsUpdate',
]
const PARSED: ReadonlySet<Told> = new Set([
  'videoFrame',
  'audioFrame',
  'enhancedVideoFrame',
  'enhancedAudioFrame',
])

/** Any hook by its name, as something that can be called. */
type Call = (...values: readonly unknown[]) => unknown

const hookOf = (handler: ServerHandler, name: keyof ServerHandler): Call | undefined => {
  const hook = handler[name]
  return typeof hook === 'function' ? (hook.bind(handler) as Call) : undefined
}

const hooksOf = (handlers: readonly ServerHandler[], name: keyof ServerHandler): readonly Call[] =>
  handlers.flatMap((handler) => hookOf(handler, name) ?? [])

/**
 * Several handlers as one. Where they decide, they are asked in turn: the first refusal counts and the rest is not
 * asked; a name that one gives is the name the next one sees; limits, rechecks and signals all hold. A `mediaTag` sees
 * what the ones before it have left. Everything else is told to all of them, and what one throws is thrown when all have
 * been told. Each keeps its own `mediaDelivery`.
 */
export const chainHandlers = (...handlers: readonly ServerHandler[]): ServerHandler => {
  const chained: Record<string, unknown> = {}
  for (const name of ['connect', 'fcPublish', 'publish', 'play'] as const satisfies readonly Asked[]) {
    const hooks = hooksOf(handlers, name)
    if (hooks.length > 0) chained[name] = (context: object) => askInTurn(hooks, 0, context, undefined)
  }
  const admit = hooksOf(handlers, 'connection')
  if (admit.length > 0) chained['connection'] = (info: unknown) => admitInTurn(admit, 0, info)
  const calls = hooksOf(handlers, 'call')
  if (calls.length > 0) chained['call'] = (context: unknown) => callInTurn(calls, 0, context)
  const tags = hooksOf(
    handlers.filter(({ mediaDelivery }) => mediaDelivery !== 'parsed'),
    'mediaTag',
  )
  if (tags.length > 0) {
    chained['mediaTag'] = (context: PublishContext, tag: MediaTag) => tagInTurn(tags, context, tag)
  }
  for (const name of TOLD) {
    const wanting = PARSED.has(name)
      ? handlers.filter(({ mediaDelivery }) => mediaDelivery !== 'raw')
      : handlers
    const hooks = hooksOf(wanting, name)
    if (hooks.length > 0) chained[name] = (...values: unknown[]) => tellAll(hooks, values)
  }
  return chained as ServerHandler
}

const askInTurn = (
  hooks: readonly Call[],
  from: number,
  context: object,
  granted: Accept | undefined,
): Awaitable<Decision> => {
  let seen = context
  let sum = granted
  for (let i = from; i < hooks.length; i++) {
    const answer = (hooks[i] as Call)(seen) as Awaitable<Decision>
    if (isPromise<Decision>(answer)) {
      const next = i + 1
      return answer.then((decision) => {
        if (refusalIn(decision) !== undefined) return decision
        const grant = grantIn(decision)
        return askInTurn(hooks, next, renamed(seen, grant), together(sum, grant))
      })
    }
    if (refusalIn(answer) !== undefined) return answer
    const grant = grantIn(answer)
    seen = renamed(seen, grant)
    sum = together(sum, grant)
  }
  return sum
}

const renamed = (context: object, grant: Accept | undefined): object =>
  grant?.streamName === undefined ? context : { ...context, streamName: grant.streamName }

/** What two grants say together. */
const together = (a: Accept | undefined, b: Accept | undefined): Accept | undefined => {
  if (a === undefined || b === undefined) return a ?? b
  const streamName = b.streamName ?? a.streamName
  const limits = a.limits && b.limits ? strictest(a.limits, b.limits) : (a.limits ?? b.limits)
  const recheck = a.recheck && b.recheck ? both(a.recheck, b.recheck) : (a.recheck ?? b.recheck)
  const signal = a.signal && b.signal ? AbortSignal.any([a.signal, b.signal]) : (a.signal ?? b.signal)
  return {
    kind: 'accept',
    ...(streamName === undefined ? {} : { streamName }),
    ...(limits === undefined ? {} : { limits }),
    ...(recheck === undefined ? {} : { recheck }),
    ...(signal === undefined ? {} : { signal }),
  }
}

const strictest = (a: AcceptLimits, b: AcceptLimits): AcceptLimits => {
  const limits: Record<string, number> = {}
  for (const [name, value] of [...Object.entries(a), ...Object.entries(b)] as [string, number][]) {
    limits[name] = Math.min(value, limits[name] ?? Number.POSITIVE_INFINITY)
  }
  return limits
}

const both = (a: Recheck, b: Recheck): Recheck => ({
  everyMs: Math.min(a.everyMs, b.everyMs),
  check: () => askInTurn([() => a.check(), () => b.check()], 0, {}, undefined),
})

const admitInTurn = (hooks: readonly Call[], from: number, info: unknown): Awaitable<boolean | void> => {
  for (let i = from; i < hooks.length; i++) {
    const answer = (hooks[i] as Call)(info) as Awaitable<boolean | void>
    if (isPromise<boolean | void>(answer)) {
      return answer.then((admitted) => (admitted === false ? false : admitInTurn(hooks, i + 1, info)))
    }
    if (answer === false) return false
  }
  return true
}

/** The first answer counts. */
const callInTurn = async (hooks: readonly Call[], from: number, context: unknown): Promise<unknown> => {
  for (const hook of hooks.slice(from)) {
    const answer = await hook(context)
    if (answer !== undefined) return answer
  }
  return undefined
}

const tagInTurn = (hooks: readonly Call[], context: PublishContext, first: MediaTag): MediaTagDecision => {
  let tag = first
  for (const hook of hooks) {
    const decision = hook(context, tag) as MediaTagDecision
    if (decision === false) return false
    if (typeof decision === 'object' && decision !== null) tag = { ...tag, ...decision }
  }
  return tag === first ? true : tag
}

const tellAll = (hooks: readonly Call[], values: readonly unknown[]): Awaitable<void> => {
  let failed = false
  let failure: unknown
  let later: unknown[] | undefined
  for (const hook of hooks) {
    try {
      const answer = hook(...values)
      if (isPromise(answer)) {
        later ??= []
        later.push(answer)
      }
    } catch (error) {
      failure = failed ? failure : error
      failed = true
    }
  }
  if (failed) throw failure
  return later === undefined ? undefined : Promise.all(later).then(() => undefined)
}
