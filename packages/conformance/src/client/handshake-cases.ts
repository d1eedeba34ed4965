import {
  CLIENT_KEYS,
  findDigest,
  isSignedResponse,
  SERVER_KEYS,
  signPacket,
  signResponse,
} from '@rtmp/handshake'
import { check, fail, inconclusive, notApplicable } from '../case/verdict.ts'
import { hmacSha256 } from '../node/crypto.ts'
import { hexOf, joined, sameBytes } from '../wire/hex.ts'
import { type ClientTest, clientCase } from './client-test.ts'
import { plainAnswer, ServerSide } from './server-side.ts'

/** The client gets as far as a working session when the handshake is answered so. */
const worksAfter = async (t: ClientTest, handshake: (c1: Uint8Array) => Uint8Array): Promise<ServerSide> => {
  const side = await t.serve(undefined, { handshake })
  await t.works(side)
  return side
}

const firstC1 = async (t: ClientTest): Promise<Uint8Array> => {
  const first = await (await t.start()).take(1537, t.answerMs)
  return first?.subarray(1) ?? fail('C0 and C1', 'they did not come')
}

const signed = (c1: Uint8Array, schema: 0 | 1): Uint8Array => {
  const digest = findDigest(c1, CLIENT_KEYS, hmacSha256)?.digest
  if (digest === undefined) return notApplicable('the client’s C1 has no digest')
  const s1 = plainAnswer(c1).slice(1, 1537)
  s1.set([3, 5, 1, 1], 4)
  signPacket(s1, schema, SERVER_KEYS, hmacSha256)
  const s2 = plainAnswer(c1).slice(1, 1537)
  signResponse(s2, digest, SERVER_KEYS, hmacSha256)
  return joined(Uint8Array.of(3), s1, s2)
}

/** Cases about a client's handshake. */
export const clientHandshakeCases = [
  clientCase('RTMP-HS-01', async (t) => {
    const peer = await t.start()
    const got = await peer.until(() => peer.rawBytes.length >= 1537, t.answerMs)
    check(got, '1537 bytes', `${peer.rawBytes.length} bytes`)
    await t.pause(t.quietMs)
    check(
      peer.rawBytes.length === 1537 && peer.rawBytes[0] === 3,
      '03 and C1, and nothing more',
      `${peer.rawBytes.length} bytes from ${peer.rawBytes[0]}`,
    )
  }),
  clientCase('RTMP-HS-02a', async (t) => {
    const peer = await t.start()
    const first = await peer.take(1537, t.answerMs)
    if (first === undefined) return fail('C0 and C1', 'they did not come')
    const answer = plainAnswer(first.subarray(1))
    peer.raw(answer.subarray(0, 1537))
    await peer.until(() => peer.rawBytes.length > 1536, t.quietMs)
    check(peer.rawBytes.length <= 1536, 'nothing but C2 before S2 is whole', `${peer.rawBytes.length} bytes`)
  }),
  clientCase('RTMP-HS-04b', async (t) => {
    const peer = await t.start()
    const first = await peer.take(1537, t.answerMs)
    if (first === undefined) return fail('C0 and C1', 'they did not come')
    const answer = plainAnswer(first.subarray(1))
    for (let at = 0; at < answer.length; at++) {
      peer.raw(answer.subarray(at, at + 1))
      if (at % 64 === 63) await t.pause(1)
    }
    check((await peer.take(1536, t.answerMs)) !== undefined, 'C2', 'it did not come')
    peer.beginChunks()
    const asked = await peer.until(() => peer.messages.some(({ typeId }) => typeId === 20), t.answerMs)
    check(asked, 'connect', 'it did not come')
  }),
  clientCase('RTMP-HS-05c', async (t) => t.leaves(await t.start(), 60_000), { slow: true }),
  clientCase('RTMP-HS-10', async (t) => {
    const peer = await t.start()
    const first = await peer.take(1537, t.answerMs)
    if (first === undefined) return fail('C0 and C1', 'they did not come')
    peer.raw(plainAnswer(first.subarray(1), { version: 6 }))
    await t.leaves(peer)
    check(peer.rawBytes.length <= 1536, 'no connect after another version', `${peer.rawBytes.length} bytes`)
  }),
  clientCase('RTMP-HS-11', async (t) => {
    const c1 = await firstC1(t)
    const zero = c1.subarray(4, 8).every((byte) => byte === 0)
    check(
      zero || findDigest(c1, CLIENT_KEYS, hmacSha256) !== undefined,
      'zeros in C1[4..7], or a valid digest',
      hexOf(c1, 12),
    )
  }),
  clientCase('RTMP-HS-13', async (t) => {
    const random = (await firstC1(t)).subarray(8)
    check(
      random.some((byte) => byte !== random[0]),
      'random bytes in C1',
      `all are ${random[0]}`,
    )
  }),
  clientCase('RTMP-HS-14b', async (t) => {
    let s1: Uint8Array = new Uint8Array()
    const side = await t.serve(undefined, {
      handshake: (c1) => {
        const answer = plainAnswer(c1, { time: 0x01020304 })
        s1 = answer.subarray(1, 1537)
        return answer
      },
    })
    check(hexOf(side.c2.subarray(0, 4)) === '01020304', 'C2 carries S1’s time', hexOf(side.c2, 8))
    check(
      sameBytes(side.c2.subarray(8), s1.subarray(8)),
      'C2 carries S1’s random bytes',
      hexOf(side.c2.subarray(8), 8),
    )
  }),
  clientCase('RTMP-HS-15b', async (t) => {
    await worksAfter(t, (c1) => plainAnswer(c1.map((byte) => byte ^ 0x5a)))
  }),
  clientCase('RTMP-HS-16', async (t) => {
    await worksAfter(t, (c1) => {
      const answer = plainAnswer(c1)
      answer.set([0xff, 0xff, 0xff, 0xff], 1541)
      return answer
    })
  }),
  clientCase('RTMP-HS-23a', async (t) => {
    let s1: Uint8Array = new Uint8Array()
    const side = await worksAfter(t, (c1) => {
      if (c1.subarray(4, 8).every((byte) => byte === 0)) notApplicable('the client’s C1 has no digest')
      const answer = plainAnswer(c1)
      s1 = answer.subarray(1, 1537)
      return answer
    })
    check(sameBytes(side.c2, s1), 'C2 is an echo of S1', hexOf(side.c2, 16))
  }),
  clientCase('RTMP-HS-23b', async (t) => {
    let digest: Uint8Array = new Uint8Array()
    let s1: Uint8Array = new Uint8Array()
    const side = await worksAfter(t, (c1) => {
      const answer = signed(c1, 1)
      s1 = answer.subarray(1, 1537)
      digest = findDigest(s1, SERVER_KEYS, hmacSha256)?.digest ?? inconclusive('our digest')
      return answer
    })
    const right = sameBytes(side.c2, s1) || isSignedResponse(side.c2, digest, CLIENT_KEYS, hmacSha256)
    check(right, 'C2 is an echo of S1, or signed', hexOf(side.c2, 16))
  }),
]
