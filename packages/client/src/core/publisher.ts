import { UsageError } from '@rtmp/bytes'
import { resolveReconnectUrl } from '@rtmp/ertmp'
import { data, encodeData, setDataFrame } from '@rtmp/message'
import type { SessionStats, Status } from '@rtmp/session'
import type { RtmpUrl } from '../rtmp-url.ts'
import { Emitter } from './emitter.ts'
import { isRtmpClientError, RtmpClientError } from './errors.ts'
import type { ClientHost } from './host.ts'
import { inWords, type LogEntry, type LogLevel } from './log.ts'
import type { PublisherOptions } from './options.ts'
import { outgoing, OutgoingMessage, type PublisherInput } from './outgoing.ts'
import { Outlet } from './outlet.ts'
import {
  openPublishLink,
  type PublishLink,
  type PublishLinkOwner,
  type PublishSetup,
} from './publish-link.ts'
import { redirected } from './redirect.ts'
import { Retry } from './retry.ts'
import { publicUrl, targetOf } from './session-options.ts'
import { Deferred } from './waiting.ts'

/** Where a publisher stands. */
export type PublisherState = 'connecting' | 'live' | 'reconnecting' | 'ended' | 'failed'

/** What a publisher tells. */
export interface PublisherEvents {
  readonly state: PublisherState
  readonly log: LogEntry
  /** A status of the server that decided nothing. */
  readonly status: Status
  /** The stream goes to another server now, because this one asked for it. */
  readonly moved: { readonly from: string; readonly to: string }
}

/** Counters of a publisher at one moment. */
export interface PublisherStats {
  readonly audioSent: number
  readonly videoSent: number
  readonly dataSent: number
  /** Payload bytes given to connections. */
  readonly bytesSent: number
  /** Messages left out by the drop policy, or while there was no connection. */
  readonly audioDropped: number
  readonly videoDropped: number
  /** Payload bytes and milliseconds of media that wait for a connection to take them. */
  readonly queuedBytes: number
  readonly queuedMs: number
  /** Bytes in the transport. */
  readonly pendingBytes: number
  /** Connections after the first. */
  readonly reconnects: number
  /** Of the present connection. */
  readonly session: SessionStats | undefined
}

/**
 * Publishes one stream, over as many connections as it takes. `publish` makes one.
 *
 * Timestamps are sent as they are given. Payloads must stay unchanged until they have been sent: give up memory with it.
 */
export class Publisher {
  /** Where to, without the stream's name. */
  readonly url: string
  readonly #host: ClientHost
  readonly #options: PublisherOptions
  readonly #original: RtmpUrl
  readonly #events = new Emitter<PublisherEvents>()
  readonly #started = new Deferred<void>()
  readonly #finished = new Deferred<void>()
  /** Ends attempts, not the goodbye of a connection. */
  readonly #stop = new AbortController()
  readonly #setup: PublishSetup
  readonly #owner: PublishLinkOwner
  readonly #retry: Retry
  readonly #outlet: Outlet
  #target: RtmpUrl
  #state: PublisherState = 'connecting'
  #error: unknown
  #link: PublishLink | undefined
  /** Connected already, for the next key frame. */
  #next: PublishLink | undefined
  #moving = false
  #reconnects = 0
  #lostAt = 0
  #lastTimestamp = 0
  #removeAbort: () => void = () => {}

