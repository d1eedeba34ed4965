import { createHash, createHmac } from 'node:crypto'

/** HMAC-SHA256, for the digest handshake. */
export const hmacSha256 = (key: Uint8Array, message: Uint8Array): Uint8Array =>
  Uint8Array.from(createHmac('sha256', key).update(message).digest())

/** MD5 of a text, for the authentication schemes of old. */
export const md5 = (text: string): Uint8Array => Uint8Array.from(createHash('md5').update(text).digest())
