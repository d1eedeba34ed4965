import type { MediaMessage } from '@rtmp/e-rtmp'

/** What a message counts in a queue beside its payload, in bytes: so that many small ones count too. */
const MESSAGE_BYTES = 128

/** Where a subscriber misses something: it was too slow, and what it missed is gone. */
export interface Gap {
  /** Tells it from messages, and from the other items of a subscription. */
  readonly kind: 'gap'
  /** The stream's time when it began, in milliseconds (uint32). */
  readonly from: number
  /** The time of the first message behind it. */
  readonly to: number
}

/** Messages that leave together; or the place of a gap, and then no message. */
export class Frames {
  /** In order; empty for a gap. */
  readonly messages: readonly MediaMessage[]
  /** What is missing here; `undefined` where nothing is. */
  readonly gap: Gap | undefined
  /** What they hold in memory, in bytes: payloads, and a little for each message. */
  readonly length: number

  /** @param messages - Not changed any more. */
  constructor(messages: readonly MediaMessage[], gap?: Gap) {
    this.messages = messages
    this.gap = gap
    let length = gap === undefined ? 0 : MESSAGE_BYTES
    for (const { payload } of messages) length += MESSAGE_BYTES + payload.length
    this.length = length
  }

  /** Adds the memory in which the payloads lie. */
  addMemoryTo(memory: Set<ArrayBufferLike>): void {
    for (const { payload } of this.messages) memory.add(payload.buffer)
  }
}
