import type { Awaitable, Decision } from '../core/decision.ts'
import type { PlayContext, PublishContext } from '../core/handler.ts'
import type { AccessHandler } from './access-handler.ts'

/**
 * Several handlers of the access kit as one: each is asked in turn, and the first that refuses or redirects decides. A
 * name that one gives is the name that the next is asked about.
 */
export const inOrder = (handlers: readonly AccessHandler[]): AccessHandler => ({
  connect: (context) => connectDecision(handlers, context),
  publish: (context) => streamDecision(handlers, 'publish', context),
  play: (context) => streamDecision(handlers, 'play', context),
  unpublish: (context, reason) => all(handlers.map((handler) => () => handler.unpublish?.(context, reason))),
  playStop: (context, reason) => all(handlers.map((handler) => () => handler.playStop?.(context, reason))),
  disconnect: (connection, closed) =>
    all(handlers.map((handler) => () => handler.disconnect?.(connection, closed))),
})

const refuses = (decision: Decision): boolean => decision?.kind === 'reject' || decision?.kind === 'redirect'

const connectDecision = async (
  handlers: readonly AccessHandler[],
  context: Parameters<NonNullable<AccessHandler['connect']>>[0],
): Promise<Decision> => {
  for (const handler of handlers) {
    const decision = await handler.connect?.(context)
    if (refuses(decision)) return decision
  }
  return undefined
}

type StreamHook<Context> = ((context: Context) => Awaitable<Decision>) | undefined

const streamDecision = async <Action extends 'publish' | 'play'>(
  handlers: readonly AccessHandler[],
  action: Action,
  context: Action extends 'publish' ? PublishContext : PlayContext,
): Promise<Decision> => {
  let asked = context
  let result: Decision
  for (const handler of handlers) {
    const hook = (handler[action] as StreamHook<typeof context>)?.bind(handler)
    const decision = await hook?.(asked)
    if (refuses(decision)) return decision
    if (decision?.kind !== 'accept') continue
    result = result?.kind === 'accept' ? { ...result, ...decision } : decision
    if (decision.streamName !== undefined) asked = { ...asked, streamName: decision.streamName }
  }
  return result
}

/** Calls all, even when one fails; then fails as the first did. */
const all = async (calls: readonly (() => unknown)[]): Promise<void> => {
  const outcomes = await Promise.allSettled(calls.map(async (call) => call()))
  const failed = outcomes.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
}
