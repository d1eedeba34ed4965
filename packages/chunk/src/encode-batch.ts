import { checkRange } from './errors.ts'
import type { Message } from './message.ts'
import { type Fmt, SendStream } from './send-stream.ts'
import type { Allocate } from './slab-pool.ts'
import { MAX_CHUNK_SIZE } from './wire.ts'
import { checkMessage, wireSize, writeMessage } from './write-message.ts'

/** How a batch is to be written. */
export interface BatchOptions {
  /** Chunk size that the receivers have been told, 1 to 0x7fffffff. */
  readonly chunkSize: number
  /** Message stream id to write instead of each message's own. */
  readonly messageStreamId?: number
  /** Where the array comes from; its content need not be zero. `Buffer.allocUnsafeSlow` saves clearing it. */
  readonly allocate?: Allocate
}

/**
 * Messages as one array of exact size that needs no knowledge of what was sent before: the first message on each chunk
 * stream has a full header (fmt 0), later ones the densest.
 *
 * The same bytes can go to any number of receivers that were told the same chunk size, and each can begin, skip or end at
 * any batch. Whatever else is sent to these receivers must use other chunk streams, or begin there with a full header.
 *
 * @example
 * ```ts
 * const bytes = encodeBatch(messages, { chunkSize: 4096 })
 * for (const player of players) player.write(bytes)
 * ```
 *
 * @throws UsageError `CHUNK_FIELD_OUT_OF_RANGE`
 */
export const encodeBatch = (messages: readonly Message[], options: BatchOptions): Uint8Array<ArrayBuffer> => {
  const { chunkSize } = options
  checkRange(chunkSize, 1, MAX_CHUNK_SIZE, 'chunkSize')
  if (fmts.length < messages.length) {
    fmts = new Uint8Array(messages.length * 2)
    fields = new Uint32Array(messages.length * 2)
  }

  let size = 0
  used = 0
  for (let i = 0; i < messages.length; i++) {
    const message = messages[i] as Message
    checkMessage(message)
    const stream = streamOf(message.csid)
    stream.next(message, options.messageStreamId ?? message.messageStreamId)
    fmts[i] = stream.fmt
    fields[i] = stream.field
    size += wireSize(stream.fmt, stream.field, message, chunkSize)
  }

  const bytes = options.allocate?.(size) ?? new Uint8Array(size)
  let at = 0
  for (let i = 0; i < messages.length; i++) {
    const message = messages[i] as Message
    const messageStreamId = options.messageStreamId ?? message.messageStreamId
    at = writeMessage(bytes, at, fmts[i] as Fmt, fields[i] as number, message, messageStreamId, chunkSize)
  }
  return bytes
}

// Scratch that lives from one call to the next, so that a batch makes no garbage but its result.
let fmts = new Uint8Array(128)
let fields = new Uint32Array(128)
const streams: SendStream[] = []
let used = 0

/** A batch has a few chunk streams, so looking through them beats a map. */
const streamOf = (csid: number): SendStream => {
  for (let i = 0; i < used; i++) {
    const stream = streams[i] as SendStream
    if (stream.csid === csid) return stream
  }
  const stream = (streams[used++] ??= new SendStream())
  stream.csid = csid
  stream.known = false
  return stream
}
