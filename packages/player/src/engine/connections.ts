import type { PlayerErrorDetails } from '../player-error.ts'
import type { ResolvedOptions } from '../player-options.ts'
import { readSource, type SourceEnd } from './flv-source.ts'
import type { EnginePhase } from './protocol.ts'
import { Retry } from './retry.ts'

/** Who is connected. */
export interface ConnectionsOwner {
  /** Another connection begins; `again`: with everything that was had before. */
  begin(again: boolean): void
  bytes(bytes: Uint8Array): Promise<void> | undefined
  /** Whether sound or pictures have come on this connection. */
  hasReceived(): boolean
  /** Whether there is something that plays. */
  isPlaying(): boolean
  phase(phase: EnginePhase): void
  problem(problem: PlayerErrorDetails): void
  /** The stream is over. */
  ended(): void
  /** What comes next may be another stream. */
  forget(): void
}

/** One connection after the other, until the stream is over or nobody wants it any more. */
export class Connections {
  /** Connections after the first. */
  reconnects = 0
  readonly #url: string
  readonly #options: ResolvedOptions
  readonly #owner: ConnectionsOwner
  readonly #retry: Retry
  #connection: AbortController | undefined
  #watchdog: ReturnType<typeof setTimeout> | undefined
  #silent = false
  #restarting = false
  #closed = false
  /** The stream was there and has ended, or is not there. */
  #away = false

  constructor(url: string, options: ResolvedOptions, owner: ConnectionsOwner) {
    this.#url = url
    this.#options = options
    this.#owner = owner
    this.#retry = new Retry(options.reconnect)
  }

  /** The present connection is given up, and what it still brings does not count. */
  get isRestarting(): boolean {
    return this.#restarting
  }

  async run(): Promise<void> {
    while (!this.#closed) {
      const again = this.#restarting
      this.#restarting = this.#silent = false
      if (!this.#away) this.#owner.phase(this.#owner.isPlaying() || again ? 'reconnecting' : 'connecting')
      this.#owner.begin(again)
      const connection = (this.#connection = new AbortController())
      const owner = { opened: () => this.watch(), bytes: (bytes: Uint8Array) => this.#take(bytes) }
      const end = await readSource(this.#url, this.#options.request, owner, connection.signal)
      this.rest()
      if (this.#closed) return
      if (this.#owner.hasReceived()) {
        this.#retry.reset()
        this.#away = false
      }
      if (!this.#restarting && !(await this.#goesOn(end))) return
      this.reconnects += 1
    }
  }

  /** Begins anew: that brings a key frame at once. */
  restart(): void {
    this.#restarting = true
    this.#connection?.abort()
  }

  close(): void {
    this.#closed = true
    this.rest()
    this.#retry.cancel()
    this.#connection?.abort()
  }

  /** Counts the silence from now on. */
  watch(): void {
    this.rest()
    if (this.#closed) return
    this.#watchdog = setTimeout(() => {
      this.#silent = true
      this.#connection?.abort()
    }, this.#options.reconnect.silence)
  }

  /** Nothing is expected for the time being. */
  rest(): void {
    clearTimeout(this.#watchdog)
  }

  #take(bytes: Uint8Array): Promise<void> | undefined {
    this.watch()
    return this.#owner.bytes(bytes)
  }

  /** What comes after a connection; false when nothing does. */
  async #goesOn(end: SourceEnd): Promise<boolean> {
    switch (end.kind) {
      case 'refused': {
        const { status } = end
        const message = `the server refused the stream (${status})`
        return this.#fail({ code: 'PLAYER_REFUSED', message, fatal: true, status })
      }
      case 'ended':
        if (!this.#owner.hasReceived()) return this.#absent()
        this.#owner.ended()
        this.#owner.phase('ended')
        return this.#wait()
      case 'absent':
        return this.#absent()
      case 'lost': {
        const why = this.#silent ? 'the server went silent' : end.message
        const message = `the connection was lost: ${why}`
        if (this.#retry.isSpent) return this.#fail({ code: 'PLAYER_CONNECTION', message, fatal: true })
        if (this.#owner.hasReceived()) this.#owner.phase('reconnecting')
        return this.#pause()
      }
    }
  }

  #fail(problem: PlayerErrorDetails): false {
    this.#owner.problem(problem)
    return false
  }

  async #absent(): Promise<boolean> {
    if (this.#options.whenAbsent === 'fail') {
      const message = 'there is no such stream'
      return this.#fail({ code: 'PLAYER_ABSENT', message, fatal: true, status: 404 })
    }
    // That it has ended says more.
    if (!this.#away) this.#owner.phase('absent')
    return this.#wait()
  }

  /** Until the stream is there; not where nobody waits for it. */
  async #wait(): Promise<boolean> {
    if (this.#options.whenAbsent === 'fail') return false
    this.#away = true
    this.#owner.forget()
    return this.#pause()
  }

  async #pause(): Promise<boolean> {
    await this.#retry.pause()
    return !this.#closed
  }
}
