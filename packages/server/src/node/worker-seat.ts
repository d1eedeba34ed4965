import type { SharedCounts } from '../core/shared-counts.ts'
import type { PortSharing } from './open-port.ts'
import type { WorkerPlace } from './cluster/cluster-node.ts'

/** What one of several workers has beside its options. */
export interface WorkerSeat {
  readonly place: WorkerPlace
  readonly counts: SharedCounts
  /** How the ports are had by all; `undefined` where the primary gives out who comes. */
  readonly sharing: PortSharing | undefined
  /** Whether another worker has the same ports already: HTTP is left to it too when this one is emptied. */
  isReplaced: boolean
  /** The server has been closed. */
  closed(): void
}

const seats = new WeakMap<object, WorkerSeat>()

/** Makes a server with these options one of several workers. No application has to do with it. */
export const giveSeat = (options: object, seat: WorkerSeat): void => void seats.set(options, seat)

/** The seat that goes with options. */
export const seatOf = (options: object): WorkerSeat | undefined => seats.get(options)
