import { ecmaArray } from '@rtmp/amf0'
import { MediaMessage } from '@rtmp/e-rtmp'
import { data, encodeData, setDataFrame } from '@rtmp/message'
import type { SessionStats } from '@rtmp/session'
import type { ClientHost } from './host.ts'
import { inWords } from './log.ts'
import { MediaSender } from './media-sender.ts'
import type { RtmpPublisherOptions } from './options.ts'
import { isFrame, outgoing, type PublisherInput } from './outgoing.ts'
import { Outlet } from './outlet.ts'
import { publishUse } from './publish-use.ts'
import type { ServerHandle } from './server-handle.ts'
import { publicUrl } from './session-options.ts'
import { hasEnded, type StreamEvents, StreamLife, type StreamState } from './stream-life.ts'
import type { StreamLink } from './stream-link.ts'
import { StreamLinks } from './stream-links.ts'

/** Where a publisher stands. */
export type RtmpPublisherState = StreamState<'live'>

/** What a publisher tells. */
export type RtmpPublisherEvents = Omit<StreamEvents<'live'>, 'unpublished'>

/** Counters of a publisher at one moment. */
export interface RtmpPublisherStats {
  /** Messages over all connections, with what is said again on a new one. */
  readonly audioSent: number
  /** Messages over all connections, with what is said again on a new one. */
  readonly videoSent: number
  /** Messages over all connections, with what is said again on a new one. */
  readonly dataSent: number
  /** Payload bytes given to connections. */
  readonly bytesSent: number
  /** Messages left out by the drop policy, or while there was no connection. */
  readonly audioDropped: number
  /** As `audioDropped`; all pictures up to the next key frame go with one that is left out. */
  readonly videoDropped: number
  /** Payload bytes that wait for a connection to take them. */
  readonly queuedBytes: number
  /** From the first to the last message that waits, in milliseconds of media. */
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
export class RtmpPublisher {
  readonly #host: ClientHost
  readonly #options: RtmpPublisherOptions
  readonly #life: StreamLife<'live'>
  readonly #links: StreamLinks<'live'>
  readonly #outlet: Outlet
  #sender: MediaSender | undefined
  #lastTimestamp = 0

