import { isPromise } from '../contract/awaitable.ts'
import { HOOK_NAMES, type HookName, type HookOf, type HookValues } from '../contract/hooks.ts'
import type { ServerHandler } from '../contract/handler.ts'
import type { Failures } from './failures.ts'

/** A hook by its name, for people. */
const PLACES = Object.fromEntries(HOOK_NAMES.map((name) => [name, `the ${name} hook`])) as Readonly<
  Record<HookName, string>
>

/** Where a hook stands, for the event `error`. */
export const hookPlace = (name: HookName): string => PLACES[name]

/** What is told of a hook that a request has waited for in vain. */
export const noAnswerInTime = (): Error =>
  new Error('it has not answered in time, and its request was refused')

/** What a client is told when a callback that decides has failed. */
export const COULD_NOT_DECIDE = 'the server could not decide'

/** Hooks whose answers count for nothing. */
export type ToldHook = HookOf<'tell' | 'frame'>

/**
 * The one door between the server and what an application has given it: hooks, listeners, taps, callbacks. What a callback
 * throws, or rejects with later, is reported and goes no further; the answer of those that are only told is not waited for.
 */
export class CallbackDoor {
  readonly #failures: Failures
  readonly #handler: ServerHandler

  constructor(failures: Failures, handler: ServerHandler) {
    this.#failures = failures
    this.#handler = handler
  }

  /**
   * Sees to what a callback has returned. To be called within the `try` that the callback is called in, as what is
   * returned may throw when it is looked at.
   */
  returned(where: string, answer: unknown): void {
    if (answer === undefined || !isPromise(answer)) return
    answer.then(undefined, (error: unknown) => this.#failures.failed(where, error))
  }

  /** Calls a hook that decides nothing, if there is one. */
  tell<Name extends ToldHook>(name: Name, ...values: HookValues<Name>): void
  tell(name: ToldHook, first: unknown, second?: unknown, third?: unknown): void {
    const handler = this.#handler as Readonly<Record<ToldHook, Told | undefined>>
    try {
      this.returned(PLACES[name], handler[name]?.(first, second, third))
    } catch (error) {
      this.#failures.failed(PLACES[name], error)
    }
  }

  /** Calls a callback that is only told. */
  call(where: string, callback: () => unknown): void {
    try {
      this.returned(where, callback())
    } catch (error) {
      this.#failures.failed(where, error)
    }
  }

  /** A callback made safe, once: calling it makes nothing. */
  guarded<First, Second>(
    where: string,
    callback: (first: First, second: Second) => unknown,
  ): (first: First, second: Second) => void {
    return (first, second) => {
      try {
        this.returned(where, callback(first, second))
      } catch (error) {
        this.#failures.failed(where, error)
      }
    }
  }
}

type Told = (first: unknown, second?: unknown, third?: unknown) => unknown
