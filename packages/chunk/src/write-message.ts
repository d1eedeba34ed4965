import { checkRange } from './errors.ts'
import type { Message } from './message.ts'
import type { Fmt } from './send-stream.ts'
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

/** @throws UsageError `CHUNK_FIELD_OUT_OF_RANGE` for what no header can say */
export const checkMessage = ({ csid, typeId, messageStreamId, timestamp, payload }: Message): void => {
  checkRange(csid, CONTROL_CSID, MAX_CSID, 'csid')
  checkRange(typeId, 0, 255, 'typeId')
  checkRange(messageStreamId, 0, MAX_U32, 'messageStreamId')
  checkRange(timestamp, 0, MAX_U32, 'timestamp')
  checkRange(payload.length, 0, MAX_MESSAGE_LENGTH, 'payload.length')
}

/**
 * Bytes of a chunk's header. A message's first chunk has the fmt that was chosen, the others fmt 3.
 *
 * @param field - What the first header says of the time, see `SendStream.field`; all headers of the message repeat it
 *   when it is extended.
 */
export const headerSize = (fmt: Fmt, csid: number, field: number): number =>
  basicHeaderSize(csid) + MESSAGE_HEADER_SIZE[fmt] + (field < EXTENDED ? 0 : 4)

/** How many chunks a payload takes after the first. */
export const furtherChunks = (length: number, chunkSize: number): number =>
  length <= chunkSize ? 0 : Math.ceil(length / chunkSize) - 1

/** Bytes of a whole message on the wire, all its headers included. */
export const wireSize = (fmt: Fmt, field: number, { csid, payload }: Message, chunkSize: number): number =>
  headerSize(fmt, csid, field) +
  payload.length +
  furtherChunks(payload.length, chunkSize) * headerSize(3, csid, field)

/** Writes a chunk's header and returns the position behind it; parameters as in {@link headerSize}. */
export const writeHeader = (
  target: Uint8Array,
  start: number,
  fmt: Fmt,
  field: number,
  message: Message,
  messageStreamId: number,
): number => {
  let at = writeBasicHeader(target, start, fmt, message.csid)
  const extended = field >= EXTENDED
  if (fmt < 3) writeU24(target, at, extended ? EXTENDED : field)
  if (fmt < 2) {
    writeU24(target, at + 3, message.payload.length)
    target[at + 6] = message.typeId
  }
  if (fmt === 0) writeU32le(target, at + 7, messageStreamId)
  at += MESSAGE_HEADER_SIZE[fmt]
  if (!extended) return at
  writeU32(target, at, field)
  return at + 4
}

/**
 * Writes a whole message, headers and a copy of the payload, and returns the position behind it.
 *
 * The payload is copied in one go, to where its last chunk belongs; then the chunks before move forward and make place
 * for their headers. That costs half of copying them one by one, and no garbage.
 */
export const writeMessage = (
  target: Uint8Array,
  start: number,
  fmt: Fmt,
  field: number,
  message: Message,
  messageStreamId: number,
  chunkSize: number,
): number => {
  const { csid, payload } = message
  const further = furtherChunks(payload.length, chunkSize)
  let to = writeHeader(target, start, fmt, field, message, messageStreamId)
  let from = to + further * headerSize(3, csid, field)
  const end = from + payload.length
  target.set(payload, from)
  for (let i = 0; i < further; i++) {
    target.copyWithin(to, from, from + chunkSize)
    from += chunkSize
    to = writeHeader(target, to + chunkSize, 3, field, message, messageStreamId)
  }
  return end
}
