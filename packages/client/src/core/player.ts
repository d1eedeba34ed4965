import type { MediaMessage } from '@rtmp/e-rtmp'
import { StatusCode } from '@rtmp/message'
import type { ClientEvent, SessionStats, Status } from '@rtmp/session'
import { endedByServer, notConnected } from './errors.ts'
import type { ClientHost } from './host.ts'
import { inWords } from './log.ts'
import type { RtmpPlayerOptions } from './options.ts'
import { type PlayAnotherOptions, PlayRequests } from './play-requests.ts'
import { playUse } from './play-use.ts'
import { PlayedMedia } from './played-media.ts'
import type { ServerHandle } from './server-handle.ts'
import { publicUrl } from './session-options.ts'
import { requestOf } from './status-answers.ts'
import { hasEnded, type StreamEvents, StreamLife, type StreamState } from './stream-life.ts'
import type { StreamLink } from './stream-link.ts'
import { StreamLinks } from './stream-links.ts'

/** Where a player stands. */
export type RtmpPlayerState = StreamState<'playing'>

/** What a player tells. */
export type RtmpPlayerEvents = StreamEvents<'playing'>

/** Counters of a player at one moment. */
export interface RtmpPlayerStats {
  /** Messages over all connections, codec configurations included. */
  readonly audioReceived: number
  /** Messages over all connections, codec configurations included. */
  readonly videoReceived: number
  /** Messages over all connections. */
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

/**
 * Plays one stream, over as many connections as it takes; `play` makes one. Read it by `for await`, once: leaving the
 * loop ends it. Who reads slowly makes the server wait.
 */
export class RtmpPlayer implements AsyncIterable<MediaMessage> {
  readonly #host: ClientHost
  readonly #options: RtmpPlayerOptions
  readonly #life: StreamLife<'playing'>
  readonly #links: StreamLinks<'playing'>
  readonly #media: PlayedMedia
  readonly #requests: PlayRequests
  #cancelEof: (() => void) | undefined

