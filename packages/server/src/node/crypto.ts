import { createHmac, randomFillSync } from 'node:crypto'
import type { HandshakeCrypto } from '@rtmp/handshake'

/** Random bytes are drawn in portions of this size: one call for about forty handshakes. */
const POOL_BYTES = 65_536

let pool = new Uint8Array(0)
let used = 0

const randomBytes = (count: number): Uint8Array => {
  if (count > POOL_BYTES) return randomFillSync(new Uint8Array(count))
  if (used + count > pool.length) {
    pool = randomFillSync(new Uint8Array(POOL_BYTES))
    used = 0
  }
  const bytes = pool.slice(used, used + count)
  used += count
  return bytes
}

/** Randomness and HMAC-SHA256 for handshakes, from Node's own crypto. */
export const nodeCrypto: HandshakeCrypto = {
  hmacSha256: (key, message) => createHmac('sha256', key).update(message).digest(),
  randomBytes,
}
