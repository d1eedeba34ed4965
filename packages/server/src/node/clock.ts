import { type EventLoopUtilization, performance } from 'node:perf_hooks'
import type { ServerCore } from '../core/server-core.ts'

/** How often the load is looked at, in milliseconds. */
const LOAD_MS = 500

/** The longest sleep: timers beyond it make the process wake up for nothing now and then. */
const LONGEST_SLEEP_MS = 10_000

/** Moves a core's timers along with Node's clock: one timeout for all of them, and one interval to see the load. */
export class CoreClock {
  #core: ServerCore | undefined
  #timeout: NodeJS.Timeout | undefined
  #wakeAt = Number.POSITIVE_INFINITY
  #interval: NodeJS.Timeout | undefined
  #advancing = false
  #lastLoad: EventLoopUtilization | undefined

  /** Milliseconds since the process started. */
  readonly now = (): number => performance.now()

  /** A timer has been set that is due before the present sleep ends. */
  readonly onSooner = (): void => {
    if (!this.#advancing) this.#sleep()
  }

  /** Starts to move the core's time, unless it moves already. */
  start(core: ServerCore): void {
    if (this.#core !== undefined) return
    this.#core = core
    this.#lastLoad = performance.eventLoopUtilization()
    this.#interval = setInterval(() => this.#observe(), LOAD_MS)
    this.#interval.unref()
    this.#sleep()
  }

  stop(): void {
    clearTimeout(this.#timeout)
    clearInterval(this.#interval)
    this.#timeout = undefined
    this.#wakeAt = Number.POSITIVE_INFINITY
    this.#core = undefined
  }

  #sleep(): void {
    const next = this.#core?.wheel.nextAt()
    if (next === undefined || next >= this.#wakeAt) return
    clearTimeout(this.#timeout)
    this.#wakeAt = next
    const delay = Math.min(LONGEST_SLEEP_MS, Math.max(1, Math.ceil(next - performance.now())))
    this.#timeout = setTimeout(this.#wake, delay)
    this.#timeout.unref()
  }

  readonly #wake = (): void => {
    const core = this.#core
    if (core === undefined) return
    this.#wakeAt = Number.POSITIVE_INFINITY
    this.#advancing = true
    try {
      core.wheel.advance(performance.now())
    } catch (error) {
      core.failed('a timer', error)
    } finally {
      this.#advancing = false
    }
    this.#sleep()
  }

  #observe(): void {
    const load = performance.eventLoopUtilization()
    const since = performance.eventLoopUtilization(load, this.#lastLoad)
    this.#lastLoad = load
    this.#core?.registry.load.observe(since.utilization)
  }
}