  /** Starts to connect at once. @throws UsageError `RTMP_URL_INVALID`, `BACKOFF_OUT_OF_RANGE` */
  constructor(host: ClientHost, url: string, options: RtmpPlayerOptions = {}) {
    this.#host = host
    this.#options = options
    this.#media = new PlayedMedia(host, options.maxBytes ?? 4_194_304, (full) =>
      this.#links.working?.pauseReading(full),
    )
    const life = new StreamLife<'playing'>({
      options,
      failure: 'Playing has failed',
      over: (error) => this.#over(error),
    })
    this.#life = life
    this.#requests = new PlayRequests({
      host,
      options,
      signal: life.signal,
      media: this.#media,
      link: () => this.#present(),
    })
    this.#links = new StreamLinks({
      host,
      url,
      options,
      life,
      use: playUse(options, () => this.#requests.startNow()),
      working: 'playing',
      owner: {
        connecting: () => this.#media.beginConnection(),
        attached: (link, isFirst) => this.#attached(link, isFirst),
        detached: (error) => this.#requests.detached(error),
        event: (link, event) => this.#onEvent(link, event),
        eventBeside: (link, event) => this.#onEventBeside(link, event),
        drained: () => {},
        canMove: () => {}, // It is switched to by what comes from it.
      },
    })
    this.#links.start()
  }

  /** From where, without the stream's name. */
  get url(): string {
    return this.#links.url
  }

  /** What is said to the server beside the stream, and asked of it. */
  get server(): ServerHandle {
    return this.#links.server
  }

  /** Settles when the server has agreed to play for the first time; rejects when that fails. */
  get started(): Promise<void> {
    return this.#life.started
  }

  /** Resolves when the stream has ended; rejects with what made the player fail, or the reason it was aborted for. */
  get finished(): Promise<void> {
    return this.#life.finished
  }

  /** See the event `state`, which tells each change of it. */
  get state(): RtmpPlayerState {
    return this.#life.state
  }

  /** What made the player fail. */
  get error(): unknown {
    return this.#life.error
  }

  /** Whether the server has said that the stream is recorded (StreamIsRecorded), or it was asked for as such. */
  get isRecorded(): boolean {
    return this.#requests.isRecorded
  }

  /** Taken now; still there after the end. */
  get stats(): RtmpPlayerStats {
    const { counters, queue, position } = this.#media
    const { reconnects, working } = this.#links
    return { ...counters, queuedBytes: queue.bytes, reconnects, position, session: working?.stats }
  }

  /** Calls `listener` at every event of that name; returns a function that takes it away again. */
  on<Name extends keyof RtmpPlayerEvents>(
    name: Name,
    listener: (value: RtmpPlayerEvents[Name]) => void,
  ): () => void {
    return this.#life.events.on(name, listener)
  }

  /** The packets, in order. Throws what made the player fail, after the last packet. */
  async *[Symbol.asyncIterator](): AsyncGenerator<MediaMessage, void, undefined> {
    const { queue } = this.#media
    try {
      for (let packet = await queue.next(); packet !== undefined; packet = await queue.next()) {
        yield packet
      }
    } finally {
      await this.close()
    }
  }

  /** Asks the server to pause. Resolves with its word. @throws RtmpClientError `TIMEOUT`, `CONNECTION_LOST`, `CLOSED` */
  pause(): Promise<Status> {
    return this.#requests.ask('Pause', (session, id) => session.pause(id, true, this.#media.position))
  }

  /** Asks the server to go on. @throws RtmpClientError `TIMEOUT`, `CONNECTION_LOST`, `CLOSED` */
  resume(): Promise<Status> {
    return this.#requests.ask('Unpause', (session, id) => session.pause(id, false, this.#media.position))
  }

  /**
   * Asks for another position, in milliseconds. What has come and was not read is thrown away.
   *
   * @throws RtmpClientError `ENDED_BY_SERVER` when it cannot, `TIMEOUT`, `CONNECTION_LOST`, `CLOSED`
   */
  seek(position: number): Promise<Status> {
    return this.#requests.ask('Seek', (session, id) => session.seek(id, position))
  }

  /**
   * Asks for another rendition of the stream (`play2`): the server goes over to it where it can, and answers
   * `NetStream.Play.Transition`.
   *
   * @param options - The fields of Flash's `NetStreamPlayOptions`: `streamName`, `oldStreamName`, `transition` (`'switch'`, `'swap'`,
   *   …), `start`, `len`, `offset`; sent as they are.
   * @throws RtmpClientError `ENDED_BY_SERVER` when it cannot, `TIMEOUT`, `CONNECTION_LOST`, `CLOSED`
   */
  play2(options: Readonly<Record<string, unknown>>): Promise<Status> {
    return this.#requests.ask('Transition', (session, id) => session.play2(id, options))
  }

  /**
   * Plays another stream of the same app, or the same one once more, on the connection that there is: while one plays, or
   * after its end with `whenUnpublished: 'stay'`. Resolves when the server has agreed. What comes goes on in the same loop.
   *
   * @param streamName - As the server is to see it, query included.
   * @throws PlayRejected; RtmpClientError `TIMEOUT`, `CONNECTION_LOST`, `CLOSED`; UsageError `SESSION_STREAM_STATE` while the server
   *   has not yet answered an earlier one
   */
  playAnother(streamName: string, options: PlayAnotherOptions = {}): Promise<Status> {
    return this.#requests.playAnother(streamName, options)
  }

  /** Asks for sound, or for none. */
  receiveAudio(enabled: boolean): void {
    this.#links.working?.act((session, id) => session.receiveAudio(id, enabled))
  }

  /** Asks for pictures, or for none. */
  receiveVideo(enabled: boolean): void {
    this.#links.working?.act((session, id) => session.receiveVideo(id, enabled))
  }

  /** Tells the server how much is buffered here, in milliseconds. */
  setBufferLength(ms: number): void {
    this.#links.working?.act((session, id) => session.setBufferLength(id, ms))
  }

  /** Ends; what has come can still be read. */
  async close(): Promise<void> {
    await this.#end('Playing has ended')
  }

  #attached(link: StreamLink, isFirst: boolean): void {
    const { remote, target } = link
    this.#requests.attached()
    if (this.#media.queue.isFull) link.pauseReading(true)
    if (isFirst) this.#life.say('info', 'playing', `Playing from ${publicUrl(target)} (${remote})`)
    else this.#life.say('info', 'playing', `Playing again after ${inWords(this.#links.awayMs)}`)
  }

  #onEvent(link: StreamLink, event: ClientEvent): void {
    switch (event.kind) {
      case 'playStarted':
        this.#life.hasStarted()
        this.#begins()
        break
      case 'media':
        this.#goesOn()
        this.#media.media(event)
        break
      case 'data':
        if (!this.#media.data(event)) this.#streamEnded('The stream has ended')
        break
      case 'status':
        this.#onStatus(event.status)
        break
      case 'playEnded':
        if (event.reason === 'status') this.#onPlayEnded(link, event.status)
        break
      case 'streamEof':
        if (this.#options.whenUnpublished === 'wait') break
        this.#cancelEof ??= this.#host.schedule(EOF_GRACE_MS, () => this.#streamEnded('The stream has ended'))
        break
      case 'streamBegin':
        this.#goesOn()
        break
      case 'streamIsRecorded':
        this.#requests.isRecorded = true
        break
    }
  }

  /** The connection to move to: from its first key frame on it is the present one. */
  #onEventBeside(link: StreamLink, event: ClientEvent): void {
    if (event.kind === 'data') this.#media.dataBeside(event)
    if (event.kind !== 'media' || !this.#media.startsBeside(event)) return
    this.#links.switchTo(link, false)
    this.#media.switched()
    this.#media.media(event)
  }

  #begins(): void {
    this.#goesOn()
    const streamName = this.#requests.begins()
    if (streamName !== undefined) this.#links.rename(streamName)
  }

  #goesOn(): void {
    this.#cancelEof?.()
    this.#cancelEof = undefined
  }

  #onStatus(status: Status): void {
    const { code, level } = status
    if (requestOf(status) === 'Seek' && level !== 'error') this.#media.jump()
    this.#requests.take(status)
    if (code === StatusCode.playUnpublishNotify) {
      this.#life.events.emit('unpublished', status)
      if (this.#options.whenUnpublished === 'wait') {
        this.#life.say('info', 'unpublished', 'The publisher has left; waiting for the next one')
      } else this.#streamEnded('The publisher has left')
    }
    if (code === StatusCode.playPublishNotify) this.#media.beginAnother()
  }

  #onPlayEnded(link: StreamLink, status: Status | undefined): void {
    const { whenUnpublished, reconnect = false } = this.#options
    if (status?.level === 'error' || (whenUnpublished === 'wait' && reconnect !== false)) {
      link.fail(endedByServer(status))
    } else this.#streamEnded('The stream has ended')
  }

  /** The end of the player too, unless it is to stay. */
  #streamEnded(text: string): void {
    this.#goesOn()
    if (this.#options.whenUnpublished !== 'stay') void this.#end(text)
  }

  #present(): StreamLink {
    const { working } = this.#links
    if (this.#life.isOver) throw hasEnded('player')
    if (working !== undefined) return working
    throw notConnected()
  }

  async #end(text: string): Promise<void> {
    if (!this.#life.end(hasEnded('player'))) return
    this.#life.say('info', 'ended', text)
    this.#media.queue.end()
    await this.#links.working?.end(false).catch(() => {})
    this.#life.finish()
  }

  #over(error: unknown): void {
    this.#goesOn()
    this.#requests.detached(error)
    this.#links.working?.pauseReading(false)
    this.#links.close(error)
    if (this.#life.state !== 'failed') return
    this.#media.queue.end(error)
    this.#links.leave()
  }
}
