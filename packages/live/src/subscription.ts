import type { MediaMessage } from '@rtmp/e-rtmp'
import type { Frames, Gap } from './frames.ts'
import { framesFormat } from './frames-format.ts'
import type { SubscriberBounds } from './limits.ts'
import type { LiveStream } from './live-stream.ts'
import { Outbox } from './outbox.ts'
import type { StreamRegistry } from './stream-registry.ts'
import { Subscriber, type SubscriberOwner } from './subscriber.ts'
import type { SubscriberEndReason } from './subscriber-end-reason.ts'
import { SubscriptionQueue } from './subscription-queue.ts'

/** Why a subscription has ended: by its stream, by its `AbortSignal`, by the loop that was left, or with the server. */
export type SubscriptionEndReason = SubscriberEndReason | 'aborted' | 'returned' | 'closed'

/** The last item of a subscription. */
export interface SubscriptionEnd {
  /** Tells it from messages, and from the other items of a subscription. */
  readonly kind: 'end'
  /** The same as `Subscription.endReason`. */
  readonly reason: SubscriptionEndReason
}

/** What a subscription gives: messages (`'audio'`, `'video'`, `'data'`), gaps, and the end. */
export type SubscriptionItem = MediaMessage | Gap | SubscriptionEnd

/** What is needed of an `AbortSignal`. */
export interface AbortSource {
  /** Looked at once, at the beginning: an aborted one ends the subscription at once. */
  readonly aborted: boolean
  /** Called once, when the subscription begins. */
  addEventListener(type: 'abort', listener: () => void): void
  /** Called when the subscription has ended otherwise, so that a long-lived signal gathers no listeners. */
  removeEventListener(type: 'abort', listener: () => void): void
}

/** Options of {@link subscribe}. */
export interface SubscribeOptions {
  /**
   * What happens when the loop is slower than the stream.
   *
   * - `'gap'` (default): beyond the soft bound a part is left out. A `gap` item stands in its place, then come the headers in
   *   force and all from a key frame on.
   * - `'hold'`: nothing that was read is left out. The publisher's connection, and no other, is read no further until the loop has
   *   caught up; that slows the publisher down, and all who get the stream with it. What it has sent meanwhile waits in our socket:
   *   it is read when its connection ends in order, and may be lost when its system resets the connection, as that of FFmpeg does
   *   when it closes with bytes of ours unread.
   *
   * Beyond the hard bound the subscription ends, with the reason `'stalled'`.
   */
  readonly overflow?: 'gap' | 'hold'
  /** Ends the subscription: what waits is dropped, and the last item has the reason `'aborted'`. */
  readonly signal?: AbortSource
  /** Whether sound is wanted; default true. */
  readonly audio?: boolean
  /** Whether video is wanted; default true. */
  readonly video?: boolean
  /** How much may wait. Default 4 MiB or 3 s, and 16 MiB or 30 s; messages count 128 bytes beside their payload. */
  readonly limits?: SubscriberBounds
}

/**
 * One stream inside the process, as an asynchronous iterable: headers and the current group of pictures first, then all that
 * comes. Made by {@link subscribe}. It can be iterated once, and begins to collect at once.
 *
 * Payloads are shared with everybody and must not be written to; they may be kept.
 */
export class Subscription implements SubscriberOwner {
  readonly #now: () => number
  readonly #signal: AbortSource | undefined
  readonly #queue: SubscriptionQueue = new SubscriptionQueue(() => this.#arrived())
  readonly #outbox: Outbox<Frames>
  readonly #subscriber: Subscriber<Frames>
  readonly #stream: LiveStream | undefined
  readonly #gone: (subscription: Subscription) => void
  #end: SubscriptionEnd | undefined
  /** Whether the end has been given, or is not wanted. */
  #isOver = false
  #waiting: ((result: IteratorResult<SubscriptionItem, undefined>) => void)[] = []

