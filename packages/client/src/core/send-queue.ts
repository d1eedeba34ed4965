import { ContinuousClock, TimestampUnwrapper } from '@rtmp/bytes/time'
import type { MediaMessage } from '@rtmp/e-rtmp'
import { isFrame } from './outgoing.ts'

/** Messages that have not been given to a connection yet, in order. */
export class SendQueue {
  /** On it a jump of the source's time is no backlog. */
  readonly #clock = new ContinuousClock({ jumps: 'mend' })
  readonly #unwrapper = new TimestampUnwrapper()
  #messages: MediaMessage[] = []
  /** Of each message, by {@link timeOf}. */
  #times: number[] = []
  #latest = 0
  #head = 0
  #bytes = 0

  get isEmpty(): boolean {
    return this.#head === this.#messages.length
  }

  get length(): number {
    return this.#messages.length - this.#head
  }

  /** Payload bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** Milliseconds from the first message to the last. */
  get ms(): number {
    return this.msTo(this.#times.at(-1) ?? 0)
  }

  /** Milliseconds from the first message to a time by {@link timeOf}; 0 when nothing waits. */
  msTo(time: number): number {
    const first = this.#times[this.#head]
    return first === undefined ? 0 : Math.max(0, time - first)
  }

  /** When the next message stands, on a clock that goes on where the messages' own does not. Once for each, in order. */
  timeOf(message: MediaMessage): number {
    if (isFrame(message)) {
      this.#latest = this.#unwrapper.unwrap(this.#clock.map(message.typeId, message.timestamp))
    }
    return this.#latest
  }

  get first(): MediaMessage | undefined {
    return this.#messages[this.#head]
  }

  /** @param time - By {@link timeOf}. */
  push(message: MediaMessage, time: number): void {
    this.#messages.push(message)
    this.#times.push(time)
    this.#bytes += message.payload.length
  }

  shift(): MediaMessage | undefined {
    const message = this.first
    if (message === undefined) return undefined
    this.#head += 1
    this.#bytes -= message.payload.length
    if (this.#head > 64 && this.#head * 2 > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#head)
      this.#times = this.#times.slice(this.#head)
      this.#head = 0
    }
    return message
  }
}
