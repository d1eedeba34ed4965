import { isDecodeError, isProtocolError } from '@rtmp/bytes'
import type { ServerCore } from '@rtmp/server/engine'

/** What may be said about the end of a connection whose peer sends anything at all. */
const ENDS: ReadonlySet<string> = new Set([
  'protocolError',
  'timeout',
  'refused',
  'kicked',
  'peerClosed',
  'replaced',
  'transportClosed',
  'transportError',
])

/** Counts what begins and what ends, and notes what must not be. */
export class Ledger {
  readonly #open = new Map<string, number>()
  readonly #faults: string[] = []

  constructor({ events }: ServerCore) {
    events.on('connectionOpened', ({ connection }) => this.#count(`connection ${connection.id}`, 1))
    events.on('connectionClosed', ({ connection, closed: { reason, description, error } }) => {
      this.#count(`connection ${connection.id}`, -1)
      if (!ENDS.has(reason)) this.#faults.push(`ended by ${reason}: ${description}`)
      if (error !== undefined && !isDecodeError(error) && !isProtocolError(error)) {
        this.#faults.push(`ended by an untyped ${String(error)}`)
      }
    })
    events.on('publishStarted', ({ connection, messageStreamId }) =>
      this.#count(`publish ${connection.id}/${messageStreamId}`, 1),
    )
    events.on('publishEnded', ({ connection, messageStreamId }) =>
      this.#count(`publish ${connection.id}/${messageStreamId}`, -1),
    )
    events.on('playStarted', ({ connection, messageStreamId }) =>
      this.#count(`play ${connection.id}/${messageStreamId}`, 1),
    )
    events.on('playEnded', ({ connection, messageStreamId }) =>
      this.#count(`play ${connection.id}/${messageStreamId}`, -1),
    )
    events.on('error', ({ where, error }) => {
      this.#faults.push(
        `${where}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      )
    })
  }

  /** @throws Error for the first fault */
  check(): void {
    const [fault] = this.#faults
    if (fault !== undefined) throw new Error(fault)
  }

  /** @throws Error when something has begun and not ended */
  checkEmpty(): void {
    this.check()
    const [left] = this.#open.keys()
    if (left !== undefined) throw new Error(`${left} has not ended`)
  }

  #count(what: string, by: 1 | -1): void {
    const count = (this.#open.get(what) ?? 0) + by
    if (count < 0 || count > 1) this.#faults.push(`${what} has ${by > 0 ? 'begun' : 'ended'} twice`)
    if (count === 0) this.#open.delete(what)
    else this.#open.set(what, count)
  }
}