  /** Starts to connect at once. @throws UsageError `RTMP_URL_INVALID`, `BACKOFF_OUT_OF_RANGE` */
  constructor(host: ClientHost, url: string, options: RtmpPublisherOptions = {}) {
    this.#host = host
    this.#options = options
    this.#outlet = new Outlet(options.queue ?? {}, {
      switchAt: () => this.#switch(),
      dropping: (dropping) => this.#logDropping(dropping),
    })
    const life = new StreamLife<'live'>({
      options,
      failure: 'The stream has failed',
      over: (error) => this.#over(error),
    })
    this.#life = life
    this.#links = new StreamLinks({
      host,
      url,
      options,
      life,
      use: publishUse(options),
      working: 'live',
      owner: {
        connecting: () => {},
        attached: (link, isFirst) => this.#attached(link, isFirst),
        detached: () => this.#outlet.detach(),
        event: () => {},
        eventBeside: () => {},
        drained: () => this.#outlet.pump(),
        canMove: () => this.#outlet.switchAtKeyFrame(),
      },
    })
    this.#links.start()
  }

  /** Where to, without the stream's name. */
  get url(): string {
    return this.#links.url
  }

  /** What is said to the server beside the stream, and asked of it. */
  get server(): ServerHandle {
    return this.#links.server
  }

  /** Settles when the server has accepted the stream for the first time; rejects when that fails. */
  get started(): Promise<void> {
    return this.#life.started
  }

  /** Resolves at the end; rejects with what made the publisher fail, or the reason it was aborted for. */
  get finished(): Promise<void> {
    return this.#life.finished
  }

  /** See the event `state`, which tells each change of it. */
  get state(): RtmpPublisherState {
    return this.#life.state
  }

  /** What made the publisher fail. */
  get error(): unknown {
    return this.#life.error
  }

  /** Taken now; still there after the end. */
  get stats(): RtmpPublisherStats {
    const { counters, queuedBytes, queuedMs } = this.#outlet
    const { reconnects, working } = this.#links
    return {
      ...counters,
      queuedBytes,
      queuedMs,
      pendingBytes: working === undefined ? 0 : (this.#sender?.pendingBytes ?? 0),
      reconnects,
      session: working?.stats,
    }
  }

  /** Calls `listener` at every event of that name; returns a function that takes it away again. */
  on<Name extends keyof RtmpPublisherEvents>(
    name: Name,
    listener: (value: RtmpPublisherEvents[Name]) => void,
  ): () => void {
    return this.#life.events.on(name, listener)
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

  /** Sends `onMetaData`, as the ECMA array that E-RTMP v2 asks for; the server keeps it for those who join. */
  writeMetadata(values: Readonly<Record<string, unknown>>): Promise<void> {
    const isPlain = Object.getPrototypeOf(values) === Object.prototype
    const payload = encodeData(setDataFrame('onMetaData', isPlain ? ecmaArray(values) : values))
    return this.#push(new MediaMessage(18, this.#lastTimestamp, payload, 'onMetaData'))
  }

  /** Sends a data message (a text cue, a signal, …) to those who watch now. */
  writeData(name: string, ...values: readonly unknown[]): Promise<void> {
    return this.#push(new MediaMessage(18, this.#lastTimestamp, encodeData(data(name, ...values))))
  }

  /** Tells the server to forget a data frame. */
  clearData(name: string): void {
    this.#outlet.replay.forget(name)
    if (this.#links.working !== undefined) this.#sender?.clearData(name)
  }

  /**
   * Sends what waits, unpublishes and closes. Resolves when all that is done. Without a connection it waits for one that
   * can take what is left; with `queue.overflow: 'drop'` it ends at once then.
   *
   * @throws what makes the publisher fail meanwhile; RtmpClientError `CONNECTION_LOST` when the connection breaks before
   *   everything has left
   */
  async end(): Promise<void> {
    const life = this.#life
    if (life.isOver) return life.finished
    if (life.state === 'live' || this.#options.queue?.overflow !== 'drop') await this.#outlet.empty()
    const sender = this.#links.working === undefined ? undefined : this.#sender
    if (!life.end(hasEnded('publisher'))) return life.finished
    try {
      await sender?.end(true)
      life.say('info', 'ended', 'The stream has ended')
      life.finish()
    } catch (error) {
      life.say('warn', 'ended', 'The connection broke before everything had been sent')
      life.finish(error)
      throw error
    }
  }

  /** Ends at once; the stream is unpublished if there is a connection that can carry it. */
  abort(reason: unknown = hasEnded('publisher')): void {
    this.#life.fail(reason)
  }

  #push(message: MediaMessage): Promise<void> {
    if (this.#life.isOver) return Promise.reject(this.#life.error ?? hasEnded('publisher'))
    if (isFrame(message)) this.#lastTimestamp = message.timestamp
    return this.#outlet.push(message)
  }

  #attached(link: StreamLink, isFirst: boolean): void {
    const { remote, target } = link
    if (isFirst) this.#life.say('info', 'live', `Publishing to ${publicUrl(target)} (${remote})`)
    else {
      const away = inWords(this.#links.awayMs)
      const { audioDropped, videoDropped } = this.#outlet.counters
      const leftOut = `${videoDropped} pictures, ${audioDropped} sounds`
      this.#life.say('info', 'live', `Publishing again after ${away}; left out so far: ${leftOut}`)
    }
    this.#send(link, !isFirst)
  }

  /** Gives the outlet another link. */
  #send(link: StreamLink, again: boolean): void {
    this.#sender?.stop()
    this.#sender = new MediaSender(link, this.#host, this.#options.aggregateMs ?? 0)
    this.#outlet.open(this.#sender, again)
  }

  /** The outlet stands before a key frame, and a new link waits for one. */
  #switch(): void {
    const { next, working } = this.#links
    if (next === undefined || working === undefined) return
    const old = this.#sender
    this.#outlet.detach()
    // What it has gathered leaves before its goodbye.
    old?.end(true).catch(() => {})
    this.#links.switchTo(next, true)
    this.#send(next, true)
  }

  #over(error: unknown): void {
    this.#outlet.close(error)
    this.#links.close(error)
    if (this.#life.state !== 'failed') return
    this.#sender?.stop()
    this.#links.leave()
  }

  #logDropping(dropping: boolean): void {
    if (dropping) {
      this.#life.say(
        'warn',
        'dropping',
        'The connection is too slow: pictures are left out until it has caught up',
      )
    } else this.#life.say('info', 'caughtUp', 'The connection has caught up')
  }
}
