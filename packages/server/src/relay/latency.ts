import { UsageError } from '@rtmp/bytes'

/**
 * How long messages may be held to be sent together. Fewer, larger writes cost the server less.
 *
 * - `'low'`: nothing is held longer than it takes to read what has arrived.
 * - `'balanced'`: a video frame leaves at once; audio and data ride along, at most 40 ms late.
 * - `'throughput'`: everything that comes within 100 ms leaves together.
 * - a number: everything that comes within so many milliseconds leaves together; 0 is `'low'`.
 */
export type Latency = 'low' | 'balanced' | 'throughput' | number

/** A {@link Latency} spelt out. */
export interface BatchRule {
  /** Milliseconds from a batch's first message to its end, if nothing ends it before. */
  readonly windowMs: number
  /** Whether a video frame ends the batch. */
  readonly videoCloses: boolean
}

/** How long audio waits for a video frame to ride with, in milliseconds: at 25 frames a second, one comes in time. */
const AUDIO_RIDE_MS = 40

/** The window of `'throughput'`, in milliseconds. */
const THROUGHPUT_WINDOW_MS = 100

/** The longest window that makes sense for a live stream, in milliseconds. */
const MAX_WINDOW_MS = 5000

/**
 * @param path - The option's name, for the error.
 * @throws UsageError `LATENCY_INVALID`
 */
export const batchRule = (latency: Latency, path = 'latency'): BatchRule => {
  if (latency === 'balanced') return { windowMs: AUDIO_RIDE_MS, videoCloses: true }
  if (latency === 'low') return { windowMs: 0, videoCloses: true }
  if (latency === 'throughput') return { windowMs: THROUGHPUT_WINDOW_MS, videoCloses: false }
  if (typeof latency === 'number' && latency >= 0 && latency <= MAX_WINDOW_MS) {
    return { windowMs: latency, videoCloses: latency === 0 }
  }
  throw new UsageError(
    'LATENCY_INVALID',
    `${String(latency)} is not 'low', 'balanced', 'throughput' or 0 to ${MAX_WINDOW_MS} milliseconds`,
    path,
  )
}
