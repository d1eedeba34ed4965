import type { Framing } from '@rtmp/live/engine'

const NOTHING = new Uint8Array(0)

/** Nothing around the bytes: a body that ends with its connection, or whose frames somebody else makes. */
export const plainFraming: Framing = { name: 'plain', before: () => NOTHING, after: NOTHING }

const encoder = new TextEncoder()

/** A chunk of HTTP/1.1 (RFC 9112 §7.1): its length in hexadecimal digits and CRLF before it, CRLF behind it. */
export const chunkFraming: Framing = {
  name: 'chunked',
  before: (size) => encoder.encode(`${size.toString(16)}\r\n`),
  after: encoder.encode('\r\n'),
}

/** FIN, and the opcode of a binary message. */
const BINARY = 0x82

/** A WebSocket message in one unmasked frame (RFC 6455 §5.2). */
export const webSocketFraming: Framing = {
  name: 'webSocket',
  before: (size) => {
    if (size < 126) return Uint8Array.of(BINARY, size)
    if (size < 0x1_00_00) return Uint8Array.of(BINARY, 126, size >>> 8, size & 0xff)
    const head = new Uint8Array(10)
    head[0] = BINARY
    head[1] = 127
    new DataView(head.buffer).setUint32(6, size)
    return head
  },
  after: NOTHING,
}

/** Bytes with their frame around them. */
export const framed = (framing: Framing, bytes: Uint8Array): Uint8Array => {
  const before = framing.before(bytes.length)
  const all = new Uint8Array(before.length + bytes.length + framing.after.length)
  all.set(before)
  all.set(bytes, before.length)
  all.set(framing.after, before.length + bytes.length)
  return all
}
