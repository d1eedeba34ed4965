import { shownText } from '@rtmp/bytes/text'
import type { ServerCore } from '../../core/server-core.ts'
import type { RelayInfo, RelayStats } from '../../contract/relays.ts'

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

  /** @param nextTryMs - Milliseconds until the next try, if it takes one. */
  lost(reason: string, nextTryMs?: number): void {
    if (this.#over) return
    const why = shownText(reason)
    const repeated = this.#state === 'lost' && why === this.#problem
    this.#state = 'lost'
    this.#losses += 1
    this.#problem = why
    this.#core.events.emit('relayLost', { ...this.info, reason: why, repeated, nextTryMs })
  }

  /** False when it was over before. @param isLoop - Whether the stream would have come back to where it came from. */
  ended(reason: string, isLoop = false): boolean {
    if (this.#over) return false
    this.#over = true
    this.#core.events.emit('relayEnded', { ...this.info, reason: shownText(reason), isLoop })
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

/** An error in words. */
export const inWords = (error: unknown): string => (error instanceof Error ? error.message : String(error))
