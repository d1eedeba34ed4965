import { misuse } from './errors.ts'

/**
 * HMAC-SHA256, synchronously: 32 bytes.
 *
 * In Node: `(key, message) => createHmac('sha256', key).update(message).digest()`.
 */
export type HmacSha256 = (key: Uint8Array, message: Uint8Array) => Uint8Array

/** What the handshake takes from its surroundings. */
export interface HandshakeCrypto {
  /** Without it only the plain form is spoken. */
  readonly hmacSha256?: HmacSha256
  /** `count` unpredictable bytes (they tell the two ends apart; nothing secret hangs on them). */
  randomBytes(count: number): Uint8Array
}

/** Fills `target[start, end)` with random bytes. @throws UsageError `HANDSHAKE_RANDOM_SHORT` */
export const fillRandom = (crypto: HandshakeCrypto, target: Uint8Array, start: number, end: number): void => {
  const random = crypto.randomBytes(end - start)
  if (random.length !== end - start)
    throw misuse(
      'HANDSHAKE_RANDOM_SHORT',
      `randomBytes(${end - start}) returned ${random.length} bytes`,
      'crypto.randomBytes',
    )
  target.set(random, start)
}

/** Whether two ranges are equal, in a time that depends on `count` alone. */
export const equalBytes = (
  a: Uint8Array,
  aStart: number,
  b: Uint8Array,
  bStart: number,
  count: number,
): boolean => {
  let difference = 0
  for (let i = 0; i < count; i++) difference |= (a[aStart + i] ?? 256) ^ (b[bStart + i] ?? 512)
  return difference === 0
}
