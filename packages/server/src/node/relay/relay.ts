import type { ServerCore } from '../../core/server-core.ts'
import type { RelayInfo, RelayStats } from '../../core/relays.ts'
import { LOOP } from './via.ts'

/** What pulls and pushes have in common: who they are, what is told of them, what is counted. */
export class RelayRecord {
  readonly info: RelayInfo
  readonly #core: ServerCore
  readonly #startedAt: number
  #state: RelayStats['state'] = 'connecting'
  #losses = 0
  #problem: string | undefined
  #over = false
  #hasRun = false

  constructor(core: ServerCore, info: RelayInfo) {
    this.#core = core
    this.info = info
    this.#startedAt = core.now()
  }

  get isOver(): boolean {
    return this.#over
  }

  /** Media goes through. */
  running(): void {
    if (this.#over || this.#state === 'running') return
    this.#state = 'running'
    this.#core.events.emit('relayStarted', { ...this.info, again: this.#hasRun })
    this.#hasRun = true
  }

  /** @param reason - In words; when the next try comes stands behind a semicolon. */
  lost(reason: string): void {
    if (this.#over) return
    const words = printable(reason)
    const why = words.replace(/; next try in [^;]*$/, '')
    const repeated = this.#state === 'lost' && why === this.#problem
    this.#state = 'lost'
    this.#losses += 1
    this.#problem = why
    this.#core.events.emit('relayLost', { ...this.info, reason: words, repeated })
  }

  /** False when it was over before. */
  ended(reason: string): boolean {
    if (this.#over) return false
    this.#over = true
    this.#core.events.emit('relayEnded', { ...this.info, reason: printable(reason), isLoop: isLoop(reason) })
    return true
  }

  stats(bytes: number, dropped: number): RelayStats {
    return {
      ...this.info,
      state: this.#state,
      ageMs: this.#core.now() - this.#startedAt,
      bytes,
      dropped,
      losses: this.#losses,
      problem: this.#problem,
    }
  }
}

/** What another server says goes into logs: no control characters, and not too much of it. */
const printable = (text: string): string => text.replaceAll(/\p{C}/gu, '').slice(0, 300)

/** Whether words are those of a refused loop. */
export const isLoop = (reason: string): boolean => reason.includes(LOOP)

/** An error in words. */
export const inWords = (error: unknown): string => (error instanceof Error ? error.message : String(error))
