import type { MediaMessage } from '@rtmp/e-rtmp'
import { StatusCode } from '@rtmp/message'
import { type BatchFormat, WheelTimer } from '@rtmp/live/engine'
import type { PlayContext } from '../contract/contexts.ts'
import { formatFor } from './output-format.ts'
import type { Peer } from './peer.ts'
import { Playback, type PlaybackServices } from './playback.ts'
import type { OpenRecorded, RecordedReader } from './recorded-stream.ts'
import type { Services } from './services.ts'
import type { Terms } from './terms.ts'

/** What recorded plays are given of the server. */
export type RecordedPlaybackServices = PlaybackServices & Pick<Services, 'wheel' | 'now' | 'failed'>

/** What may wait for a player before more is read, in bytes. */
const QUEUE_BYTES = 512 * 1024

/** Not known before the file was looked into. */
const UNKNOWN = -1

/** How often it is looked whether more is wanted, in milliseconds. */
const LOOK_MS = 40

/** What a player buffers that has not said so, and what it is sent beyond its buffer. Milliseconds. */
const BUFFER_MS = 3000
const AHEAD_MS = 1000

/**
 * A play of a recording: read and sent as far ahead as the client's buffer is long, with pause and seek. Of many viewers, each
 * holds no more than a piece of the file.
 */
export class RecordedPlayback extends Playback {
  readonly #peer: Peer
  readonly #services: RecordedPlaybackServices
  readonly #format: BatchFormat<Uint8Array>
  readonly #open: OpenRecorded
  readonly #timer: WheelTimer
  #reader: RecordedReader | undefined
  /** What it takes to open it, in bytes. */
  #opening = 0
  #pending: readonly MediaMessage[] = []
  /** The position at which it began last, and when. */
  #from = 0
  #fromAt = 0
  /** Time of the last frame that was sent. */
  #position = 0
  /** What is taken away from times: whoever plays from a position on counts from there (librtmp adds it again). */
  #base = 0
  #end = Number.POSITIVE_INFINITY
  #videoWaits = false
  #paused = false
  #isOver = false
  /** Files are asked one thing at a time. */
  #busy = false
  #wanted: number | undefined

  constructor(
    peer: Peer,
    services: RecordedPlaybackServices,
    context: PlayContext,
    terms: Terms | undefined,
    open: OpenRecorded,
    now: number,
  ) {
    super(peer, services, context, terms, now)
    this.#peer = peer
    this.#services = services
    this.#open = open
    this.#format = formatFor(services, peer.capabilities, context)
    this.#timer = new WheelTimer({ onTimer: (at) => this.#look(at) })
  }

  /** A pause is no idleness: the client holds the recording, not the recording the client. */
  override isIdle(now: number): boolean {
    return this.#paused ? super.isIdle(now) : false
  }

  override get heldBytes(): number {
    return this.#reader?.heldBytes ?? this.#opening
  }

  override join(now: number): void {
    const start = Math.max(0, this.context.start)
    const { duration } = this.context
    if (duration !== undefined && duration >= 0) this.#end = start + duration
    this.#base = start > 0 ? UNKNOWN : 0
    this.#moveTo(start, now)
  }

  override leave(now: number): void {
    super.leave(now)
    this.#isOver = true
    this.#services.wheel.cancel(this.#timer)
    this.#pending = []
    if (!this.#busy) void this.#close()
  }

  override pause(paused: boolean, now: number): void {
    if (paused) this.subscriber.pause()
    else this.subscriber.unpause()
    this.#paused = paused
    if (paused) return
    this.#from = this.#position
    this.#fromAt = now
    this.#look(now)
  }

  override receiveAudio(enabled: boolean): void {
    this.subscriber.select(enabled, this.subscriber.video)
  }

  override receiveVideo(enabled: boolean): void {
    if (enabled && !this.subscriber.video) this.#videoWaits = true
    this.subscriber.select(this.subscriber.audio, enabled)
  }

  /** Goes on from the key frame at or before a position. */
  override seek(position: number, now: number): boolean {
    this.#end = Number.POSITIVE_INFINITY
    this.#base = 0
    this.#moveTo(Math.max(0, position), now)
    return true
  }

  #moveTo(position: number, now: number): void {
    this.#wanted = position
    this.#pending = []
    this.#look(now)
  }