  /** Made by {@link subscribe}. */
  constructor(
    registry: StreamRegistry,
    app: string,
    name: string,
    now: () => number,
    options: SubscribeOptions,
    gone: (subscription: Subscription) => void,
  ) {
    const { overflow = 'gap', signal, audio = true, video = true, limits = {} } = options
    this.#now = now
    this.#signal = signal
    this.#gone = gone
    this.#outbox = new Outbox(this.#queue, registry.memory)
    const subscriber = new Subscriber({
      format: framesFormat,
      outbox: this.#outbox,
      owner: this,
      limits,
      overflow,
    })
    subscriber.select(audio, video)
    this.#subscriber = subscriber
    if (signal?.aborted === true) {
      this.#finish('aborted')
      return
    }
    signal?.addEventListener('abort', this.#abort)
    this.#stream = registry.subscribe(app, name, subscriber, now())
    if (this.#stream === undefined) this.#finish('notFound')
  }

  /** Why it has ended; `undefined` while it goes on. */
  get endReason(): SubscriptionEndReason | undefined {
    return this.#end?.reason
  }

  /** What waits for the loop, in bytes. */
  get queuedBytes(): number {
    return this.#outbox.queuedBytes
  }

  /** What it costs in memory that it waits, in bytes; payloads are mostly held by the stream's cache as well. */
  get memoryBytes(): number {
    return this.#outbox.memoryBytes
  }

  /** Ends the subscription and drops what waits. The last item has this reason. */
  close(reason: SubscriptionEndReason = 'closed'): void {
    if (this.#end !== undefined) return
    this.#drop()
    this.#finish(reason)
  }

  /** For `for await`. */
  [Symbol.asyncIterator](): this {
    return this
  }

  /** The next item, when there is one. Behind the item `end` there is nothing. */
  next(): Promise<IteratorResult<SubscriptionItem, undefined>> {
    const item = this.#take()
    if (item !== undefined) return Promise.resolve({ done: false, value: item })
    if (this.#isOver) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  /** The loop was left: the subscription ends, and nothing of it stays. */
  return(): Promise<IteratorResult<SubscriptionItem, undefined>> {
    this.close('returned')
    this.#drop()
    this.#isOver = true
    this.#answer()
    return Promise.resolve({ done: true, value: undefined })
  }

  /** See {@link SubscriberOwner.subscriberEnded}. */
  subscriberEnded(_subscriber: Subscriber, reason: SubscriberEndReason): void {
    // Whoever is beyond the hard bound would only take from memory what is long over.
    if (reason === 'stalled') this.#drop()
    this.#finish(reason)
  }

  readonly #abort = (): void => this.close('aborted')

  #finish(reason: SubscriptionEndReason): void {
    if (this.#end !== undefined) return
    this.#end = { kind: 'end', reason }
    this.#signal?.removeEventListener('abort', this.#abort)
    this.#stream?.leave(this.#subscriber, this.#now())
    this.#gone(this)
    this.#answer()
  }

  #drop(): void {
    this.#outbox.close()
    this.#queue.clear()
  }

  #take(): SubscriptionItem | undefined {
    const item = this.#queue.take()
    if (item !== undefined && this.#queue.pendingBytes === 0) this.#outbox.settleMemory()
    if (item !== undefined || this.#end === undefined || this.#isOver) return item
    this.#isOver = true
    return this.#end
  }

  #arrived(): void {
    if (this.#waiting.length > 0) this.#answer()
  }

  #answer(): void {
    while (this.#waiting.length > 0) {
      const value = this.#take()
      if (value === undefined && !this.#isOver) return
      const resolve = this.#waiting.shift()
      if (value === undefined) resolve?.({ done: true, value: undefined })
      else resolve?.({ done: false, value })
    }
  }
}

/**
 * Subscribes to a stream inside the process. If it is not there the subscription waits for it as a player does, or ends with
 * `'notFound'`, by the registry's options.
 *
 * @param now - The time in milliseconds, as for the registry.
 * @param gone - Called when it has ended, whatever the reason.
 */
export const subscribe = (
  registry: StreamRegistry,
  app: string,
  name: string,
  now: () => number,
  options: SubscribeOptions = {},
  gone: (subscription: Subscription) => void = () => {},
): Subscription => new Subscription(registry, app, name, now, options, gone)
