import type { CallbackOptions } from '../../access/http-callbacks.ts'
import type { RecordingRule } from '../../contract/recordings.ts'
import type { ServerCore } from '../../core/server-core.ts'
import type { Recordings } from './recordings.ts'

/** The recordings of a server: loaded when there are rules for them. */
export class LoadedRecordings {
  readonly #rules: readonly RecordingRule[]
  readonly #callbacks: CallbackOptions | undefined
  #recordings: Recordings | undefined

  /** @param callbacks - Who is told. */
  constructor(rules: readonly RecordingRule[], callbacks: CallbackOptions | undefined) {
    this.#rules = rules
    this.#callbacks = callbacks
  }

  /** `undefined` without rules, before the start, and after the end. */
  get present(): Recordings | undefined {
    return this.#recordings
  }

  /** Begins. @throws UsageError `RECORDING_FILE`, `ACCESS_URL_INVALID` */
  async start(core: ServerCore): Promise<void> {
    if (this.#rules.length === 0 || this.#recordings !== undefined) return
    const { Recordings: Loaded } = await import('./recordings.ts')
    this.#recordings = new Loaded(core, this.#rules, this.#callbacks)
  }

  /** Ends all of them, and finishes files as far as there is time for it. */
  async close(withinMs: number): Promise<void> {
    const recordings = this.#recordings
    this.#recordings = undefined
    await recordings?.close(withinMs)
  }
}
