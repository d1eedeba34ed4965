import {
  type StreamRegistry,
  subscribe,
  type SubscribeOptions,
  subscriberLimits,
  type Subscription,
} from '@rtmp/live/engine'
import type { TapListener } from '../contract/tap-listener.ts'
import type { CallbackDoor } from './callback-door.ts'

/** Whoever gets streams inside the process. */
export class Subscriptions {
  readonly #registry: StreamRegistry
  readonly #now: () => number
  readonly #door: CallbackDoor
  readonly #present = new Set<Subscription>()

  /** @param door - Listeners that throw are told of there. */
  constructor(registry: StreamRegistry, now: () => number, door: CallbackDoor) {
    this.#registry = registry
    this.#now = now
    this.#door = door
  }

  /** See {@link ServerCore.tap}. */
  tap(app: string, streamName: string, listener: TapListener, onEnd?: (now: number) => void): () => void {
    const where = `the tap on ${app}/${streamName}`
    const message = this.#door.guarded(where, listener)
    const ended = this.#door.guarded(where, (at: number) => onEnd?.(at))
    const tap = { message, ended: (at: number) => ended(at, undefined) }
    return this.#registry.tap(app, streamName, tap, this.#now())
  }

  /** See {@link ServerCore.subscribe}. */
  subscribe(app: string, streamName: string, options: SubscribeOptions): Subscription {
    const registry = this.#registry
    const all = { ...options, limits: subscriberLimits(options.limits ?? {}, registry.options.player) }
    const gone = (ended: Subscription): void => void this.#present.delete(ended)
    const subscription = subscribe(registry, app, streamName, this.#now, all, gone)
    if (subscription.endReason === undefined) this.#present.add(subscription)
    return subscription
  }

  /** Ends those that are left. */
  close(): void {
    for (const subscription of this.#present) subscription.close()
  }
}
