import { NOTHING } from './nothing.ts'

/** Stands for the extended timestamp of a header that has none. */
export const NO_EXTENSION = -1

/** Whether a peer repeats the extended timestamp in fmt 3 chunks, leaves it out, or writes zero for it. */
export type ExtensionHabit = 'unknown' | 'repeats' | 'zero' | 'omits'

/** What the reader remembers of one chunk stream: its last header, and the message being put together. */
export class ReceiveStream {
  readonly csid: number
  timestamp = 0
  /** Milliseconds that a fmt 3 adds when it opens a message. */
  delta = 0
  /** Whether the last fmt 0–2 was a fmt 0, so that `delta` is a timestamp. */
  afterFmt0 = false
  length = 0
  typeId = 0
  messageStreamId = 0
  /** The extended timestamp that came last, if the last fmt 0–2 header had one. */
  extension: number = NO_EXTENSION
  habit: ExtensionHabit = 'unknown'

  /** Whether a message is begun and not complete. */
  pending = false
  /** Payload bytes that have arrived. */
  received = 0
  /** Where the payload goes: `memory[start, start + capacity)`; grows with what arrives, never beyond `length`. */
  memory: Uint8Array<ArrayBuffer> = NOTHING
  start = 0
  capacity = 0
  /** Whether that memory is a piece of a slab. */
  inSlab = false

  constructor(csid: number) {
    this.csid = csid
  }

  /** Bytes of memory that only this message keeps alive. */
  get ownBytes(): number {
    return this.inSlab ? 0 : this.capacity
  }

  /** Lets go of the message and its memory; the header stays, since later headers refer to it. */
  clear(): void {
    this.pending = false
    this.received = 0
    this.memory = NOTHING
    this.capacity = 0
    this.inSlab = false
  }

  /** Moves what has arrived into other memory. */
  moveTo(memory: Uint8Array<ArrayBuffer>): void {
    if (this.received > 0) memory.set(this.memory.subarray(this.start, this.start + this.received))
    this.memory = memory
    this.start = 0
    this.capacity = memory.length
    this.inSlab = false
  }
}
