import type { AccessHandler } from '../../access/access-handler.ts'
import type { Awaitable, Decision } from '../../core/decision.ts'
import { type AccessOptions, accessHandler } from './access-options.ts'

/** The access kit of a server: loaded when it is needed, asked like any handler. */
export class LoadedAccess {
  readonly #options: AccessOptions
  readonly #failed: (error: unknown) => void
  #loading: Promise<AccessHandler | undefined> | undefined

  /** @param failed - Told when a question that was asked again got no answer. */
  constructor(options: AccessOptions, failed: (error: unknown) => void) {
    this.#options = options
    this.#failed = failed
  }

  /** What to put in front of the application's handlers: one handler, or none when nothing is asked for. */
  get handlers(): readonly AccessHandler[] {
    const { recheckSeconds: _, ...asked } = this.#options
    if (Object.values(asked).every((one) => one === undefined)) return []
    const ask = async (question: (handler: AccessHandler) => Awaitable<Decision>): Promise<Decision> => {
      const handler = await this.load()
      return handler && question(handler)
    }
    const tell = async (news: (handler: AccessHandler) => Awaitable<void>): Promise<void> => {
      const handler = await this.load()
      if (handler !== undefined) await news(handler)
    }
    const asking: AccessHandler = {
      connect: (context) => ask((handler) => handler.connect?.(context)),
      publish: (context) => ask((handler) => handler.publish?.(context)),
      play: (context) => ask((handler) => handler.play?.(context)),
    }
    if (asked.callbacks?.ended === undefined) return [asking]
    return [
      {
        ...asking,
        unpublish: (context, reason) => tell((handler) => handler.unpublish?.(context, reason)),
        playStop: (context, reason) => tell((handler) => handler.playStop?.(context, reason)),
        disconnect: (connection, closed) => tell((handler) => handler.disconnect?.(connection, closed)),
      },
    ]
  }

  /** @throws UsageError for options that cannot be used */
  async load(): Promise<AccessHandler | undefined> {
    this.#loading ??= this.#load()
    return this.#loading
  }

  async #load(): Promise<AccessHandler | undefined> {
    const handler = await accessHandler(this.#options)
    const seconds = this.#options.recheckSeconds ?? 0
    if (handler === undefined || seconds === 0) return handler
    const { rechecked } = await import('../../access/rechecked.ts')
    return rechecked(handler, seconds * 1000, this.#failed)
  }
}
