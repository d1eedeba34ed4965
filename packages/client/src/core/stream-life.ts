import type { Status, StreamControlEvent } from '@rtmp/session'
import { Emitter } from './emitter.ts'
import { RtmpClientError } from './errors.ts'
import type { LogEntry, LogEvent, LogLevel } from './log.ts'
import type { ConnectionOptions } from './options.ts'
import type { RetryingEvent } from './retry.ts'
import type { ServerInfo } from './server-info.ts'
import { Deferred } from './waiting.ts'

/** Where a publisher or player stands; `Working` while it has a connection that publishes or plays. */
export type StreamState<Working extends string> = 'connecting' | Working | 'reconnecting' | 'ended' | 'failed'

/** What a publisher or player tells. */
export interface StreamEvents<Working extends string> {
  /** Each change. */
  readonly state: StreamState<Working>
  /** What `onLog` of the options is told, too. */
  readonly log: LogEntry
  /** The server has accepted a connection, and said this of itself. */
  readonly connected: ServerInfo
  /** The connection is lost, or a try has failed; the next one comes by itself. */
  readonly retrying: RetryingEvent
  /** A status of the server that decided nothing. */
  readonly status: Status
  /** StreamBegin, StreamEOF, StreamDry, StreamIsRecorded, buffer empty or ready (RTMP 1.0 §7.1.7). */
  readonly streamControl: StreamControlEvent
  /** The stream goes to, or comes from, another server now, because the first one asked for it. */
  readonly moved: { readonly from: string; readonly to: string }
  /** Players: the publisher has left; with `whenUnpublished: 'wait'` the player stays for the next one. */
  readonly unpublished: Status
}

/** What a life is made with. */
export interface StreamLifeSetup {
  readonly options: ConnectionOptions
  /** How a failure is told: `'The stream has failed'`. */
  readonly failure: string
  /** The end, whatever it is, before anybody is told. */
  readonly over: (error: unknown) => void
}

/** The life of a publisher or player: where it stands, what is told of it, and its end, once. */
export class StreamLife<Working extends 'live' | 'playing'> {
  readonly events: Emitter<StreamEvents<Working>> = new Emitter<StreamEvents<Working>>()
  readonly #setup: StreamLifeSetup
  readonly #started = new Deferred<void>()
  readonly #finished = new Deferred<void>()
  /** Ends attempts, not the goodbye of a connection. */
  readonly #stop = new AbortController()
  #state: StreamState<Working> = 'connecting'
  #error: unknown
  #removeAbort: () => void = () => {}

  constructor(setup: StreamLifeSetup) {
    this.#setup = setup
    const { signal } = setup.options
    if (signal === undefined) return
    const abort = (): void => this.fail(signal.reason)
    if (signal.aborted) queueMicrotask(abort)
    signal.addEventListener('abort', abort, { once: true })
    this.#removeAbort = () => signal.removeEventListener('abort', abort)
  }

  /** Settles when the server has agreed for the first time; rejects when that fails. */
  get started(): Promise<void> {
    return this.#started.promise
  }

  /** Resolves at the end; rejects with what made it fail, or the reason it was aborted for. */
  get finished(): Promise<void> {
    return this.#finished.promise
  }

  get state(): StreamState<Working> {
    return this.#state
  }

  get isOver(): boolean {
    return this.#state === 'ended' || this.#state === 'failed'
  }

  /** What made it fail. */
  get error(): unknown {
    return this.#error
  }

  /** Aborted at the end. */
  get signal(): AbortSignal {
    return this.#stop.signal
  }

  become(state: StreamState<Working>): void {
    if (this.#state === state) return
    this.#state = state
    this.events.emit('state', state)
  }

  /** The server has agreed. */
  hasStarted(): void {
    this.#started.resolve()
  }

  /** Ends in order; {@link finish} follows when all is said and sent. False when it was over before. */
  end(reason: unknown): boolean {
    if (this.isOver) return false
    this.become('ended')
    this.#over(reason)
    return true
  }

  /** All is said and sent, or what stood in the way of it. */
  finish(error?: unknown): void {
    if (error === undefined) {
      this.#finished.resolve()
      return
    }
    this.#error = error
    this.#finished.reject(error)
  }

  /** Ends at once. */
  fail(error: unknown): void {
    if (this.isOver) return
    this.#error = error
    this.become('failed')
    this.#over(error)
    const text = error instanceof Error ? error.message : String(error)
    this.say('error', 'failed', `${this.#setup.failure}: ${text}`)
    this.#finished.reject(error)
  }

  /** Tells what happens, in words. */
  say(level: LogLevel, event: LogEvent, text: string): void {
    this.tell({ level, event, text })
  }

  /** As {@link say}. */
  tell(entry: LogEntry): void {
    this.#setup.options.onLog?.(entry)
    this.events.emit('log', entry)
  }

  #over(reason: unknown): void {
    this.#removeAbort()
    this.#stop.abort(reason)
    this.#setup.over(reason)
    this.#started.reject(reason)
  }
}

/** What those are told who wait for something that has ended. */
export const hasEnded = (noun: 'publisher' | 'player'): RtmpClientError =>
  new RtmpClientError('CLOSED', `the ${noun} has ended`, { stage: 'ending', canRetry: false })
