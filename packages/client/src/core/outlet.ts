import { RtmpClientError } from './errors.ts'
import type { SendQueueOptions } from './options.ts'
import type { MediaMessage } from '@rtmp/e-rtmp'
import type { MediaSender } from './media-sender.ts'
import { goesOnAt, isFrame } from './outgoing.ts'
import { Replay } from './replay.ts'
import { SendQueue } from './send-queue.ts'
import { Deferred } from './waiting.ts'

/** Bytes given to a transport at most before it has sent some; what waits in the queue can still be left out. */
const IN_FLIGHT_BYTES = 65_536

/** Queue bounds for callers who do not wait are that many times as high; beyond them `write` fails. */
const UNAWAITED_FACTOR = 8

const DONE: Promise<void> = Promise.resolve()

/** What an outlet tells its publisher. */
export interface OutletOwner {
  /** {@link Outlet.switchAtKeyFrame} was called, and the next message is a key frame. */
  switchAt(): void
  /** Media is left out from now on, or no more. */
  dropping(dropping: boolean): void
}

/** Counters, see `PublisherStats`. */
export interface OutletCounters {
  readonly audioSent: number
  readonly videoSent: number
  readonly dataSent: number
  readonly bytesSent: number
  readonly audioDropped: number
  readonly videoDropped: number
}

/**
 * The way of messages from the caller to whichever link there is: a bounded queue, the drop policy, and what has to be
 * said again on a new connection.
 */
export class Outlet {
  readonly replay: Replay = new Replay()
  readonly #queue = new SendQueue()
  readonly #owner: OutletOwner
  readonly #drops: boolean
  readonly #maxBytes: number
  readonly #maxMs: number | undefined
  #link: MediaSender | undefined
  #error: unknown
  /** Pictures are left out until the next key frame. */
  #needsKeyFrame = false
  #droppingVideo = false
  /** Something was left out while there was no link. */
  #leftOut = false
  /** Of the last message sent or left out. */
  #lastTimestamp = 0
  #switching = false
  #hasVideo = false
  #pumping = false
  #room: Deferred<void> | undefined
  #emptied: Deferred<void> | undefined
  #audioSent = 0
  #videoSent = 0
  #dataSent = 0
  #bytesSent = 0
  #audioDropped = 0
  #videoDropped = 0

  constructor({ overflow = 'wait', maxBytes = 4_194_304, maxMs }: SendQueueOptions, owner: OutletOwner) {
    this.#owner = owner
    this.#drops = overflow === 'drop'
    this.#maxBytes = maxBytes
    this.#maxMs = maxMs
  }

  get counters(): OutletCounters {
    return {
      audioSent: this.#audioSent,
      videoSent: this.#videoSent,
      dataSent: this.#dataSent,
      bytesSent: this.#bytesSent,
      audioDropped: this.#audioDropped,
      videoDropped: this.#videoDropped,
    }
  }

  get queuedBytes(): number {
    return this.#queue.bytes
  }

  get queuedMs(): number {
    return this.#queue.ms
  }

