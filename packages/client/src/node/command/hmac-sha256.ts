import { createHmac } from 'node:crypto'

/** HMAC-SHA256 of Node's own crypto, to tell a digest handshake from a plain one. */
export const hmacSha256 = (key: Uint8Array, message: Uint8Array): Uint8Array =>
  createHmac('sha256', key).update(message).digest()
