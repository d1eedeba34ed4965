import type { QueueLimit } from './outbox.ts'

/** What a subscriber may have waiting. */
export interface SubscriberLimits {
  /** Beyond it, the subscriber gets no video until it has caught up and a key frame comes. */
  readonly soft: QueueLimit
  /** Beyond it, the subscription ends. */
  readonly hard: QueueLimit
}

/** The same as it is given; what is missing has its default. */
export interface SubscriberBounds {
  /** Beyond it the overflow rule holds. Default 4 MiB, 3 s. */
  readonly soft?: Partial<QueueLimit>
  /** Beyond it the subscription ends. Default 16 MiB, 30 s. */
  readonly hard?: Partial<QueueLimit>
}

/** What is kept of a stream for those who join late. */
export interface CacheLimits {
  /** Bytes of the current group of pictures. */
  readonly bytes: number
  /** Messages of the current group of pictures. */
  readonly messages: number
  /** Age of its key frame in milliseconds. */
  readonly ms: number
  /** Bytes of all headers and data frames together. */
  readonly headerBytes: number
  /** Headers and data frames, each. */
  readonly headers: number
}

/** What a subscriber may have waiting unless told otherwise: 4 MiB or 3 s, 16 MiB or 30 s. */
export const DEFAULT_SUBSCRIBER_LIMITS: SubscriberLimits = {
  soft: { bytes: 4 * 1024 * 1024, ms: 3000 },
  hard: { bytes: 16 * 1024 * 1024, ms: 30_000 },
}

/** Bounds with what is missing in them. */
export const subscriberLimits = (
  { soft, hard }: SubscriberBounds,
  defaults: SubscriberLimits = DEFAULT_SUBSCRIBER_LIMITS,
): SubscriberLimits => ({ soft: { ...defaults.soft, ...soft }, hard: { ...defaults.hard, ...hard } })

/** Defaults of {@link CacheLimits}: 32 MiB, 10,000 messages or 30 s; 1 MiB in 1024 headers and as many data frames. */
export const DEFAULT_CACHE_LIMITS: CacheLimits = {
  bytes: 32 * 1024 * 1024,
  messages: 10_000,
  ms: 30_000,
  headerBytes: 1024 * 1024,
  headers: 1024,
}
