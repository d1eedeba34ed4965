/**
 * Live streams: who publishes, who plays, what late joiners are given, and what happens to those who are slow. No
 * socket, no session and no clock in here: bytes go to a transport that is passed in, time is an argument.
 *
 * @packageDocumentation
 */
export { type BatchFormat, type Piece, rtmpFormat } from './batch-format.ts'
export { flvFormat, type Framing, framedFlvFormat } from './flv-format.ts'
export { Frames, type Gap } from './frames.ts'
export { framesFormat } from './frames-format.ts'
export type { LateJoinCache } from './handles/late-join-cache.ts'
export type { LiveStream } from './handles/live-stream.ts'
export type { Publication, PublisherOwner } from './handles/publication.ts'
export type { StreamObserver } from './handles/stream-observer.ts'
export { StreamRegistry } from './handles/stream-registry.ts'
export { Subscriber, type SubscriberOwner, type SubscriberSetup } from './handles/subscriber.ts'
export { subscribe, type Subscription } from './handles/subscription.ts'
export { TimerWheel, type TimerWheelOptions } from './handles/timer-wheel.ts'
export type { Latency } from './latency.ts'
export {
  type CacheLimits,
  DEFAULT_CACHE_LIMITS,
  DEFAULT_SUBSCRIBER_LIMITS,
  type SubscriberBounds,
  type SubscriberLimits,
} from './limits.ts'
export type { LiveStreamCounters } from './live-stream-counters.ts'
export type { LiveStreamState } from './live-stream-state.ts'
export { MemoryLedger } from './memory-ledger.ts'
export { Outbox, type OutboxTransport, type QueueLimit } from './outbox.ts'
export type { Overflow } from './overflow.ts'
export { abilitiesOf, type PlayerAbilities, type Silence } from './player-abilities.ts'
export type { PublicationCounters } from './publication-counters.ts'
export type { PublisherPerformance, RenditionPerformance } from './publisher-performance.ts'
export type { RateMeter } from './rate-meter.ts'
export { selectiveFormat } from './selective-format.ts'
export type { AbsentStream, SecondPublisher, StreamOptions } from './stream-context.ts'
export { DEFAULT_STREAM_OPTIONS, DEFAULT_WIDEN_TO_MS } from './stream-defaults.ts'
export type { StreamRegistryOptions } from './stream-registry.ts'
export type { StreamTap } from './stream-tap.ts'
export type { SubscriberCounters } from './subscriber-counters.ts'
export type { SubscriberEndReason } from './subscriber-end-reason.ts'
export type {
  AbortSource,
  SubscribeOptions,
  SubscriptionEnd,
  SubscriptionEndReason,
  SubscriptionItem,
} from './subscription.ts'
export { trackFormat } from './track-format.ts'
