/** MD5 of a text's UTF-8 bytes, given from outside (`node:crypto` in Node). 16 bytes. */
export type Md5 = (text: string) => Uint8Array

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Bytes as base64 with padding. */
export const toBase64 = (bytes: Uint8Array): string => {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const [a = 0, b = 0, c = 0] = bytes.subarray(at, at + 3)
    const bits = (a << 16) | (b << 8) | c
    const digits = [18, 12, 6, 0].map((shift) => BASE64.charAt((bits >> shift) & 63))
    const padding = Math.max(0, at + 3 - bytes.length)
    text += digits.slice(0, 4 - padding).join('') + '='.repeat(padding)
  }
  return text
}

/** Bytes as lower-case hex. */
export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
