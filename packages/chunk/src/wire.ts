/**
 * Chunk, by part (RTMP 1.0 §5.3.1):
 *
 *   basic header (1–3) | message header (0, 3, 7 or 11) | extended timestamp (0 or 4) | payload
 *
 * Basic header (§5.3.1.1): bits 7–6 of the first byte are fmt, bits 5–0 the csid or an escape.
 *
 *   low six bits   bytes   csid
 *   2–63             1     the value itself
 *   0                2     64 + byte 1                      64–319
 *   1                3     64 + byte 1 + 256 · byte 2       64–65599 (little-endian, unlike the rest)
 *
 * Message header by fmt (§5.3.1.2). Big-endian, except messageStreamId: little-endian.
 *
 *   fmt  bytes  timestamp   length  typeId  messageStreamId     extended timestamp (4 bytes more)
 *    0     11   3 absolute    3       1        4                when the 3-byte field is 0xffffff
 *    1      7   3 delta       3       1        =                same
 *    2      3   3 delta       =       =        =                same
 *    3      0   =             =       =        =                when the csid's last fmt 0–2 had one
 *
 * "=" is inherited from the chunk stream. A fmt 3 that opens a message adds the last delta again; after a fmt 0 that
 * delta is the timestamp itself (§5.3.1.2.4).
 */

/** Bytes of the message header for fmt 0, 1, 2 and 3. */
export const MESSAGE_HEADER_SIZE = [11, 7, 3, 0] as const

/** The longest header: three bytes, fmt 0, extended timestamp. */
export const MAX_HEADER_SIZE = 18

/** Value of the 3-byte field that says "look at the extended timestamp"; also the least value that needs one. */
export const EXTENDED = 0xffffff

/** Chunk size of both directions until a Set Chunk Size message says otherwise (§5.4.1). */
export const DEFAULT_CHUNK_SIZE = 128

/** The longest message a u24 can announce; a larger chunk size means the same as this one (§5.4.1). */
export const MAX_MESSAGE_LENGTH = 0xffffff

/** The largest chunk size that can be announced: 31 bits (§5.4.1). */
export const MAX_CHUNK_SIZE = 0x7fffffff

/** The largest unsigned 32-bit integer. */
export const MAX_U32 = 0xffff_ffff

/** The least csid: 0 and 1 are escapes. It carries protocol control messages. */
export const CONTROL_CSID = 2

/** The largest csid of the three-byte form. */
export const MAX_CSID = 65599

/** Bytes of the shortest basic header for a csid. */
export const basicHeaderSize = (csid: number): number => (csid < 64 ? 1 : csid < 320 ? 2 : 3)

/** Writes the shortest basic header and returns the position behind it. */
export const writeBasicHeader = (target: Uint8Array, at: number, fmt: number, csid: number): number => {
  if (csid < 64) {
    target[at] = (fmt << 6) | csid
    return at + 1
  }
  const rest = csid - 64
  if (csid < 320) {
    target[at] = fmt << 6
    target[at + 1] = rest
    return at + 2
  }
  target[at] = (fmt << 6) | 1
  target[at + 1] = rest
  target[at + 2] = rest >>> 8
  return at + 3
}

/** Writes three bytes, big-endian. */
export const writeU24 = (target: Uint8Array, at: number, value: number): void => {
  target[at] = value >>> 16
  target[at + 1] = value >>> 8
  target[at + 2] = value
}

/** Writes four bytes, big-endian. */
export const writeU32 = (target: Uint8Array, at: number, value: number): void => {
  target[at] = value >>> 24
  target[at + 1] = value >>> 16
  target[at + 2] = value >>> 8
  target[at + 3] = value
}

/** Writes four bytes, little-endian: the message stream id. */
export const writeU32le = (target: Uint8Array, at: number, value: number): void => {
  target[at] = value
  target[at + 1] = value >>> 8
  target[at + 2] = value >>> 16
  target[at + 3] = value >>> 24
}

/** Reads three bytes, big-endian; the caller has checked that they are there. */
export const readU24 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)

/** Reads four bytes, big-endian; the caller has checked that they are there. */
export const readU32 = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)) >>>
  0

/** Reads four bytes, little-endian; the caller has checked that they are there. */
export const readU32le = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)) >>>
  0
