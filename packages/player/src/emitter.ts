type Listener<Value> = (value: Value) => void

/** Typed listeners. One that throws or rejects is the page's error, and stops neither the others nor the player. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<Listener<never>>>()

  /** Calls `listener` at every event of that name; returns a function that takes it away again. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    let set = this.#listeners.get(name)
    if (set === undefined) this.#listeners.set(name, (set = new Set()))
    set.add(listener)
    return () => set.delete(listener)
  }

  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        const answer: unknown = (listener as (value: Events[Name]) => unknown)(value)
        if (answer instanceof Promise) answer.catch(reportError)
      } catch (error) {
        reportError(error)
      }
    }
  }
}
