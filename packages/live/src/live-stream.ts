import type { MediaMessage } from '@rtmp/e-rtmp'
import { ContinuousClock } from '@rtmp/bytes/time'
import type { StreamPlace } from '@rtmp/message'
import { Batch } from './batch.ts'
import { CatchUp, type CatchUpSource } from './catch-up.ts'
import { STREAM_BYTES } from './costs.ts'
import { EntryWatch } from './entry-watch.ts'
import { Holders } from './holders.ts'
import { LateJoinCache } from './late-join-cache.ts'
import type { LiveStreamCounters } from './live-stream-counters.ts'
import type { LiveStreamState } from './live-stream-state.ts'
import { PayloadKeepers } from './payload-keepers.ts'
import type { PublisherOwner } from './handles/publication.ts'
import { Publication, type PublishedStream } from './publication.ts'
import { Delivery } from './delivery.ts'
import type { Subscriber } from './subscriber.ts'
import type { SubscriberEndReason } from './subscriber-end-reason.ts'
import type { StreamContext } from './stream-context.ts'
import { OpenBatch } from './open-batch.ts'
import type { StreamTap } from './stream-tap.ts'
import { ToldTally } from './tally.ts'
import { type Timed, WheelTimer } from './timer-wheel.ts'

/**
 * One stream: at most one publisher, any number of subscribers, and what is kept for those who join late.
 *
 * The publisher's messages gather in the open batch, which is closed by the latency rule and then written to every subscriber. Somebody
 * who joins gets the cache, open batch included, and with the next batch only what came after: no gap, no duplicate.
 */
