/** The bytes of a hex text; blanks and `|` may separate groups. */
export const fromHex = (hex: string): Uint8Array<ArrayBuffer> => {
  const digits = hex.replace(/[\s|]/g, '')
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits)) throw new Error(`not hex: ${hex.slice(0, 60)}`)
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16),
  )
}

/** Bytes as lower-case hex without separators. */
export const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
