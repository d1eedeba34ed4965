/** What attackers put on the wire by hand. */

const CHUNK = 128

/** One message with a full header, in chunks of 128 bytes. */
export const message = (csid: number, typeId: number, body: Uint8Array, messageStreamId = 0): Uint8Array => {
  const { length } = body
  const bytes: number[] = [csid, 0, 0, 0, length >> 16, (length >> 8) & 0xff, length & 0xff, typeId]
  bytes.push(messageStreamId, 0, 0, 0)
  for (let at = 0; at < length; at += CHUNK) {
    if (at > 0) bytes.push(0xc0 | csid)
    bytes.push(...body.subarray(at, at + CHUNK))
  }
  return Uint8Array.from(bytes)
}

/** A protocol control message with one number (RTMP 1.0 §5.4). */
export const control = (typeId: 1 | 2 | 3 | 5, value: number): Uint8Array =>
  message(2, typeId, Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value))

/** Set Peer Bandwidth: 0 hard, 1 soft, 2 dynamic. */
export const peerBandwidth = (size: number, kind: number): Uint8Array =>
  message(2, 6, Uint8Array.of(size >>> 24, size >>> 16, size >>> 8, size, kind))

/** The first chunk of a message that is never finished, on chunk stream 64 to 65599, with one byte of payload. */
export const beginning = (csid: number, length: number, typeId: number): Uint8Array => {
  const bytes = new Uint8Array(15)
  bytes.set([1, csid - 64, (csid - 64) >> 8])
  bytes.set([length >> 16, length >> 8, length, typeId, 1], 6)
  bytes[14] = 0x17
  return bytes
}

export const noise = (count: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(count)
  for (let at = 0; at < count; at++) bytes[at] = Math.floor(Math.random() * 256)
  return bytes
}

export const randomName = (): string => Math.random().toString(36).slice(2)
