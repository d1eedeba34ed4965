import { equalBytes, type HmacSha256 } from './crypto.ts'
import { PACKET_SIZE } from './wire.ts'

/**
 * The digest form: C1 and S1 hide a 32-byte HMAC, C2 and S2 end with one. Not in RTMP 1.0; came with Flash Player 9.
 *
 *   packet   time(4) | version(4), not zero | two blocks of 764 bytes, in the order of the schema
 *
 *              bytes 8–771    bytes 772–1535
 *   schema 0   key block      digest block
 *   schema 1   digest block   key block
 *
 *   digest block   offset field(4) | random | digest(32) | random
 *   key block      random | key(128) | random | offset field(4)      (of use to RTMPE only; here it is random)
 *
 * With sum = the four bytes of the offset field added up:
 *
 *              offset field    digest position          key's field   key position
 *   schema 0   772–775         sum mod 728 + 776        768–771       sum mod 632 + 8
 *   schema 1   8–11            sum mod 728 + 12         1532–1535     sum mod 632 + 772
 *
 * So no digest ends behind byte 1535. With P \ D for a packet without its digest:
 *
 *   C1 digest   HMAC(FP30, C1 \ D)        C2 bytes 1504–1535   HMAC(HMAC(FP62, S1 digest), C2[0, 1504))
 *   S1 digest   HMAC(FMS36, S1 \ D)       S2 bytes 1504–1535   HMAC(HMAC(FMS68, C1 digest), S2[0, 1504))
 */

/** Order of the two blocks in C1 and S1. */
export type DigestSchema = 0 | 1

/** Bytes of a digest. */
const DIGEST_SIZE = 32

/** Where the digest of a second packet begins. */
const RESPONSE_DIGEST_AT = PACKET_SIZE - DIGEST_SIZE

const OFFSET_FIELD_AT = [772, 8] as const
const FIRST_DIGEST_POSITION = [776, 12] as const
const DIGEST_POSITIONS = 728

const ascii = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0))

const TAIL = [
  0xf0, 0xee, 0xc2, 0x4a, 0x80, 0x68, 0xbe, 0xe8, 0x2e, 0x00, 0xd0, 0xd1, 0x02, 0x9e, 0x7e, 0x57, 0x6e, 0xec,
  0x5d, 0x2d, 0x29, 0x80, 0x6f, 0xab, 0x93, 0xb8, 0xe6, 0x36, 0xcf, 0xeb, 0x31, 0xae,
]

/** The two keys of one end: for its first packet, and, longer, for its second. */
export interface DigestKeys {
  /** FP30 of a client, FMS36 of a server. */
  readonly first: Uint8Array
  /** FP62 of a client, FMS68 of a server. */
  readonly second: Uint8Array
}

const keysOf = (text: string): DigestKeys => ({
  first: Uint8Array.from(ascii(text)),
  second: Uint8Array.from([...ascii(text), ...TAIL]),
})

/** FP30 and FP62: what clients sign with. */
export const CLIENT_KEYS: DigestKeys = keysOf('Genuine Adobe Flash Player 001')

/** FMS36 and FMS68: what servers sign with. */
export const SERVER_KEYS: DigestKeys = keysOf('Genuine Adobe Flash Media Server 001')

/** Where the digest of a C1 or S1 stands, by its own offset field: 776 to 1503 or 12 to 739. */
export const digestPosition = (packet: Uint8Array, schema: DigestSchema): number => {
  const at = OFFSET_FIELD_AT[schema]
  const sum =
    (packet[at] as number) +
    (packet[at + 1] as number) +
    (packet[at + 2] as number) +
    (packet[at + 3] as number)
  return (sum % DIGEST_POSITIONS) + FIRST_DIGEST_POSITION[schema]
}

const digestOf = (packet: Uint8Array, position: number, key: Uint8Array, hmac: HmacSha256): Uint8Array => {
  const rest = new Uint8Array(PACKET_SIZE - DIGEST_SIZE)
  rest.set(packet.subarray(0, position))
  rest.set(packet.subarray(position + DIGEST_SIZE), position)
  return hmac(key, rest)
}

/**
 * Puts the digest into a C1 or S1 whose other bytes are final, and returns a copy of it.
 *
 * @example
 * ```ts
 * const ownDigest = signPacket(s1, 0, SERVER_KEYS, hmacSha256)
 * ```
 */
export const signPacket = (
  packet: Uint8Array,
  schema: DigestSchema,
  keys: DigestKeys,
  hmac: HmacSha256,
): Uint8Array => {
  const position = digestPosition(packet, schema)
  const digest = digestOf(packet, position, keys.first, hmac)
  packet.set(digest, position)
  return packet.slice(position, position + DIGEST_SIZE)
}

/**
 * The valid digest of a C1 or S1 and its schema, or `undefined` when it has none.
 *
 * @example
 * ```ts
 * const found = findDigest(c1, CLIENT_KEYS, hmacSha256)
 * console.log(found === undefined ? 'plain' : `digest, schema ${found.schema}`)
 * ```
 *
 * @param first - The schema to try first.
 */
export const findDigest = (
  packet: Uint8Array,
  keys: DigestKeys,
  hmac: HmacSha256,
  first: DigestSchema = 0,
): { schema: DigestSchema; digest: Uint8Array } | undefined => {
  for (const schema of first === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
    const position = digestPosition(packet, schema)
    const digest = digestOf(packet, position, keys.first, hmac)
    if (equalBytes(digest, 0, packet, position, DIGEST_SIZE))
      return { schema, digest: packet.slice(position, position + DIGEST_SIZE) }
  }
  return undefined
}

/**
 * Puts the closing digest into a C2 or S2 whose first 1504 bytes are final.
 *
 * @param peerDigest - The digest of the first packet this one answers.
 */
export const signResponse = (
  packet: Uint8Array,
  peerDigest: Uint8Array,
  keys: DigestKeys,
  hmac: HmacSha256,
): void => packet.set(responseDigest(packet, peerDigest, keys, hmac), RESPONSE_DIGEST_AT)

/**
 * Whether a C2 or S2 is signed by the peer.
 *
 * @example
 * ```ts
 * const isFlash = isSignedResponse(c2, ownDigest, CLIENT_KEYS, hmacSha256)
 * ```
 *
 * @param ownDigest - The digest of our first packet, which it answers.
 */
export const isSignedResponse = (
  packet: Uint8Array,
  ownDigest: Uint8Array,
  keys: DigestKeys,
  hmac: HmacSha256,
): boolean =>
  equalBytes(responseDigest(packet, ownDigest, keys, hmac), 0, packet, RESPONSE_DIGEST_AT, DIGEST_SIZE)

const responseDigest = (
  packet: Uint8Array,
  answered: Uint8Array,
  keys: DigestKeys,
  hmac: HmacSha256,
): Uint8Array => hmac(hmac(keys.second, answered), packet.subarray(0, RESPONSE_DIGEST_AT))
