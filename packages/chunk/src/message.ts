/**
 * One RTMP message, whole.
 *
 * Out of a `ChunkReader` the payload is the receiver's to keep: its bytes are never written again. It is often a view
 * of a slab that other payloads share, so a receiver that keeps a few messages for long should copy them
 * ({@link detachMessage}).
 */
export interface Message {
  /** Chunk stream the message travels on: 2 to 65599; 2 is meant for control messages. */
  readonly csid: number
  /** Message type id, 0 to 255; see {@link MessageTypeId}. */
  readonly typeId: number
  /** Message stream: uint32; 0 is the connection itself (RTMP 1.0 §5.3.1.2.5). */
  readonly messageStreamId: number
  /** Milliseconds, uint32, wraps every 49.7 days (RTMP 1.0 §4). */
  readonly timestamp: number
  /** At most 16,777,215 bytes. */
  readonly payload: Uint8Array
}

/** Message type ids (RTMP 1.0 §5.4, §6.2 and §7.1). Other values are data, not errors. */
export const MessageTypeId = {
  setChunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  userControl: 4,
  windowAckSize: 5,
  setPeerBandwidth: 6,
  audio: 8,
  video: 9,
  dataAmf3: 15,
  sharedObjectAmf3: 16,
  commandAmf3: 17,
  dataAmf0: 18,
  sharedObjectAmf0: 19,
  commandAmf0: 20,
  aggregate: 22,
} as const

/**
 * The same message with a payload in exactly sized memory of its own.
 *
 * A payload cut from a slab keeps the whole slab alive. Whoever holds messages for long (a GOP cache) holds these copies
 * instead.
 *
 * @example
 * ```ts
 * const keyFrame = detachMessage(message) // keeps its own bytes alive, and no slab
 * ```
 */
export const detachMessage = (message: Message): Message => ({
  ...message,
  payload: new Uint8Array(message.payload),
})
