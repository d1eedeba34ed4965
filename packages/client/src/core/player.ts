import { UsageError } from '@rtmp/bytes'
import { headerKey, MediaFlags, resolveReconnectUrl } from '@rtmp/ertmp'
import { property } from '@rtmp/amf0/accessors'
import type { ClientEvent, DataEvent, MediaEvent, SessionStats, Status } from '@rtmp/session'
import type { RtmpUrl } from '../rtmp-url.ts'
import { Emitter } from './emitter.ts'
import { isRtmpClientError, RtmpClientError } from './errors.ts'
import type { ClientHost } from './host.ts'
import { inWords, type LogEntry, type LogLevel } from './log.ts'
import { deadlinesOf, publicUrl, targetOf } from './session-options.ts'
import type { PlayerOptions } from './options.ts'
import { DataPacket, MediaPacket, type Packet } from './packet.ts'
import { PacketQueue } from './packet-queue.ts'
import { PlayLink, type PlayLinkOwner, type PlaySetup } from './play-link.ts'
import { endedByServer } from './publish-link.ts'
import { redirected } from './redirect.ts'
import { Retry } from './retry.ts'
import { Splice } from './splice.ts'
import { type PlayRequest, requestOf, StatusAnswers } from './status-answers.ts'
import { Deferred } from './waiting.ts'

/** Where a player stands. */
export type PlayerState = 'connecting' | 'playing' | 'reconnecting' | 'ended' | 'failed'

/** What a player tells. */
export interface PlayerEvents {
  readonly state: PlayerState
  readonly log: LogEntry
  /** A status of the server. */
  readonly status: Status
  /** The stream comes from another server now, because the first one asked for it. */
  readonly moved: { readonly from: string; readonly to: string }
}

/** Counters of a player at one moment. */
export interface PlayerStats {
  readonly audioReceived: number
  readonly videoReceived: number
  readonly dataReceived: number
  /** Payload bytes. */
  readonly bytesReceived: number
  /** Payload bytes that wait to be read. */
  readonly queuedBytes: number
  /** Connections after the first. */
  readonly reconnects: number
  /** Milliseconds on the output's clock of the newest frame. */
  readonly position: number
  /** Of the present connection. */
  readonly session: SessionStats | undefined
}

/** After StreamEOF: the end, if nothing else comes within this time. */
const EOF_GRACE_MS = 1000

const HEADER_FLAGS = MediaFlags.sequenceHeader | MediaFlags.metadata | MediaFlags.multichannelConfig

/** Headers and metadata of a connection that waits for its first key frame. */
const MAX_EARLY = 256

/**
 * Plays one stream, over as many connections as it takes; `play` makes one. Read it by `for await`, once: leaving the
 * loop ends it. Who reads slowly makes the server wait.
 */
export class Player implements AsyncIterable<Packet> {
  /** From where, without the stream's name. */
  readonly url: string
  readonly #host: ClientHost
  readonly #options: PlayerOptions
  readonly #original: RtmpUrl
  readonly #events = new Emitter<PlayerEvents>()
  readonly #started = new Deferred<void>()
  readonly #finished = new Deferred<void>()
  readonly #stop = new AbortController()
  readonly #setup: PlaySetup
  readonly #owner: PlayLinkOwner
  readonly #retry: Retry
  readonly #queue: PacketQueue
  readonly #splice = new Splice()
  /** The headers passed on last, by their key, so that repetitions are left out. */
  readonly #headers = new Map<string, Uint8Array>()
  #target: RtmpUrl
  #state: PlayerState = 'connecting'
  #error: unknown
  #link: PlayLink | undefined
  /** Connected already, for the next key frame; with what came on it before. */
  #next: { link: PlayLink | undefined; readonly early: Packet[] } | undefined
  #recorded: boolean
  #cancelEof: (() => void) | undefined
  readonly #answers: StatusAnswers
  #reconnects = 0
  #lostAt = 0
  #audio = 0
  #video = 0
  #data = 0
  #bytes = 0
  #removeAbort: () => void = () => {}

