import { ContinuousClock } from '@rtmp/bytes/time'
import { isDecodeError } from '@rtmp/bytes'
import { MediaMessage } from '@rtmp/e-rtmp'
import { FlvReader, readFlv, TagType } from '@rtmp/flv'
import { decodeScriptData } from '@rtmp/flv/script'
import { isRtmpClientError, RtmpClientError } from './errors.ts'
import type { ClientHost } from './host.ts'
import type { LogEntry } from './log.ts'
import type { ConnectionOptions } from './options.ts'
import { Retry } from './retry.ts'
import { Deferred } from './waiting.ts'

/** Options of {@link FlvPlayer}: of {@link ConnectionOptions} those that do not speak of RTMP. */
export interface FlvPlayerOptions
  extends Pick<
    ConnectionOptions,
    'user' | 'password' | 'deadlines' | 'maxRedirects' | 'reconnect' | 'signal' | 'onLog'
  > {
  /**
   * What to do when the stream ends, or is not there: end (default), or ask again until it is, as `reconnect` says, and if
   * that is not set every half second to two seconds.
   */
  readonly whenUnpublished?: 'end' | 'wait'
}

/** FLV that comes: bytes until the stream ends, or an error when they break off. */
export type FlvBytes = AsyncIterable<Uint8Array>

/** Opens the stream's bytes. @throws RtmpClientError; the signal's reason */
export type OpenFlv = (signal: AbortSignal) => Promise<FlvBytes>

/** Counters of an {@link FlvPlayer}. */
export interface FlvPlayerStats {
  /** Payload bytes. */
  readonly bytesReceived: number
  /** Connections after the first. */
  readonly reconnects: number
}

const WAIT_FOR_STREAM = { initialMs: 500, maximumMs: 2000, fromStart: true } as const

/**
 * Plays one stream of FLV over HTTP or a WebSocket, over as many connections as it takes, on one clock. Read it by `for
 * await`, once: leaving the loop ends it. Who reads slowly makes the server wait.
 */
export class FlvPlayer implements AsyncIterable<MediaMessage> {
  readonly #open: OpenFlv
  readonly #options: FlvPlayerOptions
  readonly #host: ClientHost
  readonly #retry: Retry
  readonly #stop = new AbortController()
  readonly #started = new Deferred<void>()
  readonly #clock = new ContinuousClock()
  #first: Promise<FlvBytes> | undefined
  #bytes = 0
  #reconnects = 0

  /** Opens the stream at once. @throws UsageError `BACKOFF_OUT_OF_RANGE` */
  constructor(host: ClientHost, open: OpenFlv, options: FlvPlayerOptions = {}) {
    this.#host = host
    this.#open = open
    const waits = options.whenUnpublished === 'wait'
    const { reconnect = waits ? WAIT_FOR_STREAM : false } = options
    this.#options = options
    const { signal } = this.#stop
    const log = (entry: LogEntry): void => options.onLog?.(entry)
    this.#retry = new Retry({ host, options: { ...options, reconnect }, signal, log })
    const { signal: outer } = options
    if (outer?.aborted === true) this.#stop.abort(outer.reason)
    outer?.addEventListener('abort', () => this.#stop.abort(outer.reason), { once: true, signal })
    this.#first = this.#connect()
    this.#first.catch(() => {})
  }

  /** Settles when the server has agreed for the first time; rejects when that fails. */
  get started(): Promise<void> {
    return this.#started.promise
  }

  /** Taken now; still there after the end. */
  get stats(): FlvPlayerStats {
    return { bytesReceived: this.#bytes, reconnects: this.#reconnects }
  }

  /** Ends it: a loop that reads it ends. */
  async close(): Promise<void> {
    this.#stop.abort(CLOSED)
    this.#started.reject(
      new RtmpClientError('CLOSED', 'the player has ended', { stage: 'ending', canRetry: false }),
    )
  }

  /** The packets, in order. Throws what made the player fail, after the last packet. */
  async *[Symbol.asyncIterator](): AsyncGenerator<MediaMessage, void, undefined> {
    const { signal } = this.#stop
    const waits = this.#options.whenUnpublished === 'wait'
    try {
      for (;;) {
        const bytes = await (this.#first ?? this.#connect())
        this.#first = undefined
        try {
          yield* this.#packets(bytes)
          if (!waits) return
          throw ended()
        } catch (error) {
          if (signal.aborted || isDecodeError(error)) throw error
          await this.#retry.wait(isRtmpClientError(error) ? error : brokenOff(error))
        }
        this.#reconnects += 1
        this.#clock.begin()
      }
    } catch (error) {
      if (signal.reason !== CLOSED) throw signal.aborted ? signal.reason : error
    } finally {
      this.#stop.abort(CLOSED)
    }
  }

  /** Opens the stream, as often as it takes. */
  async #connect(): Promise<FlvBytes> {
    const { signal } = this.#stop
    for (;;) {
      try {
        signal.throwIfAborted()
        const bytes = await this.#open(signal)
        this.#retry.succeeded()
        this.#started.resolve()
        return bytes
      } catch (error) {
        try {
          await this.#retry.wait(error)
        } catch (final) {
          this.#started.reject(signal.aborted ? signal.reason : final)
          throw final
        }
      }
    }
  }

  async *#packets(bytes: FlvBytes): AsyncGenerator<MediaMessage, void, undefined> {
    const { signal } = this.#stop
    for await (const tag of readFlv(bytes, new FlvReader())) {
      signal.throwIfAborted()
      const { typeId, timestamp, payload } = tag
      if (tag.filtered || !PLAYED.has(typeId)) continue
      this.#bytes += payload.length
      const isMedia = typeId === TagType.audio || typeId === TagType.video
      const packet = new MediaMessage(typeId, timestamp, payload, isMedia ? '' : dataNameOf(typeId, payload))
      const isFrame = isMedia && packet.isCoded
      const time = isFrame ? this.#clock.map(typeId, timestamp, this.#host.now()) : this.#clock.at(timestamp)
      yield time === timestamp ? packet : packet.at(time)
    }
  }
}

/** For whom data is; empty when it cannot be read. */
const dataNameOf = (typeId: number, payload: Uint8Array): string => {
  try {
    return decodeScriptData(payload, typeId).name
  } catch (error) {
    if (isDecodeError(error)) return ''
    throw error
  }
}

const PLAYED: ReadonlySet<number> = new Set([
  TagType.audio,
  TagType.video,
  TagType.script,
  TagType.scriptAmf3,
])

/** The reason of our own goodbye. */
const CLOSED = new RtmpClientError('CLOSED', 'the player has ended', { stage: 'ending', canRetry: false })

const ended = (): RtmpClientError =>
  new RtmpClientError('ENDED_BY_SERVER', 'the stream has ended', { stage: 'running', canRetry: true })

const brokenOff = (cause: unknown): RtmpClientError => {
  const text = cause instanceof Error ? cause.message : String(cause)
  return new RtmpClientError('CONNECTION_LOST', `the connection was lost: ${text}`, {
    stage: 'running',
    canRetry: true,
    cause,
  })
}
