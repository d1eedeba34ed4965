import { checkRange } from './errors.ts'
import type { Message } from './message.ts'
import {
  basicHeaderSize,
  CONTROL_CSID,
  EXTENDED,
  MAX_CSID,
  MAX_MESSAGE_LENGTH,
  MAX_U32,
  MESSAGE_HEADER_SIZE,
  writeBasicHeader,
  writeU24,
  writeU32,
  writeU32le,
} from './wire.ts'

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
    const delta = (timestamp - this.timestamp) >>> 0
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

/**
 * Writes the header of a message's first chunk and returns the position behind it.
 *
 * @param field - As {@link SendStream.field} has it; not looked at for fmt 3.
 */
export const writeFirstHeader = (
  target: Uint8Array,
  start: number,
  fmt: Fmt,
  field: number,
  message: Message,
  messageStreamId: number,
): number => {
  let at = writeBasicHeader(target, start, fmt, message.csid)
  if (fmt === 3) return at
  writeU24(target, at, field < EXTENDED ? field : EXTENDED)
  if (fmt < 2) {
    writeU24(target, at + 3, message.payload.length)
    target[at + 6] = message.typeId
  }
  if (fmt === 0) writeU32le(target, at + 7, messageStreamId)
  at += MESSAGE_HEADER_SIZE[fmt]
  if (field < EXTENDED) return at
  writeU32(target, at, field)
  return at + 4
}

/** Whether the chunks of a message with this first header carry extended timestamps: only fmt 0 ever needs one here. */
export const isExtended = (fmt: Fmt, timestamp: number): boolean => fmt === 0 && timestamp >= EXTENDED

/** Bytes of the header of a message's first chunk. */
export const firstHeaderSize = (fmt: Fmt, csid: number, extended: boolean): number =>
  basicHeaderSize(csid) + MESSAGE_HEADER_SIZE[fmt] + (extended ? 4 : 0)

/** Bytes of the header of each further chunk: fmt 3, with the extended timestamp repeated. */
export const nextHeaderSize = (csid: number, extended: boolean): number =>
  basicHeaderSize(csid) + (extended ? 4 : 0)

/** Writes the header of a further chunk and returns the position behind it. */
export const writeNextHeader = (
  target: Uint8Array,
  start: number,
  csid: number,
  extended: boolean,
  timestamp: number,
): number => {
  const at = writeBasicHeader(target, start, 3, csid)
  if (!extended) return at
  writeU32(target, at, timestamp)
  return at + 4
}

/** How many chunks a payload takes after the first. */
export const furtherChunks = (length: number, chunkSize: number): number =>
  length <= chunkSize ? 0 : Math.ceil(length / chunkSize) - 1

/** @throws UsageError `CHUNK_FIELD_OUT_OF_RANGE` for what no header can say */
export const checkMessage = ({ csid, typeId, messageStreamId, timestamp, payload }: Message): void => {
  checkRange(csid, CONTROL_CSID, MAX_CSID, 'csid')
  checkRange(typeId, 0, 255, 'typeId')
  checkRange(messageStreamId, 0, MAX_U32, 'messageStreamId')
  checkRange(timestamp, 0, MAX_U32, 'timestamp')
  checkRange(payload.length, 0, MAX_MESSAGE_LENGTH, 'payload.length')
}
