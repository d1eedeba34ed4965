/**
 * The handshake (RTMP 1.0 §5.2): three packets each way.
 *
 *   client                       server
 *   C0(1) C1(1536)  ───────────▶
 *                   ◀───────────  S0(1) S1(1536) S2(1536)
 *   C2(1536)        ───────────▶
 *   chunks          ◀──────────▶  chunks
 *
 * C0, S0: version; 3 is RTMP, 6, 8 and 9 are RTMPE, 32 and above are forbidden so that text can be told apart.
 *
 * C1, S1, plain form               C2, S2, plain form
 *   0  4  time                       0  4  time of the peer's packet
 *   4  4  zero                       4  4  time at which it was read
 *   8  1528  random                  8  1528  its random bytes
 *
 * Most peers send the whole of the peer's packet back as their second, so this package does.
 */

/** Bytes of C1, C2, S1 and S2. */
export const PACKET_SIZE = 1536

/** Bytes that each side receives: version and two packets. */
export const HANDSHAKE_SIZE = 3073

/** The version we speak. */
export const RTMP_VERSION = 3

/** Versions from here on are forbidden (RTMP 1.0 §5.2.2). */
export const FIRST_FORBIDDEN_VERSION = 32

/** First byte of a TLS handshake record; the next is the major version, 3. As an RTMP version it is reserved. */
export const TLS_RECORD = 0x16

/** Writes four bytes, big-endian. */
export const writeU32 = (target: Uint8Array, at: number, value: number): void => {
  target[at] = value >>> 24
  target[at + 1] = value >>> 16
  target[at + 2] = value >>> 8
  target[at + 3] = value
}

/** Reads four bytes, big-endian. */
export const readU32 = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)) >>>
  0
