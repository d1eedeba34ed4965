/**
 * A chunk stream reader of the plainest kind, for recorded conversations only. It shares no code with `@rtmp/chunk`, so
 * that what it reads can be compared with what that package reads.
 *
 *     basic header   2 bits fmt, 6 bits csid   (0: one more byte, csid 64 + it; 1: two more, little endian)
 *     message header 11 bytes (fmt 0), 7 (fmt 1), 3 (fmt 2), none (fmt 3)
 *                    timestamp or delta (3), length (3), type (1), message stream (4, little endian)
 *     extended time  4 bytes, when the 3-byte time is 0xffffff; again on fmt 3
 *     (RTMP 1.0 §5.3.1)
 */

/** One message of a recorded conversation. */
interface OracleMessage {
  readonly type: number
  readonly chunkStream: number
  readonly messageStream: number
  readonly timestamp: number
  readonly body: Buffer
}

/** Everything one side of a conversation said after its handshake. */
export interface OracleReading {
  readonly messages: readonly OracleMessage[]
  /** True when the bytes end inside a chunk or a message. */
  readonly truncated: boolean
}

interface ChunkStream {
  timestamp: number
  delta: number
  length: number
  type: number
  messageStream: number
  extended: boolean
  received: Buffer[]
  receivedBytes: number
}

const HANDSHAKE_BYTES = 1 + 1536 + 1536
const HEADER_BYTES = [11, 7, 3, 0] as const
const SET_CHUNK_SIZE = 1

function basicHeader(bytes: Buffer, at: number): { csid: number; size: number } {
  const low = bytes.readUInt8(at) & 63
  if (low === 0) return { csid: 64 + bytes.readUInt8(at + 1), size: 2 }
  if (low === 1) return { csid: 64 + bytes.readUInt16LE(at + 1), size: 3 }
  return { csid: low, size: 1 }
}

/** Reads one side of a conversation, from its first handshake byte on. */
export function readConversation(bytes: Buffer): OracleReading {
  const messages: OracleMessage[] = []
  const streams = new Map<number, ChunkStream>()
  let chunkSize = 128
  let at = HANDSHAKE_BYTES
  try {
    while (at < bytes.length) {
      const fmt = bytes.readUInt8(at) >> 6
      const { csid, size } = basicHeader(bytes, at)
      let next = at + size
      const stream = streams.get(csid) ?? {
        timestamp: 0,
        delta: 0,
        length: 0,
        type: 0,
        messageStream: 0,
        extended: false,
        received: [],
        receivedBytes: 0,
      }
      streams.set(csid, stream)
      let time = 0
      if (fmt < 3) {
        time = bytes.readUIntBE(next, 3)
        stream.extended = time === 0xffffff
        if (fmt < 2) {
          stream.length = bytes.readUIntBE(next + 3, 3)
          stream.type = bytes.readUInt8(next + 6)
        }
        if (fmt === 0) stream.messageStream = bytes.readUInt32LE(next + 7)
        next += HEADER_BYTES[fmt as 0 | 1 | 2]
      }
      if (stream.extended) {
        if (fmt < 3) time = bytes.readUInt32BE(next)
        next += 4
      }
      if (fmt === 0) stream.timestamp = time
      if (fmt < 3) stream.delta = time
      if (fmt !== 0 && stream.receivedBytes === 0) stream.timestamp = (stream.timestamp + stream.delta) >>> 0
      const take = Math.min(chunkSize, stream.length - stream.receivedBytes)
      if (next + take > bytes.length) return { messages, truncated: true }
      stream.received.push(bytes.subarray(next, next + take))
      stream.receivedBytes += take
      at = next + take
      if (stream.receivedBytes < stream.length) continue
      const body = Buffer.concat(stream.received)
      stream.received = []
      stream.receivedBytes = 0
      const { type, messageStream, timestamp } = stream
      messages.push({ type, chunkStream: csid, messageStream, timestamp, body })
      if (type === SET_CHUNK_SIZE) chunkSize = body.readUInt32BE(0) & 0x7fffffff
    }
  } catch (error) {
    if (error instanceof RangeError) return { messages, truncated: true }
    throw error
  }
  return { messages, truncated: [...streams.values()].some((stream) => stream.receivedBytes > 0) }
}
