import { copyBytes } from './copy-bytes.ts'
import type { Message } from './message.ts'
import {
  type Fmt,
  firstHeaderSize,
  furtherChunks,
  isExtended,
  nextHeaderSize,
  type SendStream,
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

/** Writes a whole message, headers and a copy of the payload, and returns the position behind it. */
export const writeMessage = (
  target: Uint8Array,
  targetView: DataView,
  start: number,
  stream: SendStream,
  fmt: Fmt,
  message: Message,
  messageStreamId: number,
  chunkSize: number,
): number => {
  const { csid, timestamp, payload } = message
  const { length } = payload
  let at = stream.writeHeader(target, start, fmt, csid, message, messageStreamId)
  if (length <= chunkSize) {
    target.set(payload, at)
    return at + length
  }
  const extended = isExtended(fmt, timestamp)
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
