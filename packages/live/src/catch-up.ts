import type { Batch } from './batch.ts'
import type { Holders } from './holders.ts'
import type { LateJoinCache } from './late-join-cache.ts'
import type { OpenBatch } from './open-batch.ts'
import { gapEnd } from './overflow.ts'
import type { Subscriber } from './subscriber.ts'

/** What is needed of a stream to give subscribers what they lack. */
export interface CatchUpSource {
  /** What was published before. */
  readonly cache: LateJoinCache
  /** What is about to be sent, which a catch-up must not bring twice. */
  readonly open: OpenBatch
  /** Whom the publisher is held for. */
  readonly holders: Holders
  /** The stream's latest timestamp. */
  readonly time: number
  /** How many video messages its publisher has sent. */
  readonly videoMessages: number
  /** Sends the open batch now. */
  flush(now: number): void
}

/**
 * Gives subscribers what has to come before live messages: a catch-up when they join or go on behind a gap, headers when they
 * switch something on. None is written before the last one has left: then it is put off until a batch finds the way clear.
 */
export class CatchUp {
  readonly #source: CatchUpSource

  constructor(source: CatchUpSource) {
    this.#source = source
  }

  /** A subscriber has joined. */
  join(subscriber: Subscriber, now: number): void {
    if (subscriber.outbox.catchUpBytes > 0) subscriber.oweCatchUp()
    else this.#write(subscriber, now)
  }

  /** Sends what a subscriber has switched on, headers first. */
  switchOn(subscriber: Subscriber, now: number): void {
    if (subscriber.index < 0 || subscriber.owesCatchUp || subscriber.isInGap || !subscriber.wantsMore) return
    if (subscriber.outbox.catchUpBytes > 0) {
      subscriber.oweSwitch()
      return
    }
    // Whoever is sent the newest headers must get no older frames behind.
    if (this.#source.open.messages.some(({ isHeader }) => isHeader)) this.#source.flush(now)
    if (subscriber.index < 0) return
    const { audio, video } = subscriber.takeUp()
    this.#writeHeaders(subscriber, audio, video, now)
  }

  /** Sees to a subscriber to whom a batch could not simply be written. All that has come so far is in the cache. */
  attend(subscriber: Subscriber, batch: Batch, now: number): void {
    if (subscriber.holds) this.#source.holders.add(subscriber)
    if (subscriber.isInGap) this.#seeToGap(subscriber, batch, now)
    else if (subscriber.owesCatchUp) this.#write(subscriber, now)
    else if (subscriber.owesSwitch) this.switchOn(subscriber, now)
  }

  /** Ends the gap of a subscriber if it has drained, and there is something new to go on with. */
  #seeToGap(subscriber: Subscriber, batch: Batch, now: number): void {
    const { cache, time, videoMessages } = this.#source
    const { gap } = subscriber
    if (gap === undefined) {
      const from = batch.messages[0]?.timestamp ?? time
      subscriber.gap = { from, position: cache.groupEnd, videoMessages }
    } else if (!subscriber.outbox.congested) {
      const group = { position: cache.groupStart, isEmpty: cache.group.length === 0 }
      const end = gapEnd(gap, subscriber.video, group, videoMessages)
      if (end === undefined) return
      subscriber.endGap(end === 'group' ? (cache.group[0]?.timestamp ?? time) : time, now)
      if (end === 'group') this.#write(subscriber, now)
      else this.#writeHeaders(subscriber, subscriber.audio, subscriber.video, now)
    }
  }

  #write(subscriber: Subscriber, now: number): void {
    const { cache, open, time } = this.#source
    const { format, audio, video } = subscriber
    const { pieces, started } = cache.catchUp(format, audio, video, time)
    subscriber.catchUp(pieces, started, open.messages.length, now)
  }

  #writeHeaders(subscriber: Subscriber, audio: boolean, video: boolean, now: number): void {
    const { cache, time } = this.#source
    const headers = cache.headersNow(subscriber.format, audio, video, time)
    if (headers !== undefined) subscriber.writeAhead([headers], now)
  }
}
