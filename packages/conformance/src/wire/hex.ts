/** Bytes from hexadecimal text; spaces and line breaks between them are for the eye. */
export const bytesOf = (hex: string): Uint8Array<ArrayBuffer> => {
  const digits = hex.replace(/[\s|]/g, '')
  const bytes = new Uint8Array(digits.length / 2)
  for (let index = 0; index < bytes.length; index++)
    bytes[index] = Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16)
  return bytes
}

/** Hexadecimal text of bytes, the first `limit` of them. */
export const hexOf = (bytes: Uint8Array, limit: number = bytes.length): string => {
  let text = ''
  for (const byte of bytes.subarray(0, limit)) text += byte.toString(16).padStart(2, '0')
  return bytes.length > limit ? `${text}… (${bytes.length} bytes)` : text
}

/** Whether both hold the same bytes. */
export const sameBytes = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, index) => byte === other[index])

/** Whether these bytes stand somewhere in others. */
export const holds = (whole: Uint8Array, part: Uint8Array): boolean =>
  whole.some((_, at) => part.every((byte, index) => whole[at + index] === byte))

/** All pieces one after the other. */
export const joined = (...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => joinedAll(pieces)

/** The same for any number of pieces. */
export const joinedAll = (pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
