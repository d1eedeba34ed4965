import type { StreamRegistry, TimerWheel } from '@rtmp/live/engine'
import type { ServerEvents } from '../contract/events.ts'
import type { ServerHandler } from '../contract/handler.ts'
import type { ServerLimits } from '../contract/limits.ts'
import type { CallbackDoor } from './callback-door.ts'
import type { EventHub } from './event-hub.ts'
import type { Failures } from './failures.ts'

/** The time, and what is due at some time. */
export interface Time {
  /** In milliseconds, never going back. */
  readonly now: () => number
  readonly wheel: TimerWheel
}

/** What the parts of the engine are given of the server; each names those it needs. */
export interface Services extends Time, Failures {
  readonly registry: StreamRegistry
  readonly events: EventHub<ServerEvents>
  /** As they are now. */
  readonly limits: ServerLimits
  readonly handler: ServerHandler
  readonly door: CallbackDoor
}
