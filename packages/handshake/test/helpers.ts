import { hmacSha256, SeededRandom } from '@rtmp/testkit'
import type { HandshakeCrypto } from '../src/index.ts'

/** Random bytes from a seed, and HMAC unless told otherwise. */
export const crypto = (seed: number, hmac = true): HandshakeCrypto => {
  const random = new SeededRandom(seed)
  const randomBytes = (count: number): Uint8Array => random.bytes(count)
  return hmac ? { randomBytes, hmacSha256 } : { randomBytes }
}

/** Random bytes that were noted before, one answer after the other. */
export const replay = (...answers: readonly Uint8Array[]): HandshakeCrypto => {
  const rest = [...answers]
  return { hmacSha256, randomBytes: (count) => (rest.shift() as Uint8Array).slice(0, count) }
}

/** What a call threw. */
export const failureOf = (run: () => unknown): { name?: string; code?: string; offset?: number } => {
  try {
    run()
  } catch (error) {
    return error as { name?: string; code?: string; offset?: number }
  }
  return {}
}
