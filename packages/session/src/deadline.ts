import type { Millis } from './options.ts'

/**
 * A point in time that may not be known yet. Calls such as `createStream()` start deadlines, but only `receive` and
 * `handleTimeout` tell the time, so a deadline is one number that says which of three it is:
 *
 *   Infinity        none
 *   >= 0            due at that time
 *   < 0             due so many milliseconds after the time is told next
 *
 * Clocks must not be negative.
 */
export type Deadline = number

/** No deadline. */
export const NEVER: Deadline = Number.POSITIVE_INFINITY

/** A deadline `duration` after the time that is told next; none for a duration of 0. */
export const after = (duration: Millis): Deadline => (duration > 0 ? -duration : NEVER)

/** The deadline, given that it is `now`. */
export const started = (deadline: Deadline, now: Millis): Deadline =>
  deadline < 0 ? now - deadline : deadline

/** When a host should come back: at once for a deadline that has not started. */
export const dueAt = (deadline: Deadline): Millis => (deadline < 0 ? 0 : deadline)
