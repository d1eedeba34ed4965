/**
 * **Unstable.** The classes that live streams are made of, with all that they are to each other, for servers that are built on them. It
 * may change in every version; what is kept stable is in `@rtmp/live` itself, where the same streams are handles.
 *
 * @packageDocumentation
 */
export { Batch, type BatchPart } from './batch.ts'
export type { CatchUpSource } from './catch-up.ts'
export type { EntryRules, EntryWatch } from './entry-watch.ts'
export type { Holders } from './holders.ts'
export type { OpenBatch } from './open-batch.ts'
export { type BatchFormat, type Piece, rtmpFormat } from './batch-format.ts'
export { flvFormat, type Framing, framedFlvFormat } from './flv-format.ts'
export { Delivery } from './delivery.ts'
export { FormatTable } from './format-table.ts'
export { Frames, type Gap } from './frames.ts'
export { framesFormat } from './frames-format.ts'
export { type CatchUpPieces, LateJoinCache } from './late-join-cache.ts'
export { type BatchRule, batchRule, type Latency } from './latency.ts'
export {
  type CacheLimits,
  DEFAULT_CACHE_LIMITS,
  DEFAULT_SUBSCRIBER_LIMITS,
  type SubscriberBounds,
  type SubscriberLimits,
  subscriberLimits,
} from './limits.ts'
export { LiveStream } from './live-stream.ts'
export type { LiveStreamCounters } from './live-stream-counters.ts'
export type { LiveStreamState } from './live-stream-state.ts'
export type { StreamTap } from './stream-tap.ts'
export { MemoryLedger } from './memory-ledger.ts'
export { Tally, ToldTally } from './tally.ts'
export { LoadWidening } from './load-widening.ts'
export type { PerformanceWatch } from './publisher-performance.ts'
export { Outbox, type OutboxTransport, type QueueLimit } from './outbox.ts'
export type { OpenGap, Overflow } from './overflow.ts'
export {
  Subscriber,
  type SubscriberOwner,
  type SubscriberSetup,
} from './subscriber.ts'
export { abilitiesOf, type PlayerAbilities, type Silence } from './player-abilities.ts'
export type { PublisherOwner } from './handles/publication.ts'
export type { PublicationCounters } from './publication-counters.ts'
export { Publication, type PublishedStream } from './publication.ts'
export type { SubscriberEndReason } from './subscriber-end-reason.ts'
export type { SubscriberCounters } from './subscriber-counters.ts'
export {
  type AbortSource,
  subscribe,
  type SubscribeOptions,
  Subscription,
  type SubscriptionEnd,
  type SubscriptionEndReason,
  type SubscriptionItem,
} from './subscription.ts'
export type { PublisherPerformance, RenditionPerformance } from './publisher-performance.ts'
export type { RateMeter } from './rate-meter.ts'
export type {
  AbsentStream,
  EngineObserver,
  StreamContext,
  StreamOptions,
  SecondPublisher,
} from './stream-context.ts'
export type { StreamObserver } from './handles/stream-observer.ts'
export { selectiveFormat } from './selective-format.ts'
export { DEFAULT_STREAM_OPTIONS, DEFAULT_WIDEN_TO_MS } from './stream-defaults.ts'
export { StreamRegistry, type StreamRegistryOptions } from './stream-registry.ts'
export { type Timed, TimerWheel, WheelTimer } from './timer-wheel.ts'
export { trackFormat } from './track-format.ts'
