import { fromHex, hmacSha256, sha256, toHex } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import {
  CLIENT_KEYS,
  type DigestSchema,
  digestPosition,
  findDigest,
  isSignedResponse,
  SERVER_KEYS,
  signPacket,
  signResponse,
} from '../src/index.ts'
import { PACKET_SIZE } from '../src/wire.ts'

/** The packet of the specification's digest vectors: FFmpeg's version, and bytes that count up in steps of seven. */
const unsigned = (): Uint8Array => {
  const packet = Uint8Array.from({ length: PACKET_SIZE }, (_, i) => (7 * (i - 8) + 3) % 256)
  packet.set(fromHex('00000000 09007c02'))
  return packet
}
const counted = (step: number, start: number): Uint8Array =>
  Uint8Array.from({ length: PACKET_SIZE }, (_, i) => (step * i + start) % 256)

const vectors = [
  {
    schema: 0 as DigestSchema,
    position: 1014,
    c1: 'fc06731657ba2c11fcfe90748216036bc49d37c55382b909294ba9a8bf60adf8',
    signedC1: 'b91923d41bfbd72c60ce3de739bafebf60166d0cf77b625abc8b8de6dc4d1a3f',
    s2: 'e685bf00bdc97812a2e753b1442af80ca494653b993ea8de0b6f049c1383267b',
    s1: '918a79a1e3a35911bbc7a01c296bc9b6018c51713693fec69ae21be5055eb85d',
    c2: '0de30441e3a5d20a5088d5c9b511ccd21ffab5f031ac3545ac27bb50c9dafd95',
  },
  {
    schema: 1 as DigestSchema,
    position: 66,
    c1: '3dfcbea3f0f8a6eb3097072f48c98a27553d36493eb56c20b853c1ef74aef093',
    signedC1: '91be4e8e371e33082ec9e63ace5c9e0b8d79f7feb628bd9470be2effba025bbb',
    s2: 'd63ee45a488bd70ff3fe1227f733425d48e6809b412cc2cb05324b69d1ecd7db',
    s1: 'f8e8ecce682583559352ac82156a6d8d7527aa994aac161589199fbd8e6babe1',
    c2: '985dfe81d719081811dc30ffe401445df3a924e58cca944cd51050e4adcae35a',
  },
]

test.each(vectors)('digests of schema $schema', (vector) => {
  const { schema } = vector
  const c1 = unsigned()
  expect(digestPosition(c1, schema)).toBe(vector.position)
  const c1Digest = signPacket(c1, schema, CLIENT_KEYS, hmacSha256)
  expect(toHex(c1Digest)).toBe(vector.c1)
  expect(toHex(sha256(c1))).toBe(vector.signedC1)
  expect(findDigest(c1, CLIENT_KEYS, hmacSha256)).toEqual({ schema, digest: c1Digest })
  expect(findDigest(c1, CLIENT_KEYS, hmacSha256, 1)).toEqual({ schema, digest: c1Digest })
  expect(findDigest(c1, SERVER_KEYS, hmacSha256)).toBeUndefined()

  const s2 = counted(5, 1)
  signResponse(s2, c1Digest, SERVER_KEYS, hmacSha256)
  expect(toHex(s2.subarray(1504))).toBe(vector.s2)
  expect(isSignedResponse(s2, c1Digest, SERVER_KEYS, hmacSha256)).toBe(true)

  const s1 = unsigned()
  const s1Digest = signPacket(s1, schema, SERVER_KEYS, hmacSha256)
  expect(toHex(s1Digest)).toBe(vector.s1)
  const c2 = counted(11, 2)
  signResponse(c2, s1Digest, CLIENT_KEYS, hmacSha256)
  expect(toHex(c2.subarray(1504))).toBe(vector.c2)

  for (const flipped of [0, 31]) {
    const damaged = c1.slice()
    damaged[vector.position + flipped] = (damaged[vector.position + flipped] as number) ^ 1
    expect(findDigest(damaged, CLIENT_KEYS, hmacSha256)).toBeUndefined()
    const wrong = s2.slice()
    wrong[1504 + flipped] = (wrong[1504 + flipped] as number) ^ 0x80
    expect(isSignedResponse(wrong, c1Digest, SERVER_KEYS, hmacSha256)).toBe(false)
  }
})

test('no offset field leads beyond the packet', () => {
  for (let sum = 0; sum <= 4 * 255; sum++) {
    const packet = new Uint8Array(PACKET_SIZE)
    for (const at of [8, 772]) {
      const field = [0, 1, 2, 3].map((i) => Math.max(0, Math.min(255, sum - i * 255)))
      packet.set(field, at)
    }
    const [first, second] = [digestPosition(packet, 0), digestPosition(packet, 1)]
    expect(first).toBe(776 + (sum % 728))
    expect(second).toBe(12 + (sum % 728))
    expect(first + 32).toBeLessThanOrEqual(PACKET_SIZE)
    expect(second + 32).toBeLessThanOrEqual(772)
  }
})
