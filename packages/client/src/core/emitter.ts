type Listener<Value> = (value: Value) => void

/** Typed listeners that run where there is neither Node nor a document. A listener that throws is the caller's fault. */
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
    const set = this.#listeners.get(name)
    if (set === undefined) return
    for (const listener of set) (listener as Listener<Events[Name]>)(value)
  }
}
