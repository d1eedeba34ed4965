import { encodeSetChunkSize } from './protocol-control.ts'
import { type Message, MessageTypeId } from './message.ts'
import { SendStream } from './send-stream.ts'
import { CONTROL_CSID, DEFAULT_CHUNK_SIZE, MAX_MESSAGE_LENGTH } from './wire.ts'
import {
  checkMessage,
  furtherChunks,
  headerSize,
  wireSize,
  writeHeader,
  writeMessage,
} from './write-message.ts'

/** How one message is to be written. */
export interface WriteOptions {
  /** Begin with a fmt 0 header even where a denser one would do. Default `false`. */
  readonly fullHeader?: boolean
  /**
   * The caller may throw the returned bytes away instead of sending them, all or nothing: no later header refers to this
   * message. Default `false`.
   */
  readonly droppable?: boolean
}

/**
 * Messages in, chunks out (RTMP 1.0 §5.3): always the densest header that every receiver reads alike.
 *
 * A message is written whole; to interleave messages of different chunk streams, split large ones by a smaller chunk
 * size and order them as wanted. Everything returned has to be sent, in this order, save messages marked `droppable`.
 *
 * @example
 * ```ts
 * const writer = new ChunkWriter()
 * const message = { csid: 6, typeId: MessageTypeId.video, messageStreamId: 1, timestamp: 40, payload }
 * for (const slice of [...writer.setChunkSize(4096), ...writer.write(message)]) socket.write(slice)
 * ```
 */
export class ChunkWriter {
  readonly #streams = new Map<number, SendStream>()
  #chunkSize = DEFAULT_CHUNK_SIZE

  /** Largest chunk payload in use, in bytes. */
  get chunkSize(): number {
    return this.#chunkSize
  }

  /**
   * The chunks of a message, as a list of slices to send one behind the other: fresh headers and views of the payload,
   * which is not copied and must stay unchanged until it is sent. The same header slice can occur several times.
   *
   * @throws UsageError `CHUNK_FIELD_OUT_OF_RANGE`
   */
  write(message: Message, options?: WriteOptions): Uint8Array[] {
    const { fmt, field } = this.#plan(message, options)
    const { csid, payload, messageStreamId } = message
    const firstSize = headerSize(fmt, csid, field)
    const further = furtherChunks(payload.length, this.#chunkSize)
    const headers = new Uint8Array(firstSize + (further > 0 ? headerSize(3, csid, field) : 0))
    writeHeader(headers, 0, fmt, field, message, messageStreamId)
    if (further === 0) return payload.length === 0 ? [headers] : [headers, payload]

    writeHeader(headers, firstSize, 3, field, message, messageStreamId)
    const next = headers.subarray(firstSize)
    // A plain view costs half of what `subarray` does, and there is one for each chunk.
    const { buffer, byteOffset, length } = payload
    const chunkSize = this.#chunkSize
    const slices = [headers.subarray(0, firstSize), new Uint8Array(buffer, byteOffset, chunkSize)]
    for (let from = chunkSize; from < length; from += chunkSize) {
      const count = length - from < chunkSize ? length - from : chunkSize
      slices.push(next, new Uint8Array(buffer, byteOffset + from, count))
    }
    return slices
  }

  /**
   * The chunks of a message in one array of exact size: the bytes of {@link write}, payload copied. For a small chunk
   * size this is cheaper to make and to send than hundreds of slices.
   *
   * @throws UsageError `CHUNK_FIELD_OUT_OF_RANGE`
   */
  encode(message: Message, options?: WriteOptions): Uint8Array<ArrayBuffer> {
    const { fmt, field } = this.#plan(message, options)
    const bytes = new Uint8Array(wireSize(fmt, field, message, this.#chunkSize))
    writeMessage(bytes, 0, fmt, field, message, message.messageStreamId, this.#chunkSize)
    return bytes
  }

  /**
   * Announces a chunk size and uses it from the next message on (RTMP 1.0 §5.4.1).
   *
   * @param size - Bytes, 1 to 0x7fffffff.
   * @returns the Set Chunk Size message, to be sent like any other
   * @throws UsageError `CHUNK_FIELD_OUT_OF_RANGE`
   */
  setChunkSize(size: number): Uint8Array[] {
    const slices = this.write({
      csid: CONTROL_CSID,
      typeId: MessageTypeId.setChunkSize,
      messageStreamId: 0,
      timestamp: 0,
      payload: encodeSetChunkSize(size),
    })
    this.#chunkSize = Math.min(size, MAX_MESSAGE_LENGTH)
    return slices
  }

  /** Chooses the header of a message. */
  #plan(message: Message, options: WriteOptions | undefined): SendStream {
    checkMessage(message)
    let stream = this.#streams.get(message.csid)
    if (stream === undefined) {
      stream = new SendStream()
      this.#streams.set(message.csid, stream)
    }
    if (options?.fullHeader === true) stream.known = false
    stream.next(message, message.messageStreamId)
    // After a message that may not be sent, nothing is known of what the receiver remembers.
    if (options?.droppable === true) stream.known = false
    return stream
  }
}
