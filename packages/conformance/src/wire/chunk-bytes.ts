import { joined } from './hex.ts'

// Chunks byte by byte, legal or not. The package's cases are about these bytes, so nothing here decides or corrects.
//
//   basic header (RTMP 1.0 §5.3.1.1)   1 byte: fmt 2 bits | csid 2-63    2 bytes: 0 | csid - 64    3 bytes: 1 | csid - 64, little-endian
//   message header (§5.3.1.2)          fmt 0: timestamp 3 | length 3 | type id 1 | message stream id 4, little-endian
//                                      fmt 1: delta 3 | length 3 | type id 1        fmt 2: delta 3        fmt 3: nothing
//   extended timestamp (§5.3.1.3)      4, when the 3-byte field is ffffff

/** Bytes of the basic header: the shortest form that holds the csid, or the one asked for. */
export const basicHeader = (fmt: number, csid: number, form?: 1 | 2 | 3): Uint8Array => {
  const bytes = form ?? (csid < 64 ? 1 : csid < 320 ? 2 : 3)
  const rest = csid - 64
  if (bytes === 1) return Uint8Array.of((fmt << 6) | csid)
  if (bytes === 2) return Uint8Array.of(fmt << 6, rest)
  return Uint8Array.of((fmt << 6) | 1, rest & 0xff, rest >> 8)
}

/** Big-endian bytes of a number, `size` of them. */
export const bigEndian = (value: number, size: number): Uint8Array => {
  const bytes = new Uint8Array(size)
  let left = value
  for (let at = size - 1; at >= 0; at--) {
    bytes[at] = left % 256
    left = Math.floor(left / 256)
  }
  return bytes
}

/** Little-endian bytes of a 32-bit number. */
export const littleEndian = (value: number): Uint8Array => bigEndian(value, 4).reverse()

const EXTENDED = 0xffffff

/** What a type 0 chunk says. */
export interface Chunk0 {
  readonly csid: number
  readonly timestamp: number
  /** Length of the whole message, when `data` is not all of it. */
  readonly length?: number
  readonly typeId: number
  readonly msid: number
  readonly data: Uint8Array
  readonly form?: 1 | 2 | 3
}

const timeField = (value: number): Uint8Array => bigEndian(Math.min(value, EXTENDED), 3)
const extension = (value: number): Uint8Array => (value >= EXTENDED ? bigEndian(value, 4) : new Uint8Array())

/** A type 0 chunk; with an extended timestamp from 0xffffff on. */
export const chunk0 = ({ csid, timestamp, length, typeId, msid, data, form }: Chunk0): Uint8Array =>
  joined(
    basicHeader(0, csid, form),
    timeField(timestamp),
    bigEndian(length ?? data.length, 3),
    Uint8Array.of(typeId),
    littleEndian(msid),
    extension(timestamp),
    data,
  )

/** What a type 1 chunk says. */
export interface Chunk1 {
  readonly csid: number
  readonly delta: number
  readonly length?: number
  readonly typeId: number
  readonly data: Uint8Array
  readonly form?: 1 | 2 | 3
}

/** A type 1 chunk; with an extended delta from 0xffffff on. */
export const chunk1 = ({ csid, delta, length, typeId, data, form }: Chunk1): Uint8Array =>
  joined(
    basicHeader(1, csid, form),
    timeField(delta),
    bigEndian(length ?? data.length, 3),
    Uint8Array.of(typeId),
    extension(delta),
    data,
  )

/** A type 2 chunk. */
export const chunk2 = (csid: number, delta: number, data: Uint8Array): Uint8Array =>
  joined(basicHeader(2, csid), timeField(delta), extension(delta), data)

/** A type 3 chunk, with the extended timestamp given. */
export const chunk3 = (csid: number, data: Uint8Array, extended?: number): Uint8Array =>
  joined(basicHeader(3, csid), extended === undefined ? new Uint8Array() : bigEndian(extended, 4), data)

/** A whole message to be cut into chunks. */
export interface OutMessage {
  readonly typeId: number
  readonly payload: Uint8Array
  /** Default 0. */
  readonly msid?: number
  /** Default: 2 for control, 3 for the rest on message stream 0, 4 for audio, 6 for video, 5 for other streams' messages. */
  readonly csid?: number
  /** Milliseconds; default 0. */
  readonly timestamp?: number
}

/** The csid that a message usually travels on. */
const usualCsid = ({ typeId, msid = 0 }: OutMessage): number => {
  if (typeId <= 6) return 2
  if (typeId === 8) return 4
  if (typeId === 9) return 6
  return msid === 0 ? 3 : 5
}

/** A message as one type 0 chunk and as many type 3 chunks as it takes. Legal in every state. */
export const messageChunks = (message: OutMessage, chunkSize: number): Uint8Array => {
  const { typeId, payload, msid = 0, timestamp = 0, csid = usualCsid(message) } = message
  const { length } = payload
  const first = chunk0({ csid, timestamp, length, typeId, msid, data: payload.subarray(0, chunkSize) })
  if (length <= chunkSize) return first
  const head = chunk3(csid, new Uint8Array(), timestamp >= EXTENDED ? timestamp : undefined)
  const more = Math.ceil(length / chunkSize) - 1
  const bytes = new Uint8Array(first.length + more * head.length + length - chunkSize)
  bytes.set(first)
  for (let from = chunkSize, at = first.length; from < length; from += chunkSize) {
    bytes.set(head, at)
    bytes.set(payload.subarray(from, from + chunkSize), at + head.length)
    at += head.length + chunkSize
  }
  return bytes
}
