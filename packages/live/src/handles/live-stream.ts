import type { LiveStreamCounters } from '../live-stream-counters.ts'
import type { LiveStreamState } from '../live-stream-state.ts'
import type { SubscriberEndReason } from '../subscriber-end-reason.ts'
import type { LateJoinCache } from './late-join-cache.ts'
import type { Publication } from './publication.ts'
import type { Subscriber } from './subscriber.ts'

/** One stream: its publisher, its subscribers, and what those who join late are given. Found by `StreamRegistry.find`. */
export interface LiveStream {
  /** All of the path but its last segment; may be empty. */
  readonly app: string
  /** The last segment. */
  readonly name: string
  /** App and name with a slash between: `live/show`. A stream is known by it, however it is cut. */
  readonly path: string
  /** Changes at once with what publishers and subscribers do. */
  readonly state: LiveStreamState
  /** When it came into being, in milliseconds. */
  readonly createdAt: number
  /** The stream's latest timestamp. */
  readonly time: number
  /** The present publisher. */
  readonly publication: Publication | undefined
  /** In no order that means something; changes when somebody joins or leaves. */
  readonly subscribers: readonly Subscriber[]
  /** Whether somebody listens by `StreamRegistry.tap`. */
  readonly isTapped: boolean
  /** What those who join get first. */
  readonly cache: LateJoinCache
  /** Counted in place since the stream came into being. */
  readonly counters: LiveStreamCounters
  /** Ends a subscription by decision of its owner, who is not told. */
  leave(subscriber: Subscriber, now: number): void
  /** Ends a subscription by decision of the stream: its owner is told. */
  stop(subscriber: Subscriber, reason: SubscriberEndReason, now: number): void
  /** Chooses what a subscriber is sent. Video that is switched on begins with its headers and a key frame. */
  select(subscriber: Subscriber, audio: boolean, video: boolean, now: number): void
  /** Sends a subscriber nothing until it goes on. */
  pause(subscriber: Subscriber): void
  /** A paused subscriber goes on: headers first, video at the next key frame. */
  unpause(subscriber: Subscriber, now: number): void
}
