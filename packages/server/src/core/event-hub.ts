import { isPromise } from '../contract/awaitable.ts'

type Listener<Event> = (event: Event) => unknown

/** Listeners by event. One that throws, or rejects later, hurts nobody else. */
export class EventHub<Events extends object> {
  readonly #listeners = new Map<keyof Events, Listener<never>[]>()
  readonly #failed: (name: keyof Events, error: unknown) => void

  /** @param failed - Told when a listener of an event throws or rejects. */
  constructor(failed: (name: keyof Events, error: unknown) => void) {
    this.#failed = failed
  }

  /** Calls a listener at each event of that name from now on; returns what ends it. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const before = this.#listeners.get(name) ?? []
    this.#listeners.set(name, [...before, listener])
    return () => {
      const left = (this.#listeners.get(name) ?? []).filter((other) => other !== listener)
      if (left.length === 0) this.#listeners.delete(name)
      else this.#listeners.set(name, left)
    }
  }

  /** Whether anybody listens. */
  has(name: keyof Events): boolean {
    return this.#listeners.has(name)
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        const answer = (listener as Listener<Events[Name]>)(event)
        if (isPromise(answer)) answer.then(undefined, (error: unknown) => this.#failed(name, error))
      } catch (error) {
        this.#failed(name, error)
      }
    }
  }
}
