import { DEFAULT_CACHE_LIMITS, DEFAULT_SUBSCRIBER_LIMITS } from './limits.ts'
import type { StreamOptions } from './stream-context.ts'

/** Defaults of {@link StreamOptions}. */
export const DEFAULT_STREAM_OPTIONS: StreamOptions = {
  secondPublisher: 'refuse',
  idlePublisherMs: 5000,
  graceMs: 10_000,
  absentStream: 'wait',
  waitMs: 60_000,
  startWithoutKeyFrameMs: 0,
  cache: DEFAULT_CACHE_LIMITS,
  player: DEFAULT_SUBSCRIBER_LIMITS,
}

/** The bound of `LoadWidening` unless another is given, in milliseconds. */
export const DEFAULT_WIDEN_TO_MS = 350