  /** Starts to connect at once. @throws UsageError `RTMP_URL_INVALID`, `BACKOFF_OUT_OF_RANGE` */
  constructor(host: ClientHost, url: string, options: PlayerOptions = {}) {
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
    this.#recorded = typeof options.start === 'number'
    const signal = this.#stop.signal
    const log = (entry: LogEntry): void => this.#tell(entry)
    this.#setup = { host, role: 'play', options, signal, log }
    this.#answers = new StatusAnswers(host, deadlinesOf(options).request, signal)
    this.#retry = new Retry({ host, options, signal, log })
    this.#queue = new PacketQueue(options.maxBytes ?? 4_194_304, (full) => this.#link?.pauseReading(full))
    this.#owner = {
      event: (link, event) => this.#onEvent(link, event),
      lost: (link, error) => this.#lost(link, error),
    }
    const { signal: outer } = options
    if (outer !== undefined) {
      const abort = (): void => this.#fail(outer.reason)
      if (outer.aborted) queueMicrotask(abort)
      outer.addEventListener('abort', abort, { once: true })
      this.#removeAbort = () => outer.removeEventListener('abort', abort)
    }
    void this.#connect(undefined)
  }

  /** Settles when the server has agreed to play for the first time; rejects when that fails. */
  get started(): Promise<void> {
    return this.#started.promise
  }

  /** Resolves when the stream has ended; rejects with what made the player fail, or the reason it was aborted for. */
  get finished(): Promise<void> {
    return this.#finished.promise
  }

  get state(): PlayerState {
    return this.#state
  }

  /** What made the player fail. */
  get error(): unknown {
    return this.#error
  }

  get stats(): PlayerStats {
    return {
      audioReceived: this.#audio,
      videoReceived: this.#video,
      dataReceived: this.#data,
      bytesReceived: this.#bytes,
      queuedBytes: this.#queue.bytes,
      reconnects: this.#reconnects,
      position: this.#splice.last,
      session: this.#link?.stats,
    }
  }

  /** Calls `listener` at every event of that name; returns a function that takes it away again. */
  on<Name extends keyof PlayerEvents>(name: Name, listener: (value: PlayerEvents[Name]) => void): () => void {
    return this.#events.on(name, listener)
  }

  /** The packets, in order. Throws what made the player fail, after the last packet. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Packet, void, undefined> {
    try {
      for (let packet = await this.#queue.next(); packet !== undefined; packet = await this.#queue.next()) {
        yield packet
      }
    } finally {
      await this.close()
    }
  }

  /** Asks the server to pause. Resolves with its word. @throws RtmpClientError `TIMEOUT`, `CONNECTION_LOST`, `CLOSED` */
  pause(): Promise<Status> {
    return this.#ask('Pause', (link) => link.pause(true, this.#splice.last))
  }

  /** Asks the server to go on. @throws RtmpClientError `TIMEOUT`, `CONNECTION_LOST`, `CLOSED` */
  resume(): Promise<Status> {
    return this.#ask('Unpause', (link) => link.pause(false, this.#splice.last))
  }

  /**
   * Asks for another position, in milliseconds. What has come and was not read is thrown away.
   *
   * @throws RtmpClientError `ENDED_BY_SERVER` when it cannot, `TIMEOUT`, `CONNECTION_LOST`, `CLOSED`
   */
  seek(position: number): Promise<Status> {
    return this.#ask('Seek', (link) => link.seek(position))
  }

  /** Asks for sound, or for none. */
  receiveAudio(enabled: boolean): void {
    this.#link?.receiveAudio(enabled)
  }

  /** Asks for pictures, or for none. */
  receiveVideo(enabled: boolean): void {
    this.#link?.receiveVideo(enabled)
  }

  /** Tells the server how much is buffered here, in milliseconds. */
  setBufferLength(ms: number): void {
    this.#link?.setBufferLength(ms)
  }

  /** Ends; what has come can still be read. */
  async close(): Promise<void> {
    if (!this.#isOver) await this.#end('Playing has ended')
  }

  get #isOver(): boolean {
    return this.#state === 'ended' || this.#state === 'failed'
  }

  async #connect(why: unknown): Promise<void> {
    let error = why
    for (;;) {
      try {
        if (error !== undefined) await this.#retry.wait(error)
        this.#splice.begin()
        const position = this.#recorded && error !== undefined ? { position: this.#splice.last } : {}
        const link = await PlayLink.open({ ...this.#setup, ...position }, this.#target, this.#owner)
        if (this.#isOver) void link.end()
        else this.#live(link)
        return
      } catch (failure) {
        if (this.#isOver) return
        this.#link = undefined
        if (failure === error || !isRtmpClientError(failure)) {
          this.#fail(failure)
          return
        }
        error = failure
        this.#target = this.#original
      }
    }
  }

  #live(link: PlayLink): void {
    const first = this.#state === 'connecting'
    this.#retry.succeeded()
    this.#link = link
    if (!first) this.#reconnects += 1
    this.#become('playing')
    if (first) this.#say('info', 'playing', `Playing from ${publicUrl(link.target)} (${link.remote})`)
    else this.#say('info', 'playing', `Playing again after ${inWords(this.#host.now() - this.#lostAt)}`)
    this.#started.resolve()
  }

  #lost(link: PlayLink, error: RtmpClientError): void {
    link.destroy()
    if (this.#next?.link === link) this.#next = undefined
    if (link !== this.#link || this.#isOver) return
    this.#link = undefined
    this.#lostAt = this.#host.now()
    this.#answers.reject(error)
    this.#become('reconnecting')
    this.#say('warn', 'lost', `The stream is interrupted: ${error.message}`)
    void this.#connect(error)
  }

  #onEvent(link: PlayLink, event: ClientEvent): void {
    if (this.#isOver) return
    // Media can come before the link is open: until there is another one, that is the present link.
    if (this.#link === undefined || this.#link.over) this.#link = link
    if (link !== this.#link) this.#onNext(link, event)
    else this.#onPresent(link, event)
  }

  #onPresent(link: PlayLink, event: ClientEvent): void {
    switch (event.kind) {
      case 'playStarted':
        this.#started.resolve()
        break
      case 'media':
        this.#cancelEof?.()
        this.#cancelEof = undefined
        this.#onMedia(event)
        break
      case 'data':
        this.#onData(event)
        break
      case 'status':
        this.#onStatus(event.status)
        break
      case 'playEnded':
        if (event.reason === 'status') this.#onPlayEnded(event.status)
        break
      case 'streamEof':
        if (this.#options.whenUnpublished !== 'wait') {
          this.#cancelEof ??= this.#host.schedule(EOF_GRACE_MS, () => void this.#end('The stream has ended'))
        }
        break
      case 'streamBegin':
        this.#cancelEof?.()
        this.#cancelEof = undefined
        break
      case 'streamIsRecorded':
        this.#recorded = true
        break
      case 'reconnectRequested':
        void this.#move(link, event.tcUrl, event.description)
        break
    }
  }

  /** The connection to move to: from its first key frame on it is the present one. */
  #onNext(link: PlayLink, event: ClientEvent): void {
    const next = this.#next
    if (next === undefined) return
    if (event.kind === 'data') {
      const packet = packetOf(event)
      if (packet !== undefined && event.isMetadata && next.early.length < MAX_EARLY) next.early.push(packet)
    }
    if (event.kind !== 'media') return
    const packet = new MediaPacket(event.typeId, event.timestamp, event.payload)
    if (isHeader(packet)) {
      if (next.early.length < MAX_EARLY) next.early.push(packet)
      return
    }
    if (this.#splice.hasVideo && !packet.keyFrame) return
    this.#switch(link, next.early)
    this.#onMedia(event)
  }

  #switch(link: PlayLink, early: readonly Packet[]): void {
    const old = this.#link
    const from = old === undefined ? '' : publicUrl(old.target)
    const to = publicUrl(link.target)
    this.#next = undefined
    this.#link = link
    this.#target = link.target
    this.#reconnects += 1
    void old?.end()
    this.#splice.begin()
    for (const packet of early) {
      if (packet.kind === 'data') this.#pass(new DataPacket(this.#splice.last, packet.payload, packet.name))
      else this.#passMedia(packet)
    }
    this.#say('info', 'moved', `The stream comes from ${to} (${link.remote}) now`)
    this.#events.emit('moved', { from, to })
  }

  #onMedia({ typeId, timestamp, payload }: MediaEvent): void {
    this.#passMedia(new MediaPacket(typeId, timestamp, payload))
  }

  #passMedia(packet: MediaPacket): void {
    const { typeId, payload } = packet
    if (isHeader(packet)) {
      const key = headerKey(packet.kind, payload)
      const known = this.#headers.get(key)
      if (this.#splice.undecided && known !== undefined && sameBytes(known, payload)) return
      this.#headers.set(key, payload)
    }
    const time = this.#splice.map(packet, !isHeader(packet), this.#host.now())
    if (time === undefined) return
    if (typeId === 8) this.#audio += 1
    else this.#video += 1
    this.#pass(time === packet.timestamp ? packet : new MediaPacket(typeId, time, payload))
  }

  #onData(event: DataEvent): void {
    const packet = packetOf(event)
    if (packet === undefined) {
      if (event.name === 'onPlayStatus') this.#onPlayStatus(event)
      return
    }
    this.#data += 1
    const time = this.#splice.at(packet.timestamp)
    this.#pass(time === packet.timestamp ? packet : new DataPacket(time, packet.payload, packet.name))
  }

  /** The end of a recorded stream, as Flash Media Server tells it. */
  #onPlayStatus(event: DataEvent): void {
    if (property(event.values?.[0], 'code') === 'NetStream.Play.Complete')
      void this.#end('The stream has ended')
  }

  #pass(packet: Packet): void {
    this.#bytes += packet.payload.length
    this.#queue.push(packet)
  }

  #onStatus(status: Status): void {
    this.#events.emit('status', status)
    const { code, level } = status
    if (requestOf(status) === 'Seek' && level !== 'error') {
      this.#splice.jump()
      this.#queue.clear()
    }
    this.#answers.take(status)
    if (code === 'NetStream.Play.UnpublishNotify') {
      if (this.#options.whenUnpublished === 'wait') {
        this.#say('info', 'unpublished', 'The publisher has left; waiting for the next one')
      } else void this.#end('The publisher has left')
    }
    if (code === 'NetStream.Play.PublishNotify') this.#splice.beginAnother()
  }

  #onPlayEnded(status: Status | undefined): void {
    const { whenUnpublished, reconnect = false } = this.#options
    if (status?.level === 'error' || (whenUnpublished === 'wait' && reconnect !== false)) {
      const link = this.#link
      if (link !== undefined) this.#lost(link, endedByServer(status))
    } else void this.#end('The stream has ended')
  }

  async #move(link: PlayLink, tcUrl: string | undefined, description: string): Promise<void> {
    if (this.#next !== undefined || this.#isOver) return
    const next: { link: PlayLink | undefined; readonly early: Packet[] } = { link: undefined, early: [] }
    this.#next = next
    try {
      const resolved = resolveReconnectUrl(link.target.tcUrl, tcUrl)
      const target =
        resolved === link.target.tcUrl ? link.target : redirected(link.target, resolved, 'running')
      const why = description === '' ? '' : ` (${description})`
      this.#say('info', 'moving', `The server asks us to move to ${publicUrl(target)}${why}`)
      const opened = await PlayLink.open(this.#setup, target, this.#owner)
      if (this.#isOver) void opened.end()
      else if (opened !== this.#link) next.link = opened
    } catch (error) {
      if (this.#next === next) this.#next = undefined
      if (this.#isOver) return
      const text = error instanceof Error ? error.message : String(error)
      this.#say('warn', 'notMoved', `Could not move: ${text}`)
    }
  }

  async #ask(request: PlayRequest, act: (link: PlayLink) => void): Promise<Status> {
    const link = this.#link
    if (this.#isOver) throw closed()
    if (link === undefined) {
      const text = 'there is no connection at the moment'
      throw new RtmpClientError('CONNECTION_LOST', text, { stage: 'running', canRetry: true })
    }
    return this.#answers.ask(request, () => act(link))
  }

  async #end(text: string): Promise<void> {
    if (this.#isOver) return
    this.#become('ended')
    this.#over(closed())
    this.#say('info', 'ended', text)
    this.#queue.end()
    await this.#link?.end()
    this.#finished.resolve()
  }

  #fail(error: unknown): void {
    if (this.#isOver) return
    this.#error = error
    this.#become('failed')
    this.#over(error)
    const text = error instanceof Error ? error.message : String(error)
    this.#say('error', 'failed', `Playing has failed: ${text}`)
    this.#queue.end(error)
    void this.#link?.end()
    this.#finished.reject(error)
  }

  #over(error: unknown): void {
    this.#cancelEof?.()
    this.#removeAbort()
    this.#stop.abort(error)
    this.#started.reject(error)
    this.#answers.reject(error)
    this.#next?.link?.destroy()
    this.#link?.pauseReading(false)
  }

  #become(state: PlayerState): void {
    if (this.#state === state) return
    this.#state = state
    this.#events.emit('state', state)
  }

  #say(level: LogLevel, event: string, text: string): void {
    this.#tell({ level, event, text })
  }

  #tell(entry: LogEntry): void {
    this.#options.onLog?.(entry)
    this.#events.emit('log', entry)
  }
}

const isHeader = ({ flags }: MediaPacket): boolean =>
  (flags & HEADER_FLAGS) !== 0 && (flags & MediaFlags.empty) === 0

/** Messages to the player's machinery, not to whoever watches. */
const INTERNAL = new Set(['|RtmpSampleAccess', 'onPlayStatus', 'onStatus'])

const packetOf = ({ timestamp, payload, name, action }: DataEvent): DataPacket | undefined =>
  action === 'clear' || INTERNAL.has(name) ? undefined : new DataPacket(timestamp, payload, name)

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])

const closed = (): RtmpClientError =>
  new RtmpClientError('CLOSED', 'the player has ended', { stage: 'ending', canRetry: false })