  /** Takes a message; settles when there is room for another. */
  push(message: MediaMessage): Promise<void> {
    if (message.isVideo) this.#hasVideo = true
    const time = this.#queue.timeOf(message)
    if (this.#drops && this.#isTooMuch(message, time)) return DONE
    if (this.#queue.bytes > this.#maxBytes * UNAWAITED_FACTOR && !this.#drops) {
      const text = 'write was called again and again without waiting for it: wait, or choose to drop'
      return Promise.reject(new RtmpClientError('QUEUE_FULL', text, { stage: 'running', canRetry: false }))
    }
    this.#queue.push(message, time)
    this.pump()
    return this.#drops || this.#hasRoom ? DONE : (this.#room ??= new Deferred()).promise
  }

  /** Gives the messages to a link from now on. `again`: it follows another one, so it starts at a key frame. */
  open(link: MediaSender, again: boolean): void {
    this.#link = link
    this.#switching = false
    if (again || this.#leftOut) this.#resume(link)
    this.#leftOut = false
    this.pump()
  }

  /** There is no link for now. */
  detach(): void {
    this.#link = undefined
    this.#switching = false
  }

  /** Calls `switchAt` as soon as a key frame is next; without video at the next message. */
  switchAtKeyFrame(): void {
    this.#switching = true
  }

  /** Resolves when everything has been given to the link; rejects when the outlet is closed first. */
  empty(): Promise<void> {
    if (this.#queue.isEmpty) return DONE
    this.#emptied ??= new Deferred()
    return this.#emptied.promise
  }

  /** The end: whoever waits is told. */
  close(error: unknown): void {
    this.#error = error
    this.#link = undefined
    this.#room?.reject(error)
    this.#emptied?.resolve()
  }

  /** Gives messages to the link as long as it takes them. */
  pump(): void {
    if (this.#pumping || this.#error !== undefined) return
    this.#pumping = true
    try {
      this.#pumpOut()
    } finally {
      this.#pumping = false
    }
    if (this.#room !== undefined && this.#hasRoom) {
      this.#room.resolve()
      this.#room = undefined
    }
    if (this.#emptied !== undefined && this.#queue.isEmpty) {
      this.#emptied.resolve()
      this.#emptied = undefined
    }
  }

  #pumpOut(): void {
    for (;;) {
      const link = this.#link
      if (link === undefined || this.#queue.isEmpty) return
      let budget = Math.min(IN_FLIGHT_BYTES, this.#maxBytes) - link.pendingBytes
      if (budget <= 0) return
      while (budget > 0 && this.#link === link) {
        const message = this.#queue.first
        if (message === undefined) break
        if (this.#switching && this.#canSwitchAt(message)) {
          this.#switching = false
          link.flush()
          this.#owner.switchAt()
          continue
        }
        this.#queue.shift()
        this.replay.note(message)
        if (this.#needsKeyFrame && message.isVideo && !message.isHeader) {
          if (!goesOnAt(message)) {
            this.#videoDropped += 1
            continue
          }
          this.#needsKeyFrame = false
        }
        this.#send(link, message)
        budget -= message.payload.length + 16
      }
      link.flush()
    }
  }

  #send(link: MediaSender, message: MediaMessage): void {
    link.send(message)
    if (isFrame(message)) this.#lastTimestamp = message.timestamp
    this.#bytesSent += message.payload.length
    if (message.isVideo) this.#videoSent += 1
    else if (message.isAudio) this.#audioSent += 1
    else this.#dataSent += 1
  }

  #canSwitchAt(message: MediaMessage): boolean {
    return this.#hasVideo ? goesOnAt(message) : isFrame(message)
  }

  /** Whether decoding can start at the next message. */
  get #startsNext(): boolean {
    const { first } = this.#queue
    return first !== undefined && goesOnAt(first)
  }

  get #hasRoom(): boolean {
    return this.#queue.bytes + (this.#link?.pendingBytes ?? 0) <= this.#maxBytes
  }

  /** A new link: goes on at the first key frame there is, after what a server has to know before it. */
  #resume(link: MediaSender): void {
    if (this.#hasVideo) {
      while (!this.#queue.isEmpty && !this.#startsNext) this.#leaveOut()
      this.#needsKeyFrame = this.#queue.isEmpty
    }
    const time = this.#queue.first?.timestamp ?? this.#lastTimestamp
    for (const message of this.replay.messages(time)) this.#send(link, message)
    link.flush()
  }

  /** Drops the first message; a header is remembered all the same. */
  #leaveOut(): void {
    const message = this.#queue.shift()
    if (message === undefined) return
    this.#leftOut = true
    this.replay.note(message)
    if (isFrame(message)) this.#lastTimestamp = message.timestamp
    this.#count(message)
  }

  #count(message: MediaMessage): void {
    if (message.isHeader) return
    if (message.isVideo) this.#videoDropped += 1
    else if (message.isAudio) this.#audioDropped += 1
  }

  /** Whether the drop policy leaves this message out; makes room for it otherwise. */
  #isTooMuch(message: MediaMessage, time: number): boolean {
    if (this.#link === undefined) {
      this.#dropOldest(time)
      return false
    }
    const load = this.#load(time, this.#maxMs ?? 3000)
    if (!isFrame(message)) return false
    if (message.isVideo) {
      if (load > 1) this.#setDropping(true)
      else if (this.#droppingVideo && goesOnAt(message)) this.#setDropping(false)
      if (this.#droppingVideo) this.#videoDropped += 1
      return this.#droppingVideo
    }
    if (load <= 2) return false
    this.#audioDropped += 1
    return true
  }

  #setDropping(dropping: boolean): void {
    if (this.#droppingVideo === dropping) return
    this.#droppingVideo = dropping
    this.#owner.dropping(dropping)
  }

  /** How much of the bounds is taken up to a time: 1 is all of it. */
  #load(next: number, maxMs: number): number {
    if (this.#queue.isEmpty) return 0
    return Math.max(this.#queue.bytes / this.#maxBytes, this.#queue.msTo(next) / maxMs)
  }

  /** Without a link the newest media is what counts: whole groups of pictures go first. */
  #dropOldest(next: number): void {
    const maxMs = this.#maxMs ?? 10_000
    while (this.#load(next, maxMs) > 1) {
      do this.#leaveOut()
      while (!this.#queue.isEmpty && this.#hasVideo && !this.#startsNext)
    }
  }
}
