import type { MediaMessage } from '@rtmp/e-rtmp'
import { type Awaitable, isPromise } from '../contract/awaitable.ts'
import type { PublishContext } from '../contract/contexts.ts'
import { checkedAdmission, checkedDecision } from '../contract/decision-check.ts'
import {
  type Accept,
  type AcceptLimits,
  type Decision,
  grantIn,
  type Recheck,
  refusalIn,
} from '../contract/decision.ts'
import type { ServerHandler } from '../contract/handler.ts'
import { HOOK_NAMES, type HookKind, type HookName, HOOKS } from '../contract/hooks.ts'
import { renamed } from '../contract/renamed.ts'
import { type MediaTagDecision, withReplaced } from '../contract/media-tag.ts'

/** Any hook, as something that can be called. */
type Call = (first: unknown, second?: unknown, third?: unknown) => unknown

/** How the hooks of one name become one, by what becomes of their answers. */
const JOINED: { readonly [Kind in HookKind]: (hooks: readonly Call[]) => Call } = {
  admit: (hooks) => (info) => admitInTurn(hooks, 0, info),
  decide: (hooks) => (context) => askInTurn(hooks, 0, context as object, undefined),
  answer: (hooks) => (context) => callInTurn(hooks, 0, context),
  filter: (hooks) => (context, message) =>
    filterInTurn(hooks, context as PublishContext, message as MediaMessage),
  tell: (hooks) => tellAll(hooks),
  frame: (hooks) => tellAll(hooks),
}

/** Deliveries that do without hooks of a kind. */
const WITHOUT: { readonly [Kind in HookKind]?: ServerHandler['mediaDelivery'] } = {
  filter: 'parsed',
  frame: 'raw',
}

const hooksOf = (handlers: readonly ServerHandler[], name: HookName): readonly Call[] => {
  const without = WITHOUT[HOOKS[name]]
  return handlers.flatMap((handler) => {
    const hook = handler[name]
    if (typeof hook !== 'function' || (without !== undefined && handler.mediaDelivery === without)) return []
    return hook.bind(handler) as Call
  })
}

/**
 * Several handlers as one. Where they decide, they are asked in turn: the first refusal counts and the rest is not
 * asked; a name that one gives is the name the next one sees; limits, rechecks and signals all hold. A `mediaTag` sees
 * what the ones before it have left. Everything else is told to all of them, and what one throws is thrown when all have
 * been told, or comes with the promise of those that take their time. Each keeps its own `mediaDelivery`.
 */
export const chainHandlers = (...handlers: readonly ServerHandler[]): ServerHandler => {
  const chained: Partial<Record<HookName, Call>> = {}
  for (const name of HOOK_NAMES) {
    const hooks = hooksOf(handlers, name)
    if (hooks.length > 0) chained[name] = JOINED[HOOKS[name]](hooks)
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
      return answer.then((said) => {
        const decision = checkedDecision(said)
        if (refusalIn(decision) !== undefined) return decision
        const grant = grantIn(decision)
        return askInTurn(hooks, next, underGrant(seen, grant), together(sum, grant))
      })
    }
    const decision = checkedDecision(answer)
    if (refusalIn(decision) !== undefined) return decision
    const grant = grantIn(decision)
    seen = underGrant(seen, grant)
    sum = together(sum, grant)
  }
  return sum
}

const underGrant = (context: object, grant: Accept | undefined): object =>
  grant === undefined ? context : renamed(context as PublishContext, grant)

/** What two grants say together. */
const together = (a: Accept | undefined, b: Accept | undefined): Accept | undefined => {
  if (a === undefined || b === undefined) return a ?? b
  const streamName = b.streamName ?? a.streamName
  const app = b.app ?? a.app
  const recorded = b.recorded ?? a.recorded
  const user = b.user ?? a.user
  const record = b.record ?? a.record
  const limits = a.limits && b.limits ? strictest(a.limits, b.limits) : (a.limits ?? b.limits)
  const recheck = a.recheck && b.recheck ? both(a.recheck, b.recheck) : (a.recheck ?? b.recheck)
  const signal = a.signal && b.signal ? AbortSignal.any([a.signal, b.signal]) : (a.signal ?? b.signal)
  return {
    kind: 'accept',
    ...(streamName === undefined ? {} : { streamName }),
    ...(app === undefined ? {} : { app }),
    ...(recorded === undefined ? {} : { recorded }),
    ...(user === undefined ? {} : { user }),
    ...(record === undefined ? {} : { record }),
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
    const answer = (hooks[i] as Call)(info)
    if (isPromise(answer)) {
      return answer.then((admitted) => checkedAdmission(admitted) && admitInTurn(hooks, i + 1, info))
    }
    if (!checkedAdmission(answer)) return false
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

const filterInTurn = (
  hooks: readonly Call[],
  context: PublishContext,
  first: MediaMessage,
): MediaTagDecision => {
  let message = first
  for (const hook of hooks) {
    const decision = hook(context, message) as MediaTagDecision
    // A promise goes on to whoever tells that there must be none.
    if (decision === false || isPromise(decision)) return decision
    if (typeof decision === 'object' && decision !== null) message = withReplaced(message, decision)
  }
  return message === first ? true : message
}

const tellAll = (hooks: readonly Call[]): Call => {
  const [only, ...others] = hooks
  if (only !== undefined && others.length === 0) return only
  return (first, second, third) => {
    let failures: unknown[] | undefined
    let later: PromiseLike<unknown>[] | undefined
    for (const hook of hooks) {
      try {
        const answer = hook(first, second, third)
        if (!isPromise(answer)) continue
        later ??= []
        later.push(answer)
      } catch (error) {
        failures ??= []
        failures.push(error)
      }
    }
    if (later !== undefined) return told(later, failures ?? [])
    if (failures !== undefined) throw oneOf(failures)
    return undefined
  }
}

const told = async (later: readonly PromiseLike<unknown>[], before: readonly unknown[]): Promise<void> => {
  const failures = [...before]
  for (const end of await Promise.allSettled(later)) {
    if (end.status === 'rejected') failures.push(end.reason)
  }
  if (failures.length > 0) throw oneOf(failures)
}

/** What several handlers have thrown, as one thing to throw. */
const oneOf = (failures: readonly unknown[]): unknown =>
  failures.length === 1 ? failures[0] : new AggregateError(failures, failures.map(String).join('; '))
