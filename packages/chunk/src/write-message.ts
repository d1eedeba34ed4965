import { copyBytes, LEAST_RUN, LEAST_RUN_CHUNK } from './copy-bytes.ts'
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
 * @param field - What its first header says of the time, see `SendStream.fieldOf`.
 */
export const writeMessage = (
  target: Uint8Array,
  targetView: DataView,
  start: number,
  fmt: Fmt,
  field: number,
  message: Message,
  messageStreamId: number,
  chunkSize: number,
): number => {
  const { csid, timestamp, payload } = message
  const { length } = payload
  let at = writeFirstHeader(target, start, fmt, field, message, messageStreamId)
  if (length <= chunkSize) {
    target.set(payload, at)
    return at + length
  }
  const extended = isExtended(fmt, timestamp)
  if (chunkSize >= LEAST_RUN_CHUNK && length >= LEAST_RUN)
    return spreadChunks(target, at, csid, extended, message, chunkSize)
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  for (let from = 0; ; ) {
    const count = length - from < chunkSize ? length - from : chunkSize
    copyBytes(target, targetView, at, payload, view, from, count)
    at += count
    from += count
    if (from === length) return at
    at = writeNextHeader(target, at, csid, extended, timestamp)
  }
}

/** Copies the payload to where its last chunk belongs, then moves the others forward to make place for their headers. */
const spreadChunks = (
  target: Uint8Array,
  start: number,
  csid: number,
  extended: boolean,
  { timestamp, payload }: Message,
  chunkSize: number,
): number => {
  const further = furtherChunks(payload.length, chunkSize)
  const gap = nextHeaderSize(csid, extended)
  let from = start + further * gap
  target.set(payload, from)
  let to = start
  for (let i = 0; i < further; i++) {
    target.copyWithin(to, from, from + chunkSize)
    from += chunkSize
    to = writeNextHeader(target, to + chunkSize, csid, extended, timestamp)
  }
  return start + further * gap + payload.length
}
