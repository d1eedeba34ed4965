import { UsageError } from '@rtmp/bytes'

/**
 * How long messages may be held to be sent together. Fewer, larger writes cost the server less.
 *
 * - `'low'`: nothing is held longer than it takes to read what has arrived.
 * - `'balanced'`: a video frame leaves at once; audio and data ride along, at most 40 ms late.
 * - `'throughput'`: what comes within 100 ms leaves together.
 * - a number: what comes within so many milliseconds leaves together; 0 is `'low'`.
 *
 * A window ends with the last video frame that it has room for, and is made up to 20 ms longer for one more of them: so
 * frames wait for less time in the same number of writes.
 */
export type Latency = 'low' | 'balanced' | 'throughput' | number

/** A {@link Latency} spelt out. */
export interface BatchRule {
  /** Milliseconds from a batch's first message to its end, if nothing ends it before. */
  readonly windowMs: number
  /** Milliseconds by which that may be put off for one more video frame. */
  readonly stretchMs: number
  /** Whether a video frame ends the batch. */
  readonly videoCloses: boolean
}

/** How long audio waits for a video frame to ride with, in milliseconds: at 25 frames a second, one comes in time. */
const AUDIO_RIDE_MS = 40

/** The window of `'throughput'`, in milliseconds. */
const THROUGHPUT_WINDOW_MS = 100

/** By how much a window may be longer for one more video frame: a share of it, and at most so many milliseconds. */
const STRETCH = 0.4
const MAX_STRETCH_MS = 20

/** The longest window that makes sense for a live stream, in milliseconds. */
const MAX_WINDOW_MS = 5000

/**
 * A latency as the rule that batches go by.
 *
 * @param path - The option's name, for the error.
 * @throws UsageError `LATENCY_INVALID`
 */
export const batchRule = (latency: Latency, path = 'latency'): BatchRule => {
  if (latency === 'balanced') return { windowMs: AUDIO_RIDE_MS, stretchMs: 0, videoCloses: true }
  const windowMs = latency === 'low' ? 0 : latency === 'throughput' ? THROUGHPUT_WINDOW_MS : latency
  if (typeof windowMs === 'number' && windowMs >= 0 && windowMs <= MAX_WINDOW_MS) {
    return { windowMs, stretchMs: Math.min(windowMs * STRETCH, MAX_STRETCH_MS), videoCloses: windowMs === 0 }
  }
  throw new UsageError(
    'LATENCY_INVALID',
    `${String(latency)} is not 'low', 'balanced', 'throughput' or 0 to ${MAX_WINDOW_MS} milliseconds`,
    path,
  )
}
