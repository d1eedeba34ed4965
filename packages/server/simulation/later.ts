import type { EventQueue } from './event-queue.ts'

type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown }

/**
 * A promise of the simulation: as one of the language, but what waits for it runs as a step of virtual time, so that a
 * run does not depend on when the language gets round to it.
 */
export class Later<T> implements PromiseLike<T> {
  readonly #events: EventQueue
  #outcome: Outcome | undefined
  #waiting: (() => void)[] = []

  private constructor(events: EventQueue) {
    this.#events = events
  }

  /** A value that is there after some milliseconds. */
  static after<T>(events: EventQueue, delay: number, value: T): Later<T> {
    const later = new Later<T>(events)
    events.after(delay, { run: () => later.#settle({ ok: true, value }) })
    return later
  }

  // oxlint-disable-next-line unicorn/no-thenable -- this is what makes it a promise
  then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Later<A | B> {
    const next = new Later<A | B>(this.#events)
    const go = (): void => next.#follow(this.#outcome as Outcome, onValue as Call | null, onError)
    if (this.#outcome === undefined) this.#waiting.push(go)
    else this.#events.after(0, { run: go })
    return next
  }

  #follow(outcome: Outcome, onValue: Call | null | undefined, onError: Call | null | undefined): void {
    const call = outcome.ok ? onValue : onError
    if (call === null || call === undefined) {
      this.#settle(outcome)
      return
    }
    try {
      this.#resolve(call(outcome.ok ? outcome.value : outcome.error))
    } catch (error) {
      this.#settle({ ok: false, error })
    }
  }

  #resolve(value: unknown): void {
    if (value instanceof Later) {
      value.then(
        (inner) => this.#settle({ ok: true, value: inner }),
        (error) => this.#settle({ ok: false, error }),
      )
    } else this.#settle({ ok: true, value })
  }

  #settle(outcome: Outcome): void {
    this.#outcome = outcome
    const waiting = this.#waiting
    this.#waiting = []
    for (const go of waiting) go()
  }
}

type Call = (value: unknown) => unknown
