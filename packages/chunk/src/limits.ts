import { checkRange } from './errors.ts'
import { MessageTypeId } from './message.ts'
import { MAX_MESSAGE_LENGTH } from './wire.ts'

/** Bounds of one connection's chunk reader, each a whole number from 1. What goes over one ends the connection with a `ProtocolError`. */
export interface ChunkLimits {
  /** Longest audio, video or aggregate message, in bytes. */
  readonly maxMediaLength: number
  /** Longest message of any other type (control, commands, data, shared objects, unknown types), in bytes. */
  readonly maxMessageLength: number
  /** Bytes received of messages that are not complete, over all chunk streams. */
  readonly maxBufferedBytes: number
  /** Messages begun and not complete, over all chunk streams. */
  readonly maxPartialMessages: number
  /** Chunk streams ever used. Counts them, whatever their ids. */
  readonly maxChunkStreams: number
  /** Header bytes that each payload byte pays for; a whole number from 1. */
  readonly headerBytesPerPayloadByte: number
  /** Header bytes allowed beyond those paid for by payload; payload restores the allowance, never above this. */
  readonly headerAllowance: number
}

/**
 * The limits that hold unless others are given.
 *
 * - Media messages may use the whole u24, the rest 1 MiB.
 * - 32 MiB buffered, in at most 64 messages at once; real peers interleave two or three.
 * - 256 chunk streams; real peers use fewer than ten, a hostile one could open 65,597.
 * - Eight header bytes a payload byte cover chunk size 1 with every extension; the allowance of 4 MiB covers hours of
 *   empty audio messages and stops a flood of them after about a million.
 */
export const DEFAULT_CHUNK_LIMITS: ChunkLimits = {
  maxMediaLength: MAX_MESSAGE_LENGTH,
  maxMessageLength: 1_048_576,
  maxBufferedBytes: 33_554_432,
  maxPartialMessages: 64,
  maxChunkStreams: 256,
  headerBytesPerPayloadByte: 8,
  headerAllowance: 4_194_304,
}

/** The longest message of a type that the limits allow, in bytes. */
export const maxLengthOf = (typeId: number, limits: ChunkLimits): number =>
  typeId === MessageTypeId.audio || typeId === MessageTypeId.video || typeId === MessageTypeId.aggregate
    ? limits.maxMediaLength
    : limits.maxMessageLength

/** The given limits over the default ones. @throws UsageError `CHUNK_FIELD_OUT_OF_RANGE` */
export const resolveLimits = (given: Partial<ChunkLimits> = {}): ChunkLimits => {
  const limits = { ...DEFAULT_CHUNK_LIMITS, ...given }
  for (const [name, value] of Object.entries(limits))
    checkRange(value, 1, Number.MAX_SAFE_INTEGER, `limits.${name}`)
  return limits
}
