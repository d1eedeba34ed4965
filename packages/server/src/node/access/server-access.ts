import type { AccessHandler } from '../../access/access-handler.ts'
import { rechecked } from '../../access/rechecked.ts'
import { type AccessOptions, accessHandler } from './access-options.ts'
import { credentialNames, type CredentialNames } from './credentials.ts'

/** The access kit of a server: asked like any handler, and changed while the server runs. */
export class ServerAccess {
  readonly #failed: (error: unknown) => void
  #options: AccessOptions
  #made = false
  #asked: AccessHandler | undefined
  /** What answers now, without the asking again. */
  #latest: AccessHandler | undefined

  /** @param failed - Told when a question that was asked again got no answer. */
  constructor(options: AccessOptions, failed: (error: unknown) => void) {
    this.#options = options
    this.#failed = failed
  }

  /** What to put in front of the application's handlers. Where nothing is asked for, it answers at once. */
  get handler(): AccessHandler {
    return {
      connect: (context) => this.#current()?.connect?.(context),
      publish: (context) => this.#current()?.publish?.(context),
      play: (context) => this.#current()?.play?.(context),
      unpublish: (context, reason) => this.#current()?.unpublish?.(context, reason),
      playStop: (context, reason) => this.#current()?.playStop?.(context, reason),
      disconnect: (connection, closed) => this.#current()?.disconnect?.(connection, closed),
    }
  }

  /** Under which names the rules look for what is sent in `Authorization`. */
  get credentialNames(): CredentialNames {
    return credentialNames(this.#options)
  }

  /** Makes what asks, unless it is there. @throws UsageError for options that cannot be used */
  prepare(): void {
    this.#current()
  }

  /**
   * Other options hold from now on: for what begins, and for what goes on when it is asked about again.
   *
   * @throws UsageError for options that cannot be used; those before go on to hold
   */
  replace(options: AccessOptions): void {
    this.#make(options)
    this.#options = options
  }

  #current(): AccessHandler | undefined {
    if (!this.#made) this.#make(this.#options)
    return this.#asked
  }

  #make(options: AccessOptions): void {
    const handler = accessHandler(options)
    this.#latest = handler
    this.#made = true
    const seconds = options.recheckSeconds ?? 0
    if (handler === undefined || seconds === 0) {
      this.#asked = handler
      return
    }
    const latest: AccessHandler = {
      ...handler,
      publish: (context) => this.#latest?.publish?.(context),
      play: (context) => this.#latest?.play?.(context),
    }
    this.#asked = rechecked(latest, seconds * 1000, this.#failed)
  }
}