  /** Starts to connect at once. @throws UsageError `RTMP_URL_INVALID`, `BACKOFF_OUT_OF_RANGE` */
  constructor(host: ClientHost, url: string, options: PublisherOptions = {}) {
    this.#host = host
    this.#options = options
    this.#original = targetOf(url, options)
    if (this.#original.streamName === '') {
      throw new UsageError(
        'RTMP_URL_INVALID',
        'the stream name is missing: rtmp://host/app/streamName',
        'url',
      )
    }
    this.#target = this.#original
    this.url = publicUrl(this.#original)
    const signal = this.#stop.signal
    const log = (entry: LogEntry): void => this.#tell(entry)
    this.#setup = { host, role: 'publish', options, signal, log }
    this.#retry = new Retry({ host, options, signal, log })
    this.#outlet = new Outlet(options.queue ?? {}, {
      switchAt: () => this.#switch(),
      dropping: (dropping) => this.#logDropping(dropping),
    })
    this.#owner = {
      drained: () => this.#outlet.pump(),
      lost: (link, error) => this.#lost(link, error),
      moveRequested: (link, tcUrl, description) => void this.#move(link, tcUrl, description),
      status: (status) => this.#events.emit('status', status),
    }
    const { signal: outer } = options
    if (outer !== undefined) {
      const abort = (): void => this.abort(outer.reason)
      if (outer.aborted) queueMicrotask(abort)
      outer.addEventListener('abort', abort, { once: true })
      this.#removeAbort = () => outer.removeEventListener('abort', abort)
    }
    void this.#connect(undefined)
  }

  /** Settles when the server has accepted the stream for the first time; rejects when that fails. */
  get started(): Promise<void> {
    return this.#started.promise
  }

  /** Resolves at the end; rejects with what made the publisher fail, or the reason it was aborted for. */
  get finished(): Promise<void> {
    return this.#finished.promise
  }

  get state(): PublisherState {
    return this.#state
  }

  /** What made the publisher fail. */
  get error(): unknown {
    return this.#error
  }

  get stats(): PublisherStats {
    const { counters, queuedBytes, queuedMs } = this.#outlet
    return {
      ...counters,
      queuedBytes,
      queuedMs,
      pendingBytes: this.#link?.pendingBytes ?? 0,
      reconnects: this.#reconnects,
      session: this.#link?.stats,
    }
  }

  /** Calls `listener` at every event of that name; returns a function that takes it away again. */
  on<Name extends keyof PublisherEvents>(
    name: Name,
    listener: (value: PublisherEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, listener)
  }

  /**
   * Sends a packet. Settles when there is room for the next one: wait for it, or choose `queue.overflow: 'drop'`.
   * While there is no connection packets wait, within the bounds of `queue`.
   *
   * @throws RtmpClientError `QUEUE_FULL`, `CLOSED`, or what made the publisher fail; UsageError `CLIENT_PACKET`
   */
  write(packet: PublisherInput): Promise<void> {
    try {
      return this.#push(outgoing(packet))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Sends `onMetaData`; the server keeps it for those who join. Wrap in `ecmaArray` of `@rtmp/amf0` to send one. */
  writeMetadata(values: Readonly<Record<string, unknown>>): Promise<void> {
    const payload = encodeData(setDataFrame('onMetaData', values))
    return this.#push(new OutgoingMessage(18, this.#lastTimestamp, payload, 'onMetaData'))
  }

  /** Sends a data message (a text cue, a signal, …) to those who watch now. */
  writeData(name: string, ...values: readonly unknown[]): Promise<void> {
    return this.#push(
      new OutgoingMessage(18, this.#lastTimestamp, encodeData(data(name, ...values)), undefined),
    )
  }

  /** Tells the server to forget a data frame. */
  clearData(name: string): void {
    this.#outlet.replay.forget(name)
    this.#link?.clearData(name)
  }

  /**
   * Sends what waits, unpublishes and closes. Resolves when all that is done. Without a connection it waits for one that
   * can take what is left; with `queue.overflow: 'drop'` it ends at once then.
   *
   * @throws what makes the publisher fail meanwhile; RtmpClientError `CONNECTION_LOST` when the connection breaks before
   *   everything has left
   */
  async end(): Promise<void> {
    if (this.#isOver) return this.finished
    if (this.#state === 'live' || this.#options.queue?.overflow !== 'drop') await this.#outlet.empty()
    if (this.#isOver) return this.finished
    const link = this.#link
    this.#become('ended')
    this.#stop.abort(closed())
    this.#started.reject(closed())
    this.#next?.destroy()
    this.#outlet.close(closed())
    try {
      await link?.end(true)
      this.#say('info', 'ended', 'The stream has ended')
      this.#finished.resolve()
    } catch (error) {
      this.#error = error
      this.#say('warn', 'ended', 'The connection broke before everything had been sent')
      this.#finished.reject(error)
      throw error
    }
  }

  /** Ends at once; the stream is unpublished if there is a connection that can carry it. */
  abort(reason: unknown = closed()): void {
    if (!this.#isOver) this.#fail(reason)
  }

  get #isOver(): boolean {
    return this.#state === 'ended' || this.#state === 'failed'
  }

  #push(message: OutgoingMessage): Promise<void> {
    if (this.#isOver) return Promise.reject(this.#error ?? closed())
    if (message.isFrame) this.#lastTimestamp = message.timestamp
    return this.#outlet.push(message)
  }

  /** Connects until it works or there is no point in it. */
  async #connect(why: unknown): Promise<void> {
    let error = why
    for (;;) {
      try {
        if (error !== undefined) await this.#retry.wait(error)
        const link = await openPublishLink(this.#setup, this.#target, this.#owner)
        if (this.#isOver) {
          link.leave()
          return
        }
        this.#live(link)
        return
      } catch (failure) {
        if (this.#isOver) return
        if (failure === error || !isRtmpClientError(failure)) {
          this.#fail(failure)
          return
        }
        error = failure
        this.#target = this.#original
      }
    }
  }

  #live(link: PublishLink): void {
    const first = this.#link === undefined && this.#reconnects === 0 && this.#state === 'connecting'
    this.#retry.succeeded()
    this.#link = link
    if (!first) this.#reconnects += 1
    this.#become('live')
    if (first) this.#say('info', 'live', `Publishing to ${publicUrl(link.target)} (${link.remote})`)
    else {
      const away = inWords(this.#host.now() - this.#lostAt)
      const { audioDropped, videoDropped } = this.#outlet.counters
      this.#say(
        'info',
        'live',
        `Publishing again after ${away}; left out so far: ${videoDropped} pictures, ${audioDropped} sounds`,
      )
    }
    this.#outlet.open(link, !first)
    this.#started.resolve()
  }

  #lost(link: PublishLink, error: RtmpClientError): void {
    link.destroy()
    if (link === this.#next) this.#next = undefined
    if (link !== this.#link || this.#isOver) return
    this.#link = undefined
    this.#lostAt = this.#host.now()
    this.#outlet.detach()
    const next = this.#next
    this.#next = undefined
    if (next !== undefined) {
      this.#live(next)
      return
    }
    if (this.#moving) return // The connection that is being made takes over.
    this.#become('reconnecting')
    this.#say('warn', 'lost', `The stream is interrupted: ${error.message}`)
    void this.#connect(error)
  }

  /** Follows a reconnect request: connects there, and switches at a key frame. */
  async #move(link: PublishLink, tcUrl: string | undefined, description: string): Promise<void> {
    if (link !== this.#link || this.#moving || this.#isOver) return
    this.#moving = true
    const why = description === '' ? '' : ` (${description})`
    try {
      const resolved = resolveReconnectUrl(link.target.tcUrl, tcUrl)
      const target =
        resolved === link.target.tcUrl ? link.target : redirected(link.target, resolved, 'running')
      this.#say('info', 'moving', `The server asks us to move to ${publicUrl(target)}${why}`)
      const next = await this.#openBeside(target)
      this.#target = target
      if (this.#isOver) next.leave()
      else if (this.#link === link) {
        this.#next = next
        this.#outlet.switchAtKeyFrame()
      } else this.#live(next)
    } catch (error) {
      if (this.#isOver) return
      const text = error instanceof Error ? error.message : String(error)
      this.#say('warn', 'notMoved', `Could not move: ${text}`)
      if (this.#link === undefined) {
        this.#become('reconnecting')
        void this.#connect(error)
      }
    } finally {
      this.#moving = false
    }
  }

  /** A second connection; when the server allows one publisher only, the first one makes way. */
  async #openBeside(target: RtmpUrl): Promise<PublishLink> {
    try {
      return await openPublishLink(this.#setup, target, this.#owner)
    } catch (error) {
      const taken = isRtmpClientError(error) && error.code === 'PUBLISH_REJECTED' && error.canRetry
      if (!taken || this.#isOver) throw error
      this.#lostAt = this.#host.now()
      this.#outlet.detach()
      const old = this.#link
      this.#link = undefined
      await old?.end(false).catch(() => {})
      return openPublishLink(this.#setup, target, this.#owner)
    }
  }

  /** The outlet stands before a key frame, and a new link waits for one. */
  #switch(): void {
    const next = this.#next
    const old = this.#link
    if (next === undefined || old === undefined) return
    this.#next = undefined
    const from = publicUrl(old.target)
    const to = publicUrl(next.target)
    this.#link = next
    this.#reconnects += 1
    this.#retry.succeeded()
    this.#outlet.detach()
    old.end(true).catch(() => {})
    this.#outlet.open(next, true)
    this.#say('info', 'moved', `The stream goes to ${to} (${next.remote}) now`)
    this.#events.emit('moved', { from, to })
  }

  #fail(error: unknown): void {
    this.#error = error
    this.#become('failed')
    this.#stop.abort(error)
    this.#next?.destroy()
    this.#outlet.close(error)
    this.#link?.leave()
    const text = error instanceof Error ? error.message : String(error)
    this.#say('error', 'failed', `The stream has failed: ${text}`)
    this.#started.reject(error)
    this.#finished.reject(error)
  }

  #become(state: PublisherState): void {
    if (this.#state === state) return
    this.#state = state
    if (state === 'ended' || state === 'failed') this.#removeAbort()
    this.#events.emit('state', state)
  }

  #logDropping(dropping: boolean): void {
    if (dropping) {
      this.#say(
        'warn',
        'dropping',
        'The connection is too slow: pictures are left out until it has caught up',
      )
    } else this.#say('info', 'caughtUp', 'The connection has caught up')
  }

  #say(level: LogLevel, event: string, text: string): void {
    this.#tell({ level, event, text })
  }

  #tell(entry: LogEntry): void {
    this.#options.onLog?.(entry)
    this.#events.emit('log', entry)
  }
}

const closed = (): RtmpClientError =>
  new RtmpClientError('CLOSED', 'the publisher has ended', { stage: 'ending', canRetry: false })
