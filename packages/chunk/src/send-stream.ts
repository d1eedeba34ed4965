import { outOfRange } from './errors.ts'
import type { Message } from './message.ts'
import {
  basicHeaderSize,
  EXTENDED,
  MAX_CSID,
  MAX_MESSAGE_LENGTH,
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
  /** Whether there is anything that a header may refer to. */
  known = false
  timestamp = 0
  length = 0
  typeId = 0
  messageStreamId = 0
  /** What a fmt 3 would add, or −1 when receivers do not agree on it. */
  repeats = -1

  /**
   * The densest header that every receiver reads alike.
   *
   * - Backward time, and steps of 0xffffff ms and more, go as fmt 0: some receivers take an extended delta for an
   *   absolute timestamp.
   * - fmt 3 opens a message straight after a fmt 0 only when timestamp and delta are both 0: the specification adds the
   *   timestamp again, deployed receivers add nothing.
   */
  chooseFmt(timestamp: number, length: number, typeId: number, messageStreamId: number): Fmt {
    if (!this.known || messageStreamId !== this.messageStreamId) return 0
    const delta = (timestamp - this.timestamp) >>> 0
    if (delta >= EXTENDED) return 0
    if (length !== this.length || typeId !== this.typeId) return 1
    return delta === this.repeats ? 3 : 2
  }

  /** Remembers the header that was sent. */
  note(fmt: Fmt, timestamp: number, length: number, typeId: number, messageStreamId: number): void {
    if (fmt === 0) this.repeats = timestamp === 0 ? 0 : -1
    else this.repeats = (timestamp - this.timestamp) >>> 0
    this.known = true
    this.timestamp = timestamp
    this.length = length
    this.typeId = typeId
    this.messageStreamId = messageStreamId
  }

  /** What the timestamp field of a header says: the time itself in fmt 0, otherwise the step from the last. */
  fieldOf(fmt: Fmt, timestamp: number): number {
    return fmt === 0 ? timestamp : (timestamp - this.timestamp) >>> 0
  }
}

/**
 * Writes the header of a message's first chunk and returns the position behind it.
 *
 * @param field - As {@link SendStream.fieldOf} gives it; not looked at for fmt 3.
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
export const checkMessage = (message: Message): void => {
  const { csid, typeId, messageStreamId, timestamp, payload } = message
  if (!(csid >= 2 && csid <= MAX_CSID && csid >>> 0 === csid))
    throw outOfRange(`csid must be 2 to ${MAX_CSID}, not ${csid}`, 'csid')
  if ((typeId & 0xff) !== typeId) throw outOfRange(`typeId must be 0 to 255, not ${typeId}`, 'typeId')
  if (messageStreamId >>> 0 !== messageStreamId)
    throw outOfRange(`messageStreamId must be a uint32, not ${messageStreamId}`, 'messageStreamId')
  if (timestamp >>> 0 !== timestamp)
    throw outOfRange(`timestamp must be a uint32, not ${timestamp}`, 'timestamp')
  if (payload.length > MAX_MESSAGE_LENGTH)
    throw outOfRange(
      `payload must have at most ${MAX_MESSAGE_LENGTH} bytes, not ${payload.length}`,
      'payload',
    )
}
