import { Backoff } from '../backoff.ts'
import { isRtmpClientError, type RtmpClientError } from './errors.ts'
import type { ClientHost } from './host.ts'
import { inWords, type LogSink } from './log.ts'
import type { ConnectionOptions } from './options.ts'
import { sleep } from './waiting.ts'

/** A connection that has lived that long was good: the waits start over after it. */
const GOOD_MS = 5000

/** A further try that is to come. */
export interface RetryingEvent {
  /** Why there has to be one: what the last try, or the connection that was lost, ended with. */
  readonly error: RtmpClientError
  /** Milliseconds until then. */
  readonly delayMs: number
}

/** What {@link Retry} works with. */
export interface RetrySetup {
  readonly host: ClientHost
  readonly options: ConnectionOptions
  readonly signal: AbortSignal
  readonly log: LogSink
  /** Hears of each wait as it begins. */
  readonly retrying?: (event: RetryingEvent) => void
}

/** Whether, and when, to try again. */
export class Retry {
  readonly #setup: RetrySetup
  readonly #backoff: Backoff | undefined
  readonly #fromStart: boolean
  /** A connection has worked once. */
  #wasLive = false
  /** Since when the present connection works. */
  #liveSince: number | undefined

  constructor(setup: RetrySetup) {
    this.#setup = setup
    const { reconnect = false } = setup.options
    const options = reconnect === true ? {} : reconnect
    this.#backoff = options === false ? undefined : new Backoff(options, () => setup.host.random())
    this.#fromStart = options !== false && options.fromStart === true
  }

  /** A connection works. */
  succeeded(): void {
    this.#wasLive = true
    this.#liveSince = this.#setup.host.now()
  }

  /**
   * Waits until the next try is due.
   *
   * @param error - Why there has to be one.
   * @throws the error, when there is to be none; the signal's reason
   */
  async wait(error: unknown): Promise<void> {
    const { host, signal, log, retrying } = this.#setup
    if (this.#liveSince !== undefined && host.now() - this.#liveSince >= GOOD_MS) this.#backoff?.reset()
    this.#liveSince = undefined
    const mayRetry = isRtmpClientError(error) && error.canRetry && (this.#wasLive || this.#fromStart)
    const text = error instanceof Error ? error.message : String(error)
    if (this.#backoff === undefined || !mayRetry) throw error
    const delay = this.#backoff.next()
    if (delay === undefined) {
      const { failures } = this.#backoff
      log({ level: 'error', event: 'gaveUp', text: `Gave up after ${failures} tries: ${text}` })
      throw error
    }
    const next = `next try in ${inWords(delay)}`
    log({ level: 'warn', event: 'retrying', text: `${capital(text)}; ${next}` })
    retrying?.({ error, delayMs: delay })
    await sleep(host, delay, signal)
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
