/** Serial arithmetic (RFC 1982) on 32-bit millisecond timestamps, as RTMP 1.0 §4 asks for. */

/** The timestamp `deltaMs` after (or, negative, before) a timestamp: uint32, wrapping. */
export const addTimestamp = (timestamp: number, deltaMs: number): number => (timestamp + deltaMs) >>> 0

/**
 * Milliseconds from `earlier` to `later` along the shorter way round: −2³¹ to 2³¹ − 1.
 *
 * Negative when `later` is in fact the earlier one; exactly half way round counts as negative.
 */
export const timestampDifference = (later: number, earlier: number): number => (later - earlier) | 0

/**
 * Milliseconds (or bytes, of a sequence number) from `earlier` forward to `later`: uint32, what a chunk header's
 * timestamp delta says.
 */
export const timestampDelta = (later: number, earlier: number): number => (later - earlier) >>> 0

/** Whether `a` comes after `b` in serial order: 10,000 comes after 4,000,000,000. */
export const isLater = (a: number, b: number): boolean => timestampDifference(a, b) > 0

/**
 * Turns timestamps that wrap into a count that does not.
 *
 * The first timestamp stands for itself; each further one is taken as the nearest value to the last, so a step of up to
 * 2³¹ ms either way is understood. The result is exact up to 2⁵³ ms and negative only for steps back before the start.
 */
export class TimestampUnwrapper {
  #last: number | undefined
  #value = 0

  /** The unwrapped value of a uint32 timestamp, in milliseconds. */
  unwrap(timestamp: number): number {
    const last = this.#last
    this.#value = last === undefined ? timestamp : this.#value + timestampDifference(timestamp, last)
    this.#last = timestamp
    return this.#value
  }
}
