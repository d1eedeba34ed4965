import { CLIENT_KEYS, findDigest, isSignedResponse, SERVER_KEYS, signPacket } from '@rtmp/handshake'
import { check, fail, notApplicable } from '../case/verdict.ts'
import { command } from '../wire/commands.ts'
import { messageChunks } from '../wire/chunk-bytes.ts'
import { hexOf, joined, sameBytes } from '../wire/hex.ts'
import { videoFrame } from '../wire/media.ts'
import type { WirePeer } from '../wire/wire-peer.ts'
import { hmacSha256 as hmac } from '../node/crypto.ts'
import { measureMemory } from '../node/memory.ts'
import { plainC1, serverCase, type ServerTest } from './server-test.ts'

const randomBytes = (count: number): Uint8Array => plainC1().subarray(0, count)

const C0 = Uint8Array.of(3)

/** The C1 of the vectors in docs/wire/rtmp.md §1.5, signed in this schema. */
const digestC1 = (schema: 0 | 1): { packet: Uint8Array; digest: Uint8Array } => {
  const packet = new Uint8Array(1536)
  packet.set([9, 0, 0x7c, 2], 4)
  for (let index = 0; index < 1528; index++) packet[8 + index] = (7 * index + 3) % 256
  signPacket(packet, schema, CLIENT_KEYS, hmac)
  const digest = findDigest(packet, CLIENT_KEYS, hmac, schema)?.digest ?? new Uint8Array()
  return { packet, digest }
}

const connectBytes = (t: ServerTest): Uint8Array =>
  messageChunks(command(0, 'connect', 1, t.properties()), 128)

/** S0, S1 and S2, or the case fails. */
const answers = async (
  t: ServerTest,
  peer: WirePeer,
): Promise<{ s0: number; s1: Uint8Array; s2: Uint8Array }> => {
  const bytes = await peer.take(3073, t.answerMs)
  if (bytes === undefined) return fail('3073 bytes of S0, S1 and S2', `${peer.rawBytes.length} bytes`)
  return { s0: bytes[0] ?? 0, s1: bytes.subarray(1, 1537), s2: bytes.subarray(1537) }
}

/** Finishes with this C2 and connects. */
const connects = async (t: ServerTest, peer: WirePeer, c2: Uint8Array): Promise<void> => {
  peer.raw(c2)
  peer.beginChunks()
  peer.raw(connectBytes(t))
  await t.result(peer, 1)
}

const version = (packet: Uint8Array): string => hexOf(packet.subarray(4, 8))

/** Says whether the answer is of the simple form: no version and an echo. */
const checkSimple = (c1: Uint8Array, s1: Uint8Array, s2: Uint8Array): void => {
  check(version(s1) === '00000000', 'a simple answer has zeros in S1[4..7]', version(s1))
  check(sameBytes(s2.subarray(8), c1.subarray(8)), 'S2 echoes C1[8..1535]', hexOf(s2.subarray(8), 16))
}

const digestCase = async (t: ServerTest, schema: 0 | 1): Promise<void> => {
  const { packet, digest } = digestC1(schema)
  const peer = await t.open()
  peer.raw(C0, packet)
  const { s1, s2 } = await answers(t, peer)
  const found = findDigest(s1, SERVER_KEYS, hmac, schema)
  if (version(s1) === '00000000') return
  check(
    found !== undefined,
    'a version in S1 comes with a valid digest',
    `no digest in S1, version ${version(s1)}`,
  )
  check(
    isSignedResponse(s2, digest, SERVER_KEYS, hmac),
    'S2 ends with the digest of C1’s digest',
    hexOf(s2.subarray(1504)),
  )
}

