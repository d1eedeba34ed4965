import type { RunOptions } from '../contract/run-options.ts'
import type { ServerHandler } from '../contract/handler.ts'
import type { ServerCore } from '../core/server-core.ts'
import { LoadedRecordings } from './record/loaded-recordings.ts'
import type { Recordings } from './record/recordings.ts'
import { LoadedRelays } from './relay/loaded-relays.ts'
import type { ServerOptions } from './options.ts'
import type { Commands } from './run/commands.ts'

/** Relays, recordings and commands of a server: each loaded where it is asked for. */
export class Companions {
  readonly #relays: LoadedRelays
  readonly #recordings: LoadedRecordings

  readonly #run: RunOptions
  #commands: Commands | undefined

  /** @param worker - Which of several workers it is, from 0. */
  constructor(
    {
      relays = [],
      recordings = [],
      run = {},
      access,
      http = false,
      https = false,
    }: Pick<ServerOptions, 'relays' | 'recordings' | 'run' | 'access' | 'http' | 'https'>,
    worker = 0,
  ) {
    // Whoever administers over HTTP may begin some.
    this.#relays = new LoadedRelays(relays, http !== false || https !== false, worker === 0)
    this.#recordings = new LoadedRecordings(recordings, access?.callbacks)
    this.#run = run
  }

  /** What to put behind the application's handlers, where names are those that count. */
  get handlers(): readonly ServerHandler[] {
    return this.#relays.handlers
  }

  /** Relays that can be begun and ended. */
  get relays(): LoadedRelays {
    return this.#relays
  }

  /** See {@link LoadedRecordings.present}. */
  get recordings(): Recordings | undefined {
    return this.#recordings.present
  }

  /** Begins. @throws UsageError `RELAY_INVALID`, `RELAY_URL_INVALID`, `RECORDING_FILE` */
  async start(core: ServerCore): Promise<void> {
    await this.#relays.start(core)
    await this.#recordings.start(core)
    if (this.#commands !== undefined || Object.values(this.#run).every(({ length }) => length === 0)) return
    const { Commands: Loaded } = await import('./run/commands.ts')
    this.#commands = new Loaded(core, this.#run)
  }

  /** Ends all relays and recordings, in order as far as there is time for it. */
  async close(withinMs: number): Promise<void> {
    await Promise.all([this.#relays.close(withinMs), this.#recordings.close(withinMs)])
    const commands = this.#commands
    this.#commands = undefined
    await commands?.close()
  }
}
