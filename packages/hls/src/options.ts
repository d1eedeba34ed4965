import { UsageError } from '@rtmp/bytes'
import type { SegmentStorage } from './segment-storage.ts'

/** How a stream becomes HLS. */
export interface HlsOptions {
  /**
   * How long a segment should be, in milliseconds, 500 to 60,000: it ends at the first key frame behind that. Default 2000.
   * Encoders whose key frames are further apart make longer segments.
   */
  readonly segmentMs?: number
  /** How long a part of LL-HLS should be, in milliseconds, 50 to 2000; 0 for HLS without parts. Default 200. */
  readonly partMs?: number
  /**
   * How much of the stream can be watched again, in milliseconds, up to a day. Default 12,000; never less than three times
   * the target duration, as RFC 8216 asks.
   */
  readonly windowMs?: number
  /** Where segments lie that nobody waits for. Default: in memory. */
  readonly storage?: SegmentStorage
  /** The most that may be held in memory, in bytes: beyond it the window gets shorter. Default 256 MiB. */
  readonly maxBytes?: number
  /** The most requests that may wait for what is still to come. Default 10,000; the next is answered with 503. */
  readonly maxWaiting?: number
  /** Told what could not be used or stored; the stream goes on. */
  readonly onFault?: (fault: Error) => void
}

/** {@link HlsOptions} with their defaults. */
export interface ResolvedHlsOptions {
  /** Milliseconds, 500 to 60,000. */
  readonly segmentMs: number
  /** Milliseconds, 50 to 2000; 0 for no parts. */
  readonly partMs: number
  /** Milliseconds, 0 to a day. */
  readonly windowMs: number
  /** `undefined`: segments stay in memory. */
  readonly storage: SegmentStorage | undefined
  /** Bytes of one stream. */
  readonly maxBytes: number
  /** Requests of one stream. */
  readonly maxWaiting: number
  /** Does nothing unless it was given. */
  readonly onFault: (fault: Error) => void
}

/** What a caller of this package can get wrong. */
export type HlsUsageCode =
  /** An option out of its range; the path names it. */
  'HLS_OPTION_RANGE'

const DAY_MS = 86_400_000

/** @throws UsageError `HLS_OPTION_RANGE` */
export const requireRange = (value: number, minimum: number, maximum: number, name: string): number => {
  if (value >= minimum && value <= maximum) return value
  const message = `${value} is not a number from ${minimum} to ${maximum}`
  throw new UsageError<HlsUsageCode>('HLS_OPTION_RANGE', message, `options.${name}`)
}

/** @throws UsageError `HLS_OPTION_RANGE` */
export const resolveOptions = (options: HlsOptions): ResolvedHlsOptions => {
  const partMs = options.partMs ?? 200
  return {
    segmentMs: requireRange(options.segmentMs ?? 2000, 500, 60_000, 'segmentMs'),
    partMs: partMs === 0 ? 0 : requireRange(partMs, 50, 2000, 'partMs'),
    windowMs: requireRange(options.windowMs ?? 12_000, 0, DAY_MS, 'windowMs'),
    storage: options.storage,
    maxBytes: requireRange(options.maxBytes ?? 256 * 1024 * 1024, 1, Number.MAX_SAFE_INTEGER, 'maxBytes'),
    maxWaiting: requireRange(options.maxWaiting ?? 10_000, 0, Number.MAX_SAFE_INTEGER, 'maxWaiting'),
    onFault: options.onFault ?? (() => {}),
  }
}
