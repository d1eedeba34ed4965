const encoder = new TextEncoder()

/** Whether two texts are the same, in a time that does not tell where they differ. */
export const sameText = (a: string, b: string): boolean => {
  const left = encoder.encode(a)
  const right = encoder.encode(b)
  let difference = left.length ^ right.length
  for (let i = 0; i < left.length; i++)
    difference |= (left[i] as number) ^ (right[i % (right.length || 1)] ?? 0)
  return difference === 0
}

/** HMAC-SHA256 of texts with one secret. */
export class Signer {
  readonly #key: ReturnType<typeof crypto.subtle.importKey>

  constructor(secret: string) {
    this.#key = crypto.subtle.importKey(
      'raw',
      encoder.encode(secret),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    )
    this.#key.catch(() => {}) // told to whoever signs
  }

  /** 32 bytes. */
  async sign(text: string): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await crypto.subtle.sign('HMAC', await this.#key, encoder.encode(text)))
  }
}

/** Bytes as lower-case hex. */
export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