/** Cases about the handshake (RTMP 1.0 §5.2). */
export const handshakeCases = [
  serverCase('RTMP-HS-02b', async (t) => {
    const peer = await t.open()
    peer.raw(C0, plainC1())
    const { s1 } = await answers(t, peer)
    peer.beginChunks()
    peer.raw(s1, connectBytes(t))
    await t.result(peer, 1)
  }),
  serverCase('RTMP-HS-02c', async (t) => {
    const peer = await t.open()
    peer.raw(t.opening(connectBytes(t)))
    await answers(t, peer)
    peer.beginChunks()
    await t.result(peer, 1)
  }),
  serverCase('RTMP-HS-03a', async (t) => {
    const peer = await t.open()
    peer.raw(C0, plainC1().subarray(0, 1535))
    await peer.until(() => peer.rawBytes.length > 1537, t.quietMs)
    check(peer.rawBytes.length <= 1537, 'no byte of S2 before C1 is whole', `${peer.rawBytes.length} bytes`)
  }),
  serverCase('RTMP-HS-03b', async (t) => {
    const peer = await t.open()
    peer.raw(C0, plainC1())
    await answers(t, peer)
    await peer.until(() => peer.rawBytes.length > 0, t.quietMs)
    check(peer.rawBytes.length === 0, 'nothing after S2 until C2 is whole', hexOf(peer.rawBytes, 32))
  }),
  serverCase('RTMP-HS-04a', async (t) => {
    const peer = await t.open()
    const drip = async (bytes: Uint8Array): Promise<void> => {
      for (let at = 0; at < bytes.length; at++) {
        peer.raw(bytes.subarray(at, at + 1))
        if (at % 64 === 63) await t.pause(1)
      }
    }
    await drip(joined(C0, plainC1()))
    const { s1 } = await answers(t, peer)
    peer.beginChunks()
    await drip(joined(s1, connectBytes(t)))
    await t.result(peer, 1)
  }),
  serverCase('RTMP-HS-04c', async (t) => {
    const peer = await t.open()
    peer.raw(C0, plainC1())
    const { s1 } = await answers(t, peer)
    const bytes = connectBytes(t)
    peer.beginChunks()
    peer.raw(s1.subarray(0, 1535))
    await t.pause(50)
    peer.raw(s1.subarray(1535), bytes.subarray(0, 1))
    await t.pause(50)
    peer.raw(bytes.subarray(1))
    await t.result(peer, 1)
  }),
  serverCase('RTMP-HS-05a', async (t) => {
    const peer = await t.open()
    const bytes = joined(C0, plainC1())
    const limit = t.profile.claimed.handshakeMs + 2000
    const began = performance.now()
    for (let at = 0; peer.ended === undefined && performance.now() - began < limit; at++) {
      peer.raw(bytes.subarray(at, at + 1))
      if (at === 2) await t.other()
      await peer.until(() => peer.ended !== undefined, Math.min(1000, limit / 10))
    }
    check(
      peer.ended !== undefined,
      `the handshake ends within ${limit / 1000} s however it trickles`,
      'it is still open',
    )
  }),
  serverCase('RTMP-HS-05b', async (t) => {
    const peer = await t.handshake()
    await t.closed(peer, t.profile.claimed.connectMs + 2000)
  }),
  serverCase(
    'RTMP-HS-06',
    async (t) => {
      const memory = measureMemory(t.profile.pid)
      for (let opened = 0; opened < 500; opened++) (await t.open()).raw(C0, new Uint8Array(100))
      await t.other()
      await t.pause(Math.min(5000, t.quietMs * 5))
      memory.grewLessThan(10)
    },
    { alone: true },
  ),
  serverCase('RTMP-HS-07', async (t) => {
    const peer = await t.open()
    peer.raw(C0, plainC1())
    const { s0 } = await answers(t, peer)
    check(s0 === 3, 'S0 = 3', `S0 = ${s0}`)
  }),
  serverCase('RTMP-HS-08', async (t) => {
    for (const asked of [4, 5, 0x1f]) {
      const peer = await t.open()
      peer.raw(Uint8Array.of(asked), plainC1())
      await peer.until(() => peer.rawBytes.length > 0 || peer.ended !== undefined, t.answerMs)
      const s0 = peer.rawBytes[0]
      check(
        s0 === undefined ? peer.ended !== undefined : s0 === 3,
        'S0 = 3, or the end',
        `S0 = ${s0} for C0 = ${asked}`,
      )
    }
  }),
  serverCase('RTMP-HS-09a', async (t) => {
    const peer = await t.open()
    peer.raw(new TextEncoder().encode(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(1950)}\r\n\r\n`))
    await t.closed(peer)
    check(peer.bytesReceived === 0, 'not a byte for a text protocol', hexOf(peer.rawBytes, 32))
  }),
  serverCase('RTMP-HS-09b', async (t) => {
    const peer = await t.open()
    peer.raw(joined(Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3), randomBytes(506)))
    await t.closed(peer, t.profile.claimed.handshakeMs + 2000)
  }),
  serverCase('RTMP-HS-12', async (t) => {
    const peer = await t.open()
    const c1 = plainC1(0, 0x09007c02)
    peer.raw(C0, c1)
    const { s1, s2 } = await answers(t, peer)
    checkSimple(c1, s1, s2)
  }),
  serverCase('RTMP-HS-13', async (t) => {
    const seen: Uint8Array[] = []
    for (let round = 0; round < 2; round++) {
      const peer = await t.open()
      const c1 = plainC1()
      peer.raw(C0, c1)
      const { s1 } = await answers(t, peer)
      const random = s1.subarray(8)
      check(!sameBytes(random, c1.subarray(8)), 'S1 differs from C1', 'it is a copy')
      check(
        random.some((byte) => byte !== random[0]),
        'random bytes in S1',
        `all are ${random[0]}`,
      )
      for (const other of seen)
        check(!sameBytes(random, other), 'S1 differs from session to session', 'it is the same')
      seen.push(random)
    }
  }),
  serverCase('RTMP-HS-14a', async (t) => {
    const peer = await t.open()
    const c1 = plainC1(0x12345678)
    peer.raw(C0, c1)
    const { s2 } = await answers(t, peer)
    check(hexOf(s2.subarray(0, 4)) === '12345678', 'S2 carries C1’s time', hexOf(s2.subarray(0, 4)))
    check(
      sameBytes(s2.subarray(8), c1.subarray(8)),
      'S2 carries C1’s random bytes',
      hexOf(s2.subarray(8), 16),
    )
  }),
  serverCase('RTMP-HS-15a', async (t) => {
    const peer = await t.open()
    peer.raw(C0, plainC1())
    await answers(t, peer)
    await connects(t, peer, randomBytes(1536))
  }),
  serverCase('RTMP-HS-17a', async (t) => {
    for (let seed = 1; seed <= 100; seed++) {
      const peer = await t.handshake()
      let state = seed * 2654435761
      peer.raw(
        Uint8Array.from({ length: 65536 }, () => {
          state = (Math.imul(state, 1664525) + 1013904223) >>> 0
          return state >>> 24
        }),
      )
      // Random bytes may well begin a message that goes on for megabytes: not ended then, but waiting.
      await peer.until(() => peer.ended !== undefined, 50)
      peer.link.reset()
    }
    await t.other()
  }),
  serverCase('RTMP-HS-17b', async (t) => {
    const peer = await t.handshake()
    peer.raw(new Uint8Array(65536))
    await peer.until(() => peer.ended !== undefined, t.quietMs)
    await t.other()
  }),
  serverCase('RTMP-HS-18', async (t) => {
    const pub = await t.publish()
    pub.peer.send({ typeId: 5, payload: Uint8Array.of(0, 0, 0x27, 0x10) })
    pub.sendHeaders()
    for (let sent = 0; sent < 8; sent++) pub.sendVideo(videoFrame(5000, sent === 0), sent * 40)
    const message = await pub.peer.next(({ typeId }) => typeId === 3, t.answerMs)
    if (message === undefined) return fail('an acknowledgement', 'none came for four windows')
    const value = new DataView(message.payload.buffer, message.payload.byteOffset).getUint32(0)
    const sent = pub.peer.bytesSent
    check(value > 0 && value <= sent, `a count of bytes so far, at most ${sent}`, String(value))
  }),
  serverCase('RTMP-HS-20a', (t) => digestCase(t, 0)),
  serverCase('RTMP-HS-20b', (t) => digestCase(t, 1)),
  serverCase('RTMP-HS-20c', async (t) => {
    const { packet } = digestC1(1)
    const c1 = packet.map((byte, index) => (index === 66 ? byte ^ 1 : byte))
    const peer = await t.open()
    peer.raw(C0, c1)
    const { s1, s2 } = await answers(t, peer)
    checkSimple(c1, s1, s2)
  }),
  serverCase('RTMP-HS-21', async (t) => {
    for (const schema of [0, 1] as const) {
      const peer = await t.open()
      peer.raw(C0, digestC1(schema).packet)
      const { s1 } = await answers(t, peer)
      if (version(s1) === '00000000') return notApplicable('the server has no digest handshake')
      const found = findDigest(s1, SERVER_KEYS, hmac, schema)
      check(found?.schema === schema, `a digest in the client’s schema ${schema}`, `schema ${found?.schema}`)
    }
  }),
  serverCase('RTMP-HS-22', async (t) => {
    const peer = await t.open()
    peer.raw(C0, digestC1(1).packet)
    const { s1 } = await answers(t, peer)
    await connects(t, peer, s1)
  }),
]
