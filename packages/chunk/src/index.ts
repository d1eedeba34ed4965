/**
 * RTMP chunk streams to messages and back, and protocol control messages. Sans-io; runs anywhere.
 *
 * @packageDocumentation
 */
export { ChunkReader } from './chunk-reader.ts'
export { ChunkWriter, type WriteOptions } from './chunk-writer.ts'
export { type BatchOptions, encodeBatch } from './encode-batch.ts'
export type { ChunkErrorCode, ChunkLimitCode, ChunkUsageCode } from './errors.ts'
export { type ChunkLeniency, LENIENT, STRICT } from './leniency.ts'
export { type ChunkLimits, DEFAULT_CHUNK_LIMITS } from './limits.ts'
export { detachMessage, type Message, MessageTypeId } from './message.ts'
export {
  decodeAbort,
  decodeAcknowledgement,
  decodeSetChunkSize,
  decodeSetPeerBandwidth,
  decodeWindowAckSize,
  encodeAbort,
  encodeAcknowledgement,
  encodeSetChunkSize,
  encodeSetPeerBandwidth,
  encodeWindowAckSize,
  type PeerBandwidth,
  PeerBandwidthLimitType,
} from './protocol-control.ts'
export type { ChunkReaderOptions } from './reader-options.ts'
export { type Allocate, SlabPool } from './slab-pool.ts'
export { DEFAULT_CHUNK_SIZE } from './wire.ts'
