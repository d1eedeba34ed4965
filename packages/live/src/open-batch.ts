import type { MediaMessage } from '@rtmp/e-rtmp'
import { MESSAGE_BYTES } from './costs.ts'
import { FramePace } from './frame-pace.ts'
import type { BatchRule } from './latency.ts'
import type { Tally } from './tally.ts'

/** A batch is closed at this many bytes, what messages cost beside their payloads included, whatever its window. */
const BATCH_BYTES = 1024 * 1024

/** The messages that have come and have not been sent, and when they have to be. */
export class OpenBatch {
  readonly #rule: BatchRule
  readonly #tally: Tally
  #messages: MediaMessage[] = []
  #bytes = 0
  #openedAt = 0
  /** Whether it should leave as soon as the load allows. */
  #due = false
  #lastAt = Number.NEGATIVE_INFINITY
  readonly #pace = new FramePace()
  /** How many video frames it holds. */
  #frames = 0

  /** @param tally - Where what it holds is counted. */
  constructor(rule: BatchRule, tally: Tally) {
    this.#rule = rule
    this.#tally = tally
  }

  /** In order; changes with `add`, and is another array after it was taken. */
  get messages(): readonly MediaMessage[] {
    return this.#messages
  }

  /** Adds a message at its end. The batch is not sent by it: ask whether it is due. */
  add(message: MediaMessage, now: number): void {
    if (this.#messages.length === 0) this.#openedAt = now
    this.#messages.push(message)
    const bytes = message.payload.length + MESSAGE_BYTES
    this.#bytes += bytes
    this.#tally.count(bytes)
    if (message.isVideo && message.isCoded) this.#addFrame(message, now)
  }

  /**
   * When it has to be sent; it may be at once.
   *
   * @param gapMs - The least time from one batch to the next.
   */
  dueAt(gapMs: number): number {
    if (this.#bytes >= BATCH_BYTES) return Number.NEGATIVE_INFINITY
    const notBefore = this.#lastAt + gapMs
    return this.#due ? notBefore : Math.max(notBefore, this.#endOfWindow())
  }

  /** Takes the messages out, to be sent now. */
  take(now: number): readonly MediaMessage[] {
    const messages = this.#messages
    this.clear()
    if (messages.length > 0) this.#lastAt = now
    return messages
  }

  /** Forgets the messages: there is nobody to send them to. */
  clear(): void {
    this.#messages = []
    this.#tally.count(-this.#bytes)
    this.#bytes = 0
    this.#frames = 0
    this.#due = false
  }

  #addFrame(frame: MediaMessage, now: number): void {
    this.#pace.add(frame.timestamp, now)
    this.#frames += 1
    const { windowMs, stretchMs, videoCloses } = this.#rule
    const isLast = this.#frames > 1 && this.#pace.nextAt > this.#openedAt + windowMs + stretchMs
    if (videoCloses || isLast) this.#due = true
  }

  /** When it ends unless a video frame ends it. */
  #endOfWindow(): number {
    const { windowMs, stretchMs } = this.#rule
    const end = this.#openedAt + windowMs
    const { nextAt } = this.#pace
    return nextAt > end && nextAt <= end + stretchMs ? end + stretchMs : end
  }
}
