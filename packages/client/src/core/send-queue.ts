import { timestampDifference } from '@rtmp/chunk'
import type { OutgoingMessage } from './outgoing.ts'

/** Messages that have not been given to a connection yet, in order. */
export class SendQueue {
  #messages: OutgoingMessage[] = []
  #head = 0
  #bytes = 0
  #keyFrames = 0

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
    const first = this.#messages[this.#head]
    const last = this.#messages.at(-1)
    if (first === undefined || last === undefined) return 0
    return Math.max(0, timestampDifference(last.timestamp, first.timestamp))
  }

  /** Key frames behind the first message. */
  get hasLaterKeyFrame(): boolean {
    return this.#keyFrames > (this.first?.isKeyFrame === true ? 1 : 0)
  }

  get first(): OutgoingMessage | undefined {
    return this.#messages[this.#head]
  }

  push(message: OutgoingMessage): void {
    this.#messages.push(message)
    this.#bytes += message.payload.length
    if (message.isKeyFrame) this.#keyFrames += 1
  }

  shift(): OutgoingMessage | undefined {
    const message = this.first
    if (message === undefined) return undefined
    this.#head += 1
    this.#bytes -= message.payload.length
    if (message.isKeyFrame) this.#keyFrames -= 1
    if (this.#head > 64 && this.#head * 2 > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#head)
      this.#head = 0
    }
    return message
  }
}
