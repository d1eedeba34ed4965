import { fromHex, hmacSha256, readRepoJson, sha256, toHex } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import {
  CLIENT_KEYS,
  type DigestSchema,
  digestPosition,
  findDigest,
  isSignedResponse,
  PACKET_SIZE,
  SERVER_KEYS,
  signPacket,
  signResponse,
} from '../src/index.ts'

interface Vector {
  readonly name: string
  readonly schema: DigestSchema
  readonly position: number
  readonly c1Digest: string
  readonly signedC1Sha256: string
  readonly s2Key: string
  readonly s2Digest: string
  readonly s1Digest: string
  readonly c2Digest: string
}

const counted = (step: number, start: number): Uint8Array =>
  Uint8Array.from({ length: PACKET_SIZE }, (_, i) => (step * i + start) % 256)

/** The packet of the vectors: FFmpeg's version, and bytes that count up in steps of seven. */
const unsigned = (): Uint8Array => {
  const packet = Uint8Array.from({ length: PACKET_SIZE }, (_, i) => (7 * (i - 8) + 3) % 256)
  packet.set(fromHex('00000000 09007c02'))
  return packet
}

test('the keys', () => {
  expect(new TextDecoder().decode(CLIENT_KEYS.first)).toBe('Genuine Adobe Flash Player 001')
  expect(new TextDecoder().decode(SERVER_KEYS.first)).toBe('Genuine Adobe Flash Media Server 001')
  expect([CLIENT_KEYS.second.length, SERVER_KEYS.second.length]).toEqual([62, 68])
})

test.each(await readRepoJson<Vector[]>('vectors/handshake/digest.json'))('digests of $name', (vector) => {
  const { schema, position } = vector
  const c1 = unsigned()
  expect(digestPosition(c1, schema)).toBe(position)
  const c1Digest = signPacket(c1, schema, CLIENT_KEYS, hmacSha256)
  expect(toHex(c1Digest)).toBe(vector.c1Digest)
  expect(toHex(sha256(c1))).toBe(vector.signedC1Sha256)
  expect(findDigest(c1, CLIENT_KEYS, hmacSha256)).toEqual({ schema, digest: c1Digest })
  expect(findDigest(c1, CLIENT_KEYS, hmacSha256, 1)).toEqual({ schema, digest: c1Digest })
  expect(findDigest(c1, SERVER_KEYS, hmacSha256)).toBeUndefined()

  expect(toHex(hmacSha256(SERVER_KEYS.second, c1Digest))).toBe(vector.s2Key)
  const s2 = counted(5, 1)
  signResponse(s2, c1Digest, SERVER_KEYS, hmacSha256)
  expect(toHex(s2.subarray(1504))).toBe(vector.s2Digest)
  expect(isSignedResponse(s2, c1Digest, SERVER_KEYS, hmacSha256)).toBe(true)

  const s1 = unsigned()
  const s1Digest = signPacket(s1, schema, SERVER_KEYS, hmacSha256)
  expect(toHex(s1Digest)).toBe(vector.s1Digest)
  const c2 = counted(11, 2)
  signResponse(c2, s1Digest, CLIENT_KEYS, hmacSha256)
  expect(toHex(c2.subarray(1504))).toBe(vector.c2Digest)

  for (let byte = 0; byte < 32; byte += 31) {
    const damaged = c1.slice()
    damaged[position + byte] = (damaged[position + byte] as number) ^ 1
    expect(findDigest(damaged, CLIENT_KEYS, hmacSha256)).toBeUndefined()
    const wrong = s2.slice()
    wrong[1504 + byte] = (wrong[1504 + byte] as number) ^ 0x80
    expect(isSignedResponse(wrong, c1Digest, SERVER_KEYS, hmacSha256)).toBe(false)
  }
})

test('no offset field leads beyond the packet', () => {
  for (let sum = 0; sum <= 4 * 255; sum++) {
    const packet = new Uint8Array(PACKET_SIZE)
    const field = [0, 1, 2, 3].map((i) => Math.max(0, Math.min(255, sum - i * 255)))
    for (const at of [8, 772]) packet.set(field, at)
    expect(digestPosition(packet, 0)).toBe(776 + (sum % 728))
    expect(digestPosition(packet, 1)).toBe(12 + (sum % 728))
    expect(digestPosition(packet, 0) + 32).toBeLessThanOrEqual(PACKET_SIZE)
  }
})
