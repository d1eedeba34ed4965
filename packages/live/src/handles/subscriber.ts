import type { BatchFormat, Piece } from '../batch-format.ts'
import type { SubscriberBounds } from '../limits.ts'
import type { Outbox } from '../outbox.ts'
import type { Overflow } from '../overflow.ts'
import type { SubscriberCounters } from '../subscriber-counters.ts'
import { Subscriber as EngineSubscriber } from '../subscriber.ts'
import type { SubscriberEndReason } from '../subscriber-end-reason.ts'

/** Who a subscriber belongs to. Called while the stream is at work: must not call back into it at once. */
export interface SubscriberOwner {
  /** The subscriber is out of its stream, by decision of the stream. Not called when its owner has ended the subscription. */
  subscriberEnded(subscriber: Subscriber, reason: SubscriberEndReason, now: number): void
  /** The subscriber has fallen behind and does not get all for now (`true`), or gets all again (`false`). */
  subscriberThrottled?(subscriber: Subscriber, throttled: boolean, now: number): void
}

/** What a {@link Subscriber} is made of. */
export interface SubscriberSetup<P extends Piece = Uint8Array> {
  /** What it is given. */
  readonly format: BatchFormat<P>
  /** Its way out. Several subscribers may share one, as the plays of a connection do. */
  readonly outbox: Outbox<P>
  /** Told when the stream ends the subscription; not when `LiveStream.leave` does. */
  readonly owner: SubscriberOwner
  /** How much may wait. Default 4 MiB or 3 s, and 16 MiB or 30 s. */
  readonly limits?: SubscriberBounds
  /** Default `'audioFirst'`. */
  readonly overflow?: Overflow
  /** Whether what comes may come some tens of milliseconds later, together, where that saves work: a recorder minds nothing. Default false. */
  readonly patient?: boolean
}

/**
 * One subscription of a stream, and the policy of what it gets. Whoever gets a stream is one of these: players, recorders,
 * segmenters, pushes to other servers, iterators. They differ in their format, in their transport and in their bounds.
 *
 * A subscriber that keeps up gets every batch as it is. One that does not is treated by its {@link Overflow} rule.
 */
export interface Subscriber<P extends Piece = Piece> {
  /** What waits for it. */
  readonly outbox: Outbox<P>
  /** Who is told when the stream ends the subscription. */
  readonly owner: SubscriberOwner
  /** What happens to it when it falls behind. */
  readonly overflow: Overflow
  /** See {@link SubscriberSetup.patient}. */
  readonly patient: boolean
  /** Whether it is sent sound. */
  readonly audio: boolean
  /** Whether it is sent video. */
  readonly video: boolean
  /** Set and ended by `LiveStream.pause` and `unpause`. */
  readonly paused: boolean
  /** Whether it has fallen behind, and does not get all for now. */
  readonly throttled: boolean
  /** What has happened to it, taken now. */
  readonly counters: SubscriberCounters
  /** Chooses what it is sent, before it joins. Afterwards see `LiveStream.select`. */
  select(audio: boolean, video: boolean): void
}

/** Makes a subscriber; `StreamRegistry.subscribe` joins it to a stream. */
export const Subscriber: new <P extends Piece = Piece>(setup: SubscriberSetup<P>) => Subscriber<P> =
  EngineSubscriber
