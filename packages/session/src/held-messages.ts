import type { Message } from '@rtmp/chunk'
import type { SessionLimits } from './limits.ts'

/** What a message costs beside its payload, in bytes. */
const HELD_BYTES = 384

/**
 * Messages that came before the decision they depend on. After each decision all of them are handled again in order,
 * before anything new; those that still wait are held again.
 */
export class HeldMessages {
  readonly #limits: SessionLimits
  #held: Message[] | undefined
  #bytes = 0
  /** Messages to be handled next, from `#at` on. */
  #queue: Message[] | undefined
  #at = 0

  constructor(limits: SessionLimits) {
    this.#limits = limits
  }

  /** Payload bytes held. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether the message being handled was held before. */
  get isReplaying(): boolean {
    return this.#queue !== undefined
  }

  /** What they cost in memory, in bytes. */
  get memoryBytes(): number {
    return this.#held === undefined ? 0 : this.#bytes + this.#held.length * HELD_BYTES
  }

  get isHalfFull(): boolean {
    const { maxHeldBytes, maxHeldMessages } = this.#limits
    return (
      this.#held !== undefined && (this.#bytes * 2 > maxHeldBytes || this.#held.length * 2 > maxHeldMessages)
    )
  }

  /** Keeps a message; false when there is no room for it. It moves to memory of its own, since it may lie in a slab with others. */
  hold(message: Message): boolean {
    const { payload } = message
    this.#held ??= []
    this.#bytes += payload.length
    this.#held.push(
      payload.length === payload.buffer.byteLength ? message : { ...message, payload: payload.slice() },
    )
    return this.#bytes <= this.#limits.maxHeldBytes && this.#held.length <= this.#limits.maxHeldMessages
  }

  /** Puts all that is held in front of what is to be handled next. */
  replay(): void {
    const held = this.#held
    if (held === undefined) return
    this.#held = undefined
    this.#bytes = 0
    this.prepend(held)
  }

  /** Puts messages in front of what is to be handled next. */
  prepend(messages: Message[]): void {
    this.#queue = this.#queue === undefined ? messages : messages.concat(this.#queue.slice(this.#at))
    this.#at = 0
  }

  /** The next message to handle. */
  next(): Message | undefined {
    const queue = this.#queue
    if (queue === undefined) return undefined
    const message = queue[this.#at++]
    if (message === undefined) this.#queue = undefined
    return message
  }

  clear(): void {
    this.#held = undefined
    this.#queue = undefined
    this.#bytes = 0
  }
}
