import type { Subscriber } from './subscriber.ts'

/** Whether somebody may have kept payloads of a stream of whom it cannot be told: then their memory must not be used again. */
export class PayloadKeepers {
  /** Whether one of them is there no more. */
  #left = false
  /** Subscribers that may keep payloads for ever. */
  #outsiders = 0

  /** Somebody who was shown payloads has gone. */
  leftBehind(): void {
    this.#left = true
  }

  joined(subscriber: Subscriber): void {
    if (mayKeep(subscriber)) this.#outsiders += 1
  }

  gone(subscriber: Subscriber): void {
    if (subscriber.format.holdsPayloads === true) this.#left = true
    if (mayKeep(subscriber)) this.#outsiders -= 1
  }

  /** Whether there is one, or has been since this was last asked. */
  take(): boolean {
    const left = this.#left
    this.#left = false
    return left || this.#outsiders > 0
  }
}

/** Whether nobody can tell when a subscriber holds the payloads no more that it was given. */
const mayKeep = ({ format, outbox }: Subscriber): boolean =>
  format.holdsPayloads === true && !outbox.tellsMemory
