import type { ServerHandler } from '../../core/handler.ts'
import type { ServerCore } from '../../core/server-core.ts'
import type { RelayRule } from './relay-rules.ts'
import type { Relays } from './relays.ts'

/** The relays of a server: loaded when there are any. */
export class LoadedRelays {
  readonly #rules: readonly RelayRule[]
  #relays: Relays | undefined

  constructor(rules: readonly RelayRule[]) {
    this.#rules = rules
  }

  /** What to put behind the application's handlers, where names are those that count: one handler, or none without relays. */
  get handlers(): readonly ServerHandler[] {
    if (this.#rules.length === 0) return []
    return [
      {
        publish: (context) => this.#relays?.publish(context),
        play: (context) => this.#relays?.play(context),
      },
    ]
  }

  /** Begins. @throws UsageError `RELAY_INVALID`, `RELAY_URL_INVALID` */
  async start(core: ServerCore): Promise<void> {
    if (this.#rules.length === 0 || this.#relays !== undefined) return
    const { Relays: Loaded } = await import('./relays.ts')
    this.#relays = new Loaded(core, this.#rules)
  }

  /** Ends all relays, in order as far as there is time for it. */
  async close(withinMs: number): Promise<void> {
    const relays = this.#relays
    this.#relays = undefined
    await relays?.close(withinMs)
  }
}
