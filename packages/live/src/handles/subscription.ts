import type { StreamRegistry as EngineRegistry } from '../stream-registry.ts'
import {
  subscribe as engineSubscribe,
  type SubscribeOptions,
  type SubscriptionEndReason,
  type SubscriptionItem,
} from '../subscription.ts'
import type { StreamRegistry } from './stream-registry.ts'

/**
 * One stream inside the process, as an asynchronous iterable: headers and the current group of pictures first, then all that
 * comes. Made by {@link subscribe}. It can be iterated once, and begins to collect at once.
 *
 * Payloads are shared with everybody and must not be written to; they may be kept.
 */
export interface Subscription extends AsyncIterableIterator<SubscriptionItem, undefined> {
  /** Why it has ended; `undefined` while it goes on. */
  readonly endReason: SubscriptionEndReason | undefined
  /** What waits for the loop, in bytes. */
  readonly queuedBytes: number
  /** Ends the subscription and drops what waits. The last item has this reason, `'closed'` unless given. */
  close(reason?: SubscriptionEndReason): void
  /** The next item, when there is one. Behind the item `end` there is nothing. */
  next(): Promise<IteratorResult<SubscriptionItem, undefined>>
  /** The loop was left: the subscription ends, and nothing of it stays. */
  return(): Promise<IteratorResult<SubscriptionItem, undefined>>
  /** The subscription itself: a second loop goes on where the first one was. */
  [Symbol.asyncIterator](): this
}

/**
 * Subscribes to a stream inside the process. If it is not there the subscription waits for it as a player does, or ends with
 * `'notFound'`, by the registry's options.
 *
 * @example
 * ```ts
 * for await (const item of subscribe(registry, 'live', 'show', () => performance.now())) {
 *   if (item.kind === 'video') console.log(item.timestamp, item.keyFrame)
 * }
 * ```
 *
 * @param now - The time in milliseconds, as for the registry.
 * @param gone - Called when it has ended, whatever the reason.
 */
export const subscribe = (
  registry: StreamRegistry,
  app: string,
  name: string,
  now: () => number,
  options?: SubscribeOptions,
  gone?: (subscription: Subscription) => void,
): Subscription => engineSubscribe(registry as EngineRegistry, app, name, now, options, gone)
