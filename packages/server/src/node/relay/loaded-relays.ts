import { UsageError } from '@rtmp/bytes'
import type { ServerHandler } from '../../contract/handler.ts'
import type { ServerCore } from '../../core/server-core.ts'
import type { RelayRule } from '../../contract/relay-rules.ts'
import type { Relays } from './relays.ts'

/** The relays of a server: loaded when there are any, or somebody may begin some. */
export class LoadedRelays {
  readonly #rules: readonly RelayRule[]
  readonly #mayChange: boolean
  readonly #pullsAlways: boolean
  #relays: Relays | undefined

  /**
   * @param mayChange - Whether rules can be added while the server runs.
   * @param pullsAlways - Whether what is pulled always is pulled here: of several workers by one.
   */
  constructor(rules: readonly RelayRule[], mayChange = false, pullsAlways = true) {
    this.#rules = rules
    this.#mayChange = mayChange
    this.#pullsAlways = pullsAlways
  }

  /** What to put behind the application's handlers, where names are those that count: one handler, or none without relays. */
  get handlers(): readonly ServerHandler[] {
    if (this.#isIdle) return []
    return [
      {
        publish: (context) => this.#relays?.publish(context),
        play: (context) => this.#relays?.play(context),
      },
    ]
  }

  /** Begins. @throws UsageError `RELAY_INVALID`, `RELAY_URL_INVALID` */
  async start(core: ServerCore): Promise<void> {
    if (this.#isIdle || this.#relays !== undefined) return
    const { Relays: Loaded } = await import('./relays.ts')
    this.#relays = new Loaded(core, this.#rules, this.#pullsAlways)
  }

  /** See {@link Relays.add}. @throws UsageError `RELAYS_CLOSED` when the server does not run */
  add(rule: RelayRule, number?: number): number {
    if (this.#relays === undefined)
      throw new UsageError('RELAYS_CLOSED', 'the server does not listen', 'relays')
    return this.#relays.add(rule, number)
  }

  /** See {@link Relays.remove}. */
  remove(id: number): boolean {
    return this.#relays?.remove(id) === true
  }

  get #isIdle(): boolean {
    return this.#rules.length === 0 && !this.#mayChange
  }

  /** Ends all relays, in order as far as there is time for it. */
  async close(withinMs: number): Promise<void> {
    const relays = this.#relays
    this.#relays = undefined
    await relays?.close(withinMs)
  }
}
