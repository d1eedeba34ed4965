import { checkRange, illegal } from './errors.ts'
import { MAX_CHUNK_SIZE, MAX_U32, readU32, writeU32 } from './wire.ts'

/**
 * Bodies of the protocol control messages (RTMP 1.0 §5.4). All are sent on csid 2, message stream 0.
 *
 *   type  message                  body
 *    1    Set Chunk Size           u32: bit 31 zero, size 1 to 0x7fffffff
 *    2    Abort                    u32: csid
 *    3    Acknowledgement          u32: bytes received so far, modulo 2³²
 *    5    Window Ack Size          u32: bytes
 *    6    Set Peer Bandwidth       u32: bytes | u8: 0 hard, 1 soft, 2 dynamic
 *
 * A body may be longer than its fields (the surplus is ignored), never shorter.
 */
const U32_BODY = 4

/** How a Set Peer Bandwidth message wants its window understood (RTMP 1.0 §5.4.5); the wire's 0, 1 and 2. */
export const PeerBandwidthLimitType = ['hard', 'soft', 'dynamic'] as const
/** One of the three: a window to keep to, one that may only shrink, or either, by what came before. */
export type PeerBandwidthLimitType = (typeof PeerBandwidthLimitType)[number]

/** What a Set Peer Bandwidth message asks for. */
export interface PeerBandwidth {
  /** Bytes the receiver may have unacknowledged. */
  readonly windowAckSize: number
  /** The limit type, or its number when it is none of the known three; such a message is to be ignored. */
  readonly limitType: PeerBandwidthLimitType | number
}

const encodeU32 = (value: number, path: string, least = 0, most = MAX_U32): Uint8Array<ArrayBuffer> => {
  checkRange(value, least, most, path)
  const body = new Uint8Array(U32_BODY)
  writeU32(body, 0, value)
  return body
}

const decodeU32 = (body: Uint8Array, offset = 0): number => {
  if (body.length < U32_BODY)
    throw illegal(
      'CHUNK_CONTROL_TOO_SHORT',
      `a control message of ${body.length} bytes, 4 are needed`,
      offset + body.length,
    )
  return readU32(body, 0)
}

/**
 * Body of a Set Chunk Size message (RTMP 1.0 §5.4.1).
 *
 * @param size - Largest chunk payload we will send from the next chunk on, in bytes: 1 to 0x7fffffff. Values above
 *   0xffffff gain nothing, since no message is longer; values below 128 are refused by some servers.
 * @throws UsageError `CHUNK_FIELD_OUT_OF_RANGE`
 */
export const encodeSetChunkSize = (size: number): Uint8Array<ArrayBuffer> =>
  encodeU32(size, 'size', 1, MAX_CHUNK_SIZE)

/**
 * The chunk size in the body of a Set Chunk Size message, 1 to 0x7fffffff.
 *
 * @param offset - Where the body stands in its stream, for errors.
 * @throws DecodeError `CHUNK_SIZE_INVALID` (0, or bit 31 set), `CHUNK_CONTROL_TOO_SHORT`
 */
export const decodeSetChunkSize = (body: Uint8Array, offset = 0): number => {
  const size = decodeU32(body, offset)
  if (size === 0 || size > MAX_CHUNK_SIZE)
    throw illegal('CHUNK_SIZE_INVALID', `chunk size must be 1 to ${MAX_CHUNK_SIZE}, not ${size}`, offset)
  return size
}

/** Body of an Abort message (RTMP 1.0 §5.4.2). @throws UsageError `CHUNK_FIELD_OUT_OF_RANGE` */
export const encodeAbort = (csid: number): Uint8Array<ArrayBuffer> => encodeU32(csid, 'csid')

/** The csid in the body of an Abort message. @throws DecodeError `CHUNK_CONTROL_TOO_SHORT` */
export const decodeAbort = (body: Uint8Array, offset = 0): number => decodeU32(body, offset)

/**
 * Body of an Acknowledgement message (RTMP 1.0 §5.4.3).
 *
 * @param sequenceNumber - Bytes received so far, counted over the whole connection; taken modulo 2³².
 * @throws UsageError `CHUNK_FIELD_OUT_OF_RANGE` for what is not a whole number of bytes
 */
export const encodeAcknowledgement = (sequenceNumber: number): Uint8Array<ArrayBuffer> => {
  checkRange(sequenceNumber, 0, Number.MAX_SAFE_INTEGER, 'sequenceNumber')
  return encodeU32(sequenceNumber % 0x1_0000_0000, 'sequenceNumber')
}

/** The count in the body of an Acknowledgement message, modulo 2³². @throws DecodeError `CHUNK_CONTROL_TOO_SHORT` */
export const decodeAcknowledgement = (body: Uint8Array): number => decodeU32(body)

/** Body of a Window Acknowledgement Size message (RTMP 1.0 §5.4.4). @throws UsageError `CHUNK_FIELD_OUT_OF_RANGE` */
export const encodeWindowAckSize = (windowAckSize: number): Uint8Array<ArrayBuffer> =>
  encodeU32(windowAckSize, 'windowAckSize')

/**
 * The window in the body of a Window Acknowledgement Size message, in bytes; 0 is to be ignored.
 *
 * @throws DecodeError `CHUNK_CONTROL_TOO_SHORT`
 */
export const decodeWindowAckSize = (body: Uint8Array): number => decodeU32(body)

/**
 * Body of a Set Peer Bandwidth message (RTMP 1.0 §5.4.5).
 *
 * @param windowAckSize - Bytes, uint32.
 * @param limitType - One of the known three, or any number 0 to 255.
 * @throws UsageError `CHUNK_FIELD_OUT_OF_RANGE`
 */
export const encodeSetPeerBandwidth = (
  windowAckSize: number,
  limitType: PeerBandwidthLimitType | number = 'dynamic',
): Uint8Array<ArrayBuffer> => {
  const code = typeof limitType === 'number' ? limitType : PeerBandwidthLimitType.indexOf(limitType)
  checkRange(code, 0, 255, 'limitType')
  const body = new Uint8Array(U32_BODY + 1)
  body.set(encodeU32(windowAckSize, 'windowAckSize'))
  body[U32_BODY] = code
  return body
}

/**
 * What the body of a Set Peer Bandwidth message asks for. A body of four bytes, without limit type, counts as dynamic.
 *
 * @throws DecodeError `CHUNK_CONTROL_TOO_SHORT`
 */
export const decodeSetPeerBandwidth = (body: Uint8Array): PeerBandwidth => {
  const windowAckSize = decodeU32(body)
  const code = body[U32_BODY] ?? PeerBandwidthLimitType.indexOf('dynamic')
  return { windowAckSize, limitType: PeerBandwidthLimitType[code] ?? code }
}
