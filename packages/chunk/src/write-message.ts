import type { Message } from './message.ts'
import {
  type Fmt,
  firstHeaderSize,
  furtherChunks,
  isExtended,
  nextHeaderSize,
  writeFirstHeader,
  writeNextHeader,
} from './send-stream.ts'

/** Bytes of a whole message on the wire, all its headers included. */
export const wireSize = (
  fmt: Fmt,
  csid: number,
  timestamp: number,
  length: number,
  chunkSize: number,
): number => {
  const extended = isExtended(fmt, timestamp)
  const further = furtherChunks(length, chunkSize)
  return firstHeaderSize(fmt, csid, extended) + length + further * nextHeaderSize(csid, extended)
}

/**
 * Writes a whole message, headers and a copy of the payload, and returns the position behind it.
 *
 * The payload is copied in one go, to where its last chunk belongs; then the chunks before move forward and make place
 * for their headers. That costs half of copying them one by one, and no garbage.
 *
 * @param field - What its first header says of the time, see `SendStream.field`.
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
  const { csid, timestamp, payload } = message
  const extended = isExtended(fmt, timestamp)
  const further = furtherChunks(payload.length, chunkSize)
  let to = writeFirstHeader(target, start, fmt, field, message, messageStreamId)
  let from = to + further * nextHeaderSize(csid, extended)
  const end = from + payload.length
  target.set(payload, from)
  for (let i = 0; i < further; i++) {
    target.copyWithin(to, from, from + chunkSize)
    from += chunkSize
    to = writeNextHeader(target, to + chunkSize, csid, extended, timestamp)
  }
  return end
}
