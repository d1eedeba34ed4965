import { TimerWheel as EngineWheel } from '../timer-wheel.ts'

/** Options of a {@link TimerWheel}. */
export interface TimerWheelOptions {
  /** Length of a slot in milliseconds, default 5. */
  readonly resolution?: number
  /** How many slots there are, default 2048. */
  readonly slots?: number
  /** Called when something is to happen before the last answer of {@link TimerWheel.nextAt}. */
  readonly onSooner?: () => void
}

/** The time of a registry. It stands still unless its owner moves it along. */
export interface TimerWheel {
  /** How many timers are set. */
  readonly size: number
  /** Nothing is due before this time; `undefined` when nothing is to happen. */
  nextAt(): number | undefined
  /** Moves on to `now`: what is due happens, in order of time. */
  advance(now: number): void
}

/** Makes a wheel that begins at `now`, in milliseconds; only differences matter. */
export const TimerWheel: new (now: number, options?: TimerWheelOptions) => TimerWheel = EngineWheel
