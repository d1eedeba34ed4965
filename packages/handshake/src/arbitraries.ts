/**
 * fast-check arbitraries of handshakes, for testing other implementations too.
 *
 * @packageDocumentation
 */
import fc from 'fast-check'
import type { HmacSha256 } from './crypto.ts'
import { CLIENT_KEYS, type DigestSchema, signPacket } from './digest.ts'
import { PACKET_SIZE, RTMP_VERSION, writeU32 } from './wire.ts'

/** All that a client sends before it knows anything of the server: C0, C1, some C2, and the first chunks. */
export interface ClientFlight {
  /** C0, C1, C2 and `rest`, in one piece. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The schema of C1 when it is signed. */
  readonly schema: DigestSchema | undefined
  /** What stands behind C2. */
  readonly rest: Uint8Array
}

/** C1 in the plain form: any time, zeros, any bytes. */
export const plainPackets = (): fc.Arbitrary<Uint8Array<ArrayBuffer>> =>
  fc.tuple(fc.nat({ max: 0xffff_ffff }), randomFields()).map(([time, random]) => packet(time, 0, random))

/** C1 in the digest form, signed by the client's key. */
export const signedPackets = (
  hmac: HmacSha256,
): fc.Arbitrary<{ packet: Uint8Array<ArrayBuffer>; schema: DigestSchema }> =>
  fc
    .tuple(
      fc.nat({ max: 0xffff_ffff }),
      fc.integer({ min: 1, max: 0xffff_ffff }),
      randomFields(),
      fc.constantFrom<DigestSchema>(0, 1),
    )
    .map(([time, version, random, schema]) => {
      const signed = packet(time, version, random)
      signPacket(signed, schema, CLIENT_KEYS, hmac)
      return { packet: signed, schema }
    })

/** Handshakes of clients that do not wait for the server. */
export const clientFlights = (hmac: HmacSha256): fc.Arbitrary<ClientFlight> =>
  fc
    .tuple(
      fc.oneof(
        plainPackets().map((plain) => ({ packet: plain, schema: undefined })),
        signedPackets(hmac),
      ),
      randomFields(),
      fc.uint8Array({ maxLength: 40 }),
    )
    .map(([{ packet: c1, schema }, c2, rest]) => {
      const bytes = new Uint8Array(1 + 2 * PACKET_SIZE + rest.length)
      bytes[0] = RTMP_VERSION
      bytes.set(c1, 1)
      bytes.set(c2, 1 + PACKET_SIZE)
      bytes.set(rest, 1 + 2 * PACKET_SIZE)
      return { bytes, schema, rest }
    })

/** 1528 bytes that differ from one another, from few choices so that counterexamples shrink well. */
const randomFields = (): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(fc.nat({ max: 255 }), fc.nat({ max: 255 }))
    .map(([start, step]) => Uint8Array.from({ length: PACKET_SIZE - 8 }, (_, i) => start + i * (step | 1)))

const packet = (time: number, version: number, random: Uint8Array): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(PACKET_SIZE)
  writeU32(bytes, 0, time)
  writeU32(bytes, 4, version)
  bytes.set(random, 8)
  return bytes
}