export class LiveStream implements CatchUpSource, PublishedStream, Timed {
  /** All segments of its path but the last; may be empty. */
  readonly app: string
  /** The last segment. */
  readonly name: string
  readonly path: string
  /** When it came into being, in milliseconds. */
  readonly createdAt: number
  readonly cache: LateJoinCache
  readonly counters: LiveStreamCounters = { batches: 0, messages: 0, stalled: 0, peakSubscribers: 0 }
  readonly #context: StreamContext<LiveStream>
  /** Where what it holds is counted; the observer is told of larger changes. */
  readonly memory: ToldTally
  #taps: readonly StreamTap[] | undefined
  readonly #keepers = new PayloadKeepers()
  /** Subscribers for whose sake the publisher is held. */
  readonly holders: Holders = new Holders((held) => this.#setHeld(held))
  /** The stream's own time, whoever publishes. A publisher that sets its clock anew while it publishes is followed. */
  readonly #clock = new ContinuousClock()
  readonly #subscribers: Subscriber[] = []
  #state: LiveStreamState = 'waiting'
  #publication: Publication | undefined
  /** The batch that is being filled. */
  readonly open: OpenBatch
  readonly #catchUp: CatchUp = new CatchUp(this)
  readonly #batchTimer: WheelTimer = new WheelTimer(this)
  readonly #graceTimer: WheelTimer = new WheelTimer({ onTimer: (now) => this.#end('streamEnded', now) })

  constructor(context: StreamContext<LiveStream>, { app, streamName, path }: StreamPlace, now: number) {
    this.#context = context
    this.app = app
    this.name = streamName
    this.path = path
    this.createdAt = now
    this.memory = new ToldTally(context.memory, (bytes) => context.observer.memoryChanged?.(this, bytes))
    this.memory.count(STREAM_BYTES + path.length * 4)
    this.cache = new LateJoinCache(context.options.cache, this.memory)
    this.open = new OpenBatch(context.rule, this.memory)
  }

  /**
   * What it costs in memory, in bytes: itself, the cache with all that was encoded of it, the open batch, each with what it takes to keep
   * it; not what waits for its subscribers. What it shares with other streams of its publisher is in it whole.
   */
  get memoryBytes(): number {
    return this.memory.bytes
  }

  get state(): LiveStreamState {
    return this.#state
  }

  /** The present publisher. */
  get publication(): Publication | undefined {
    return this.#publication
  }

  get subscribers(): readonly Subscriber[] {
    return this.#subscribers
  }

  /** Who listens inside the process; see `StreamRegistry.tap`. */
  set taps(taps: readonly StreamTap[] | undefined) {
    if (this.#taps !== undefined) this.#keepers.leftBehind()
    this.#taps = taps
  }

  /** Whether somebody listens inside the process. */
  get isTapped(): boolean {
    return this.#taps !== undefined
  }

  /** See {@link PublishedStream.takeShown}. */
  takeShown(): boolean {
    const shown = this.cache.takeShown()
    return this.#keepers.take() || shown || this.isTapped
  }

  /** See {@link PublishedStream.addMemoryTo}. */
  addMemoryTo(memory: Set<ArrayBufferLike>): void {
    this.cache.addMemoryTo(memory)
    for (const { payload } of this.open.messages) memory.add(payload.buffer)
    for (const { format, outbox } of this.#subscribers) {
      if (format.holdsPayloads === true) outbox.addMemoryTo(memory)
    }
  }

  /** How many video messages the present publisher has sent. */
  get videoMessages(): number {
    return this.#publication?.counters.videoMessages ?? 0
  }

  /** The stream's latest timestamp. */
  get time(): number {
    return this.#clock.latest
  }

  /** A publisher begins; there is none at present. */
  begin(owner: PublisherOwner, now: number): Publication {
    const back = this.#state === 'grace'
    const replaced = this.#state === 'live'
    this.#context.wheel.cancel(this.#graceTimer)
    this.cache.clear()
    this.#clock.begin()
    for (const subscriber of this.#subscribers) {
      subscriber.awaitKeyFrame()
      this.#stopWaiting(subscriber)
    }
    this.#state = 'live'
    const { cache, startWithoutKeyFrameMs } = this.#context.options
    const entries = new EntryWatch({ keyFrameMs: cache.ms, startWithoutKeyFrameMs }, (track, waitedMs, at) =>
      this.#context.observer.keyFrameMissing?.(this, track, waitedMs, at),
    )
    this.#publication = new Publication(this, owner, now, entries)
    if (this.holders.any) this.#setHeld(true)
    if (back) this.#context.observer.publisherReturned?.(this, now)
    else if (!replaced) this.#context.observer.streamStarted?.(this, now)
    return this.#publication
  }

  /** See {@link Publication.end}. */
  publisherGone(publication: Publication, lost: boolean, now: number): void {
    publication.markEnded()
    if (publication !== this.#publication) return
    this.flush(now)
    this.#publication = undefined
    const { graceMs } = this.#context.options
    if (!lost || graceMs <= 0 || this.#subscribers.length === 0) {
      this.#end('streamEnded', now)
      return
    }
    this.#state = 'grace'
    this.#context.wheel.set(this.#graceTimer, now + graceMs)
    this.#context.observer.publisherLost?.(this, graceMs, now)
  }

  /** The publisher must make room for another one; subscribers stay. */
  replacePublisher(now: number): void {
    const publication = this.#publication
    if (publication === undefined) return
    publication.markEnded()
    this.flush(now)
    this.#publication = undefined
    publication.owner.publisherReplaced(publication, now)
  }

  /** An audio or video message. */
  pushMedia(message: MediaMessage, now: number): void {
    const { typeId, timestamp } = message
    const time = message.isCoded ? this.#clock.map(typeId, timestamp, now) : this.#clock.at(timestamp)
    const own = message.at(time)
    this.cache.add(own, now)
    if (this.#taps !== undefined) for (const tap of this.#taps) tap.message(own, now)
    if (this.#subscribers.length > 0) this.open.add(own, now)
  }

  /** A data message; with a name it is kept. */
  pushData(message: MediaMessage, name: string | undefined, now: number): void {
    const own = message.at(this.#clock.at(message.timestamp))
    if (name === undefined) this.cache.add(own, now)
    else this.cache.setDataFrame(name, own)
    if (this.#taps !== undefined) for (const tap of this.#taps) tap.message(own, now)
    if (this.#subscribers.length > 0) this.open.add(own, now)
  }

  /** Forgets a data frame. */
  clearData(name: string): void {
    this.cache.clearDataFrame(name)
  }

  /** Sends the open batch if it is due, or sees to it that it will be sent in time. */
  settle(now: number): void {
    if (this.open.messages.length === 0) return
    const at = this.open.dueAt(this.#context.load.gapMs)
    if (now >= at) this.flush(now)
    else if (this.#batchTimer.at > at) this.#context.wheel.set(this.#batchTimer, at)
  }

  /** The window of the open batch is over. */
  onTimer(now: number): void {
    this.settle(now)
  }

  /** Sends the open batch now. Its timer stays: to find out that there is nothing to do is cheaper than to move it. */
  flush(now: number): void {
    const messages = this.open.take(now)
    if (messages.length === 0) return
    this.counters.batches += 1
    this.counters.messages += messages.length
    const batch = new Batch(messages)
    let stalled: Subscriber[] | undefined
    for (const subscriber of this.#subscribers) {
      const delivery = subscriber.deliver(batch, now)
      if (delivery === Delivery.done) continue
      if (delivery === Delivery.attend) this.#catchUp.attend(subscriber, batch, now)
      else {
        stalled ??= []
        stalled.push(subscriber)
      }
    }
    if (stalled === undefined) return
    this.counters.stalled += stalled.length
    for (const subscriber of stalled) this.#stop(subscriber, 'stalled', now)
    this.#endIfDeserted(now)
  }

  /** Catch-up and subscription in one step. */
  join(subscriber: Subscriber, now: number): void {
    const wasUnwatched = this.#publication?.unwatched === true
    subscriber.index = this.#subscribers.length
    subscriber.format = this.#context.formats.take(subscriber.format)
    this.#keepers.joined(subscriber)
    this.#subscribers.push(subscriber)
    this.counters.peakSubscribers = Math.max(this.counters.peakSubscribers, this.#subscribers.length)
    subscriber.outbox.countIn(this.#context.memory)
    this.#catchUp.join(subscriber, now)
    this.memory.tell()
    if (wasUnwatched && !subscriber.patient) this.#publication?.owner.firstSubscriber?.()
    if (this.#subscribers.length === 1) this.#context.observer.firstSubscriber?.(this, now)
  }

  /** The subscriber's owner ends the subscription. */
  leave(subscriber: Subscriber, now: number): void {
    if (!this.#remove(subscriber, now)) return
    this.#endIfDeserted(now)
  }

  /** Chooses what a subscriber is sent. Video that is switched on begins with its headers and a key frame. */
  select(subscriber: Subscriber, audio: boolean, video: boolean, now: number): void {
    subscriber.select(audio, video)
    if (!subscriber.paused) this.#catchUp.switchOn(subscriber, now)
  }

  /** Sends a subscriber nothing until it goes on. */
  pause(subscriber: Subscriber): void {
    subscriber.pause()
  }

  /** A paused subscriber goes on: headers first, video at the next key frame. */
  unpause(subscriber: Subscriber, now: number): void {
    if (!subscriber.paused) return
    subscriber.unpause()
    this.#catchUp.switchOn(subscriber, now)
  }

  /** Ends a stream that has no publisher: who waits for one is told that the stream is over. */
  close(now: number): void {
    if (this.#publication === undefined) this.#end('streamEnded', now)
  }

  /** Ends a subscription by decision of the stream. */
  stop(subscriber: Subscriber, reason: SubscriberEndReason, now: number): void {
    if (subscriber.index < 0) return
    this.#stop(subscriber, reason, now)
    this.#endIfDeserted(now)
  }

  #setHeld(held: boolean): void {
    const publication = this.#publication
    if (publication === undefined) return
    publication.held = held
    publication.owner.publisherHeld?.(publication)
  }

  #stop(subscriber: Subscriber, reason: SubscriberEndReason, now: number): void {
    if (this.#remove(subscriber, now)) subscriber.owner.subscriberEnded(subscriber, reason, now)
  }

  #remove(subscriber: Subscriber, now: number): boolean {
    const { index } = subscriber
    if (index < 0 || this.#subscribers[index] !== subscriber) return false
    const last = this.#subscribers.pop() as Subscriber
    if (last !== subscriber) {
      this.#subscribers[index] = last
      last.index = index
    }
    subscriber.index = -1
    this.#context.formats.release(subscriber.format)
    this.#keepers.gone(subscriber)
    this.#stopWaiting(subscriber)
    this.holders.remove(subscriber)
    if (this.#subscribers.length === 0) this.#context.observer.lastSubscriber?.(this, now)
    return true
  }

  #stopWaiting(subscriber: Subscriber): void {
    if (subscriber.waitTimer === undefined) return
    this.#context.wheel.cancel(subscriber.waitTimer)
    subscriber.waitTimer = undefined
  }

  /** Without publisher and subscribers there is nothing to keep. */
  #endIfDeserted(now: number): void {
    if (this.#subscribers.length === 0) {
      this.open.clear()
      if (this.#publication === undefined) this.#end('streamEnded', now)
    }
  }

  #end(reason: SubscriberEndReason, now: number): void {
    if (this.#state === 'ended') return
    const wasLive = this.#state !== 'waiting'
    this.#state = 'ended'
    this.#context.wheel.cancel(this.#batchTimer)
    this.#context.wheel.cancel(this.#graceTimer)
    this.#context.streamEnded(this)
    for (
      let subscriber = this.#subscribers.at(-1);
      subscriber !== undefined;
      subscriber = this.#subscribers.at(-1)
    ) {
      this.#stop(subscriber, reason, now)
    }
    this.cache.clear()
    this.open.clear()
    this.memory.count(-this.memory.bytes)
    this.memory.tell()
    if (this.#taps !== undefined) for (const tap of this.#taps) tap.ended?.(now)
    if (wasLive) this.#context.observer.streamEnded?.(this, now)
  }
}
