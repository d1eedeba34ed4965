import { createHash, createHmac } from 'node:crypto'
import { hmacSha256, SeededRandom, sha256, toHex } from '@rtmp/testkit'
import { expect, test } from 'vitest'

test('the HMAC that browser tests use is the HMAC of Node', () => {
  const random = new SeededRandom(1)
  for (let length = 0; length < 200; length++) {
    const [key, message] = [random.bytes(length), random.bytes(length * 3)]
    expect(toHex(sha256(message))).toBe(createHash('sha256').update(message).digest('hex'))
    expect(toHex(hmacSha256(key, message))).toBe(createHmac('sha256', key).update(message).digest('hex'))
  }
})
