import { timestampDelta } from '@rtmp/bytes/time'
import type { Message } from './message.ts'
import { EXTENDED } from './wire.ts'

/** The four kinds of message header. */
export type Fmt = 0 | 1 | 2 | 3

/** What the receiver of one chunk stream is known to remember, and the choice of header that follows from it. */
export class SendStream {
  csid = 0
  /** Whether there is anything that a header may refer to. */
  known = false
  timestamp = 0
  length = 0
  typeId = 0
  messageStreamId = 0
  /** What a fmt 3 would add, or −1 when receivers do not agree on it. */
  repeats = -1
  /** The last header chosen. */
  fmt: Fmt = 0
  /** What the timestamp field of the last header says: the time itself in fmt 0, otherwise the step before it. */
  field = 0

  /**
   * Chooses the header of the next message, and remembers it as sent: the densest that every receiver reads alike.
   *
   * - Backward time, and steps of 0xffffff ms and more, go as fmt 0: some receivers take an extended delta for an
   *   absolute timestamp.
   * - fmt 3 opens a message straight after a fmt 0 only when timestamp and delta are both 0: the specification adds the
   *   timestamp again, deployed receivers add nothing.
   *
   * Its fmt is in {@link fmt}, what its timestamp field is to say in {@link field}.
   */
  next({ timestamp, payload, typeId }: Message, messageStreamId: number): void {
    const { length } = payload
    const delta = timestampDelta(timestamp, this.timestamp)
    let fmt: Fmt = 0
    if (this.known && messageStreamId === this.messageStreamId && delta < EXTENDED) {
      const alike = length === this.length && typeId === this.typeId
      fmt = !alike ? 1 : delta === this.repeats ? 3 : 2
    }
    this.fmt = fmt
    this.field = fmt === 0 ? timestamp : delta
    // -1 is no delta: fmt 3 is out of the question.
    this.repeats = fmt === 0 && timestamp > 0 ? -1 : this.field
    this.known = true
    this.timestamp = timestamp
    this.length = length
    this.typeId = typeId
    this.messageStreamId = messageStreamId
  }
}
