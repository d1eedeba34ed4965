/**
 * 32-bit millisecond timestamps: serial arithmetic, and the one clock that goes on over discontinuities. Time is an
 * argument throughout; runs anywhere.
 *
 * @packageDocumentation
 */
export { ContinuousClock, type ContinuousClockOptions } from './continuous-clock.ts'
export {
  addTimestamp,
  isLater,
  TimestampUnwrapper,
  timestampDelta,
  timestampDifference,
} from './timestamp.ts'
