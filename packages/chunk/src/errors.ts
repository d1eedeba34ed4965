import { DecodeError, ProtocolError, UsageError } from '@rtmp/bytes'

/** What can be wrong with a peer's chunks. Stable under semver. */
export type ChunkErrorCode =
  /** A chunk stream begins with a header that relies on an earlier one (fmt 2 or 3; in strict mode also fmt 1). */
  | 'CHUNK_HEADER_MISSING'
  /** A new message header came before the last message on that chunk stream was complete. */
  | 'CHUNK_MESSAGE_INTERRUPTED'
  /** Set Chunk Size with 0 or with bit 31 set. */
  | 'CHUNK_SIZE_INVALID'
  /** A protocol control message is shorter than its fields. */
  | 'CHUNK_CONTROL_TOO_SHORT'
  /** Strict mode: a protocol control message outside csid 2 or message stream 0. */
  | 'CHUNK_CONTROL_MISPLACED'
  /** The stream ended inside a chunk or a message. */
  | 'CHUNK_TRUNCATED'

/** Which bound a peer's legal chunks went over. Stable under semver. */
export type ChunkLimitCode =
  /** A message announces more bytes than its type may have. */
  | 'CHUNK_MESSAGE_TOO_LONG'
  /** More bytes of unfinished messages than `maxBufferedBytes`. */
  | 'CHUNK_TOO_MANY_BUFFERED_BYTES'
  /** More unfinished messages than `maxPartialMessages`. */
  | 'CHUNK_TOO_MANY_PARTIAL_MESSAGES'
  /** More chunk streams than `maxChunkStreams`. */
  | 'CHUNK_TOO_MANY_STREAMS'
  /** Headers with too little payload behind them. */
  | 'CHUNK_TOO_MANY_HEADERS'

/** What a caller can get wrong. Stable under semver. */
export type ChunkUsageCode =
  /** A field of a message, or an option, is outside the range the wire allows. */
  'CHUNK_FIELD_OUT_OF_RANGE'

/** The layer named in this package's errors. */
const PHASE = 'chunk'

export const illegal = (code: ChunkErrorCode, message: string, offset: number): DecodeError<ChunkErrorCode> =>
  new DecodeError(code, message, offset, PHASE)

/** @param limit - The name of the limit that was passed, and its value. */
export const overLimit = (
  code: ChunkLimitCode,
  limit: string,
  value: number,
): ProtocolError<ChunkLimitCode> => new ProtocolError(code, `${limit} is ${value}`, PHASE)

/** @throws UsageError `CHUNK_FIELD_OUT_OF_RANGE` unless a value is a whole number of the range */
export const checkRange = (value: number, least: number, most: number, path: string): void => {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new UsageError<ChunkUsageCode>(
      'CHUNK_FIELD_OUT_OF_RANGE',
      `${path} must be a whole number from ${least} to ${most}, not ${value}`,
      path,
    )
}
