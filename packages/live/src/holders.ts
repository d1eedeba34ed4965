import type { Subscriber } from './subscriber.ts'

/** The subscribers for whose sake a publisher is held: beyond the soft bound, by the rule `'hold'`. */
export class Holders {
  readonly #subscribers = new Set<Subscriber>()
  readonly #changed: (held: boolean) => void

  /** @param changed - Called with the first of them and without the last. */
  constructor(changed: (held: boolean) => void) {
    this.#changed = changed
  }

  /** Whether the publisher is to be held. */
  get any(): boolean {
    return this.#subscribers.size > 0
  }

  /** The publisher is held until the subscriber has caught up, or is removed. */
  add(subscriber: Subscriber): void {
    if (this.#subscribers.has(subscriber)) return
    this.#subscribers.add(subscriber)
    subscriber.outbox.whenDrained(() => this.remove(subscriber))
    if (this.#subscribers.size === 1) this.#changed(true)
  }

  /** Does nothing for one that was not added. */
  remove(subscriber: Subscriber): void {
    subscriber.holds = false
    if (this.#subscribers.delete(subscriber) && this.#subscribers.size === 0) this.#changed(false)
  }
}