  #look(now: number): void {
    this.#services.wheel.cancel(this.#timer)
    if (this.#isOver) return
    if (!this.#busy) this.#peer.guard(() => this.#send(now))
    if (!this.#isOver) this.#services.wheel.set(this.#timer, now + LOOK_MS)
  }

  /** Sends what the client has room for; asks the file for more. */
  #send(now: number): void {
    if (this.#wanted !== undefined) {
      this.#ask(async (reader, position) => {
        const found = await reader.seek(position)
        if (this.#wanted !== position) return
        this.#wanted = undefined
        this.#pending = []
        this.#from = this.#position = found
        if (this.#base === UNKNOWN) this.#base = found
        this.#fromAt = this.#services.now()
      }, this.#wanted)
      return
    }
    if (this.#paused) return
    let isEnough = false
    const batch: MediaMessage[] = []
    let bytes = this.#peer.outbox.queuedBytes
    let at = 0
    for (; at < this.#pending.length && !isEnough; at++) {
      const message = this.#pending[at] as MediaMessage
      if (message.isCoded && message.timestamp > this.#limit(now)) break
      if (message.isCoded && message.timestamp >= this.#end) {
        this.#flush(batch, now)
        this.#complete()
        return
      }
      if (message.isCoded) this.#position = message.timestamp
      if (this.#isWanted(message)) batch.push(message.at(Math.max(0, message.timestamp - this.#base)))
      bytes += message.payload.length
      isEnough = bytes > QUEUE_BYTES
    }
    this.#pending = this.#pending.slice(at)
    this.#flush(batch, now)
    if (this.#pending.length > 0 || isEnough) return
    this.#ask(async (reader) => {
      const messages = await reader.next()
      if (this.#wanted !== undefined) return
      if (messages === undefined) this.#complete()
      else this.#pending = messages
    }, 0)
  }

  /** Up to which time the client wants to have it now. */
  #limit(now: number): number {
    const { messageStreamId, bufferLength = BUFFER_MS } = this.context
    const buffer = this.#peer.bufferLengthOf(messageStreamId) ?? bufferLength
    return this.#from + (now - this.#fromAt) + buffer + AHEAD_MS
  }

  #isWanted(message: MediaMessage): boolean {
    const { audio, video } = this.subscriber
    if (message.isAudio) return audio
    if (!message.isVideo) return true
    if (!video) return message.isHeader
    if (this.#videoWaits && message.isCoded) this.#videoWaits = !message.keyFrame
    return message.isHeader || !this.#videoWaits
  }

  #flush(batch: readonly MediaMessage[], now: number): void {
    if (batch.length === 0) return
    this.#peer.flushSession(now)
    this.#peer.outbox.write(this.#format.encode(batch), now)
  }

  #ask(act: (reader: RecordedReader, position: number) => Promise<void>, position: number): void {
    this.#busy = true
    const run = async (): Promise<void> => {
      this.#reader ??= await this.#open((bytes) => (this.#opening = bytes))
      if (!this.#isOver) await act(this.#reader, position)
    }
    run()
      .catch((error: unknown) => {
        this.#services.failed(`playing ${this.context.path}`, error)
        this.#stop(StatusCode.playFailed, 'the recording cannot be read')
      })
      .finally(() => {
        this.#busy = false
        if (this.#isOver) void this.#close()
        else this.#look(this.#services.now())
      })
  }

  /** All of it was sent. */
  #complete(): void {
    const { messageStreamId } = this.context
    const seconds = Math.max(0, this.#position - Math.max(0, this.context.start)) / 1000
    this.#peer.act(this.#services.now(), (session) => {
      const status = { level: 'status', code: StatusCode.playComplete, duration: seconds, bytes: 0 }
      session.sendData(messageStreamId, Math.max(0, this.#position - this.#base), 'onPlayStatus', status)
    })
    this.#stop(StatusCode.playStop, `Stopped playing ${this.context.streamName}`)
  }

  #stop(code: string, description: string): void {
    if (this.#isOver) return
    this.#peer.act(this.#services.now(), (session) => {
      session.endPlay(this.context.messageStreamId, 'completed', { code, description })
    })
  }

  async #close(): Promise<void> {
    const reader = this.#reader
    this.#reader = undefined
    await reader
      ?.close()
      .catch((error: unknown) => this.#services.failed(`closing ${this.context.path}`, error))
  }
}
