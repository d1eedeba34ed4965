import type { AccessHandler } from '../../access/access-handler.ts'
import type { Awaitable, Decision } from '../../core/decision.ts'
import { type AccessOptions, accessHandler } from './access-options.ts'

/** The access kit of a server: loaded when it is needed, asked like any handler, and changed while the server runs. */
export class LoadedAccess {
  readonly #failed: (error: unknown) => void
  #options: AccessOptions
  #loading: Promise<AccessHandler | undefined> | undefined
  /** What answers now, without the asking again. */
  #latest: AccessHandler | undefined

  /** @param failed - Told when a question that was asked again got no answer. */
  constructor(options: AccessOptions, failed: (error: unknown) => void) {
    this.#options = options
    this.#failed = failed
  }

  /** What to put in front of the application's handlers. Where nothing is asked for, it answers at once. */
  get handler(): AccessHandler {
    const ask = (question: (handler: AccessHandler) => Awaitable<Decision>): Awaitable<Decision> =>
      this.#asks ? this.load().then((handler) => handler && question(handler)) : undefined
    const tell = async (news: (handler: AccessHandler) => Awaitable<void>): Promise<void> => {
      const handler = await this.load()
      if (handler !== undefined) await news(handler)
    }
    return {
      connect: (context) => ask((handler) => handler.connect?.(context)),
      publish: (context) => ask((handler) => handler.publish?.(context)),
      play: (context) => ask((handler) => handler.play?.(context)),
      unpublish: (context, reason) =>
        this.#tells ? tell((handler) => handler.unpublish?.(context, reason)) : undefined,
      playStop: (context, reason) =>
        this.#tells ? tell((handler) => handler.playStop?.(context, reason)) : undefined,
      disconnect: (connection, closed) =>
        this.#tells ? tell((handler) => handler.disconnect?.(connection, closed)) : undefined,
    }
  }

  /** @throws UsageError for options that cannot be used */
  async load(): Promise<AccessHandler | undefined> {
    this.#loading ??= this.#load(this.#options)
    return this.#loading
  }

  /**
   * Other options hold from now on: for what begins, and for what goes on when it is asked about again.
   *
   * @throws UsageError for options that cannot be used; those before go on to hold
   */
  async replace(options: AccessOptions): Promise<void> {
    const handler = await this.#load(options)
    this.#options = options
    this.#loading = Promise.resolve(handler)
  }

  get #asks(): boolean {
    const { recheckSeconds: _, ...asked } = this.#options
    return Object.values(asked).some((one) => one !== undefined)
  }

  get #tells(): boolean {
    return this.#options.callbacks?.ended !== undefined
  }

  async #load(options: AccessOptions): Promise<AccessHandler | undefined> {
    const handler = await accessHandler(options)
    this.#latest = handler
    const seconds = options.recheckSeconds ?? 0
    if (handler === undefined || seconds === 0) return handler
    const { rechecked } = await import('../../access/rechecked.ts')
    const latest: AccessHandler = {
      ...handler,
      publish: (context) => this.#latest?.publish?.(context),
      play: (context) => this.#latest?.play?.(context),
    }
    return rechecked(latest, seconds * 1000, this.#failed)
  }
}
