import { concat } from '@rtmp/bytes'
import { addTimestamp } from '@rtmp/bytes/time'
import { closeGaps, copyBytes } from './copy-bytes.ts'
import { illegal, overLimit } from './errors.ts'
import { extensionSize, nextHeaderSize } from './extended-timestamp.ts'
import { type ChunkLeniency, LENIENT, STRICT } from './leniency.ts'
import { type ChunkLimits, maxLengthOf, resolveLimits } from './limits.ts'
import { type Message, MessageTypeId } from './message.ts'
import { NOTHING } from './nothing.ts'
import { leaveSlab, makeRoom, wireLength } from './payload-room.ts'
import { decodeAbort, decodeSetChunkSize } from './protocol-control.ts'
import type { ChunkReaderOptions } from './reader-options.ts'
import { NO_EXTENSION, ReceiveStream } from './receive-stream.ts'
import { type SlabPool, sharedPool } from './slab-pool.ts'
import {
  CONTROL_CSID,
  DEFAULT_CHUNK_SIZE,
  EXTENDED,
  MAX_HEADER_SIZE,
  MAX_MESSAGE_LENGTH,
  MESSAGE_HEADER_SIZE,
  readU24,
  readU32,
  readU32le,
} from './wire.ts'

// Invariants
// - Bytes are consumed a whole header at a time, then payload as it comes. A header cut by the end of a slice waits in
//   the stash, at most 17 bytes; so nothing of a pushed slice is needed once read() has returned undefined.
// - Memory for a payload grows with what has arrived, never by the announced length or the chunk size.
// - Only messages that lie whole in the pushed slice are put into slabs. Should one not become complete after all
//   (other chunk streams between its chunks), it moves out before read() returns undefined: a peer that stalls pins
//   no slab.
// - After an error the reader throws that error for good.

/**
 * Chunks in, messages out (RTMP 1.0 §5.3). Obeys Set Chunk Size and Abort itself, and still returns them as messages.
 *
 * Any split of the stream into slices gives the same messages. Every payload byte is copied once, from the slice into
 * memory that is the receiver's to keep (see {@link Message}).
 *
 * @example
 * ```ts
 * const reader = new ChunkReader()
 * reader.push(received)
 * for (let message = reader.read(); message !== undefined; message = reader.read()) {
 *   console.log(message.typeId, message.timestamp, message.payload.length)
 * }
 * ```
 */
export class ChunkReader {
  readonly #limits: ChunkLimits
  readonly #leniency: ChunkLeniency
  readonly #strict: boolean
  #pool: SlabPool

  readonly #streams = new Map<number, ReceiveStream>()
  #chunkSize = DEFAULT_CHUNK_SIZE

  #bytes: Uint8Array = NOTHING
  #at = 0
  /** Stream position of `#bytes[0]`. */
  #base: number
  #waiting: Uint8Array[] = []
  #nextWaiting = 0

  readonly #stash = new Uint8Array(MAX_HEADER_SIZE)
  #stashed = 0

  /** The chunk stream whose chunk is being read, and how much of that chunk's payload is still to come. */
  #current: ReceiveStream | undefined
  #left = 0

  /** Whether some chunk stream has been found to lack the extended timestamp in chunks that continue a message. */
  #omitsExtension = false

  #partials = 0
  #dropped = 0
  #buffered = 0
  /** Memory of messages that are not complete. */
  #reserved = 0
  /** What is left of the slice at hand, when it is the reader's own. */
  #kept = 0
  #maxBuffered: number
  #headerCredit: number
  #failure: unknown

  /** @throws UsageError `CHUNK_FIELD_OUT_OF_RANGE` for limits that make no sense */
  constructor(options: ChunkReaderOptions = {}) {
    this.#limits = resolveLimits(options.limits)
    this.#strict = options.strict === true
    this.#leniency = { ...(this.#strict ? STRICT : LENIENT), ...options.leniency }
    this.#pool = options.pool ?? sharedPool
    this.#base = options.position ?? 0
    this.#headerCredit = this.#limits.headerAllowance
    this.#maxBuffered = this.#limits.maxBufferedBytes
  }

  /** Cuts the payloads of messages that begin from now on from another pool. */
  usePool(pool: SlabPool): void {
    this.#pool = pool
  }

  /** Largest chunk payload the peer sends now, in bytes: 1 to 0xffffff (larger announced sizes mean the same). */
  get chunkSize(): number {
    return this.#chunkSize
  }

  /** Bytes taken in so far, headers included: those pushed, except what {@link read} has yet to look at. */
  get bytesRead(): number {
    return this.#base + this.#at
  }

  /** Payload bytes held of messages that are not complete. */
  get bufferedBytes(): number {
    return this.#buffered
  }

  /**
   * What the reader holds in memory between two slices, in bytes: room for messages that are not complete, which is up to four times
   * what has come of them, what it remembers of chunk streams, and what it was told to {@link keep}.
   */
  get memoryBytes(): number {
    return this.#kept + this.#reserved + (this.#partials + this.#streams.size) * STATE_BYTES
  }

  /** Holds `maxBufferedBytes` to less than the limits say, or to what they say again. */
  set maxBufferedBytes(bytes: number) {
    this.#maxBuffered = Math.min(bytes, this.#limits.maxBufferedBytes)
  }

  /** Messages that were begun and given up by the peer, by an Abort or as `interruptedMessage: 'drop'` has it. */
  get droppedMessages(): number {
    return this.#dropped
  }

  /**
   * Hands over the next bytes of the stream, in any portion.
   *
   * They are borrowed: call {@link read} until it returns `undefined`; after that the reader has no further use for
   * them and their memory can be filled anew.
   */
  push(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#failure !== undefined) return
    if (this.#at === this.#bytes.length && this.#nextWaiting === this.#waiting.length) this.#take(bytes)
    else this.#waiting.push(bytes)
  }

  /**
   * The next complete message, or `undefined` when more bytes are needed.
   *
   * @throws DecodeError a {@link ChunkErrorCode}: the bytes are no chunk stream
   * @throws ProtocolError a {@link ChunkLimitCode}: a limit was passed
   */
  read(): Message | undefined {
    if (this.#failure !== undefined) throw this.#failure
    try {
      return this.#next()
    } catch (error) {
      this.#failure = error
      throw error
    }
  }

  /**
   * Makes what has been pushed and not been looked at its own, so that its memory can be filled anew although {@link read} has not come to
   * its end: for who stops in the middle, and goes on later.
   */
  keep(): void {
    const rest = concat([this.#bytes.subarray(this.#at), ...this.#waiting.slice(this.#nextWaiting)])
    this.#base += this.#at
    this.#at = 0
    this.#bytes = rest
    this.#waiting = []
    this.#nextWaiting = 0
    this.#kept = rest.length
  }

  /**
   * Says that the stream has ended.
   *
   * @throws DecodeError `CHUNK_TRUNCATED` when it ended inside a chunk or before a message was complete
   */
  end(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#partials > 0 || this.#stashed > 0)
      throw illegal('CHUNK_TRUNCATED', 'the stream ended inside a message', this.bytesRead)
  }

  #take(bytes: Uint8Array): void {
    this.#base += this.#bytes.length
    this.#bytes = bytes
    this.#at = 0
    this.#kept = 0
  }

  /** Goes on to the next slice that was pushed; false when there is none. */
  #advance(): boolean {
    const next = this.#waiting[this.#nextWaiting]
    if (next !== undefined) {
      this.#nextWaiting += 1
      this.#take(next)
      return true
    }
    if (this.#nextWaiting > 0) {
      this.#waiting = []
      this.#nextWaiting = 0
    }
    this.#take(NOTHING)
    if (this.#partials > 0)
      for (const stream of this.#streams.values()) this.#reserved += leaveSlab(stream, this.#pool)
    return false
  }

  #next(): Message | undefined {
    for (;;) {
      const stream = this.#current ?? this.#readHeader()
      if (stream !== undefined) {
        this.#append(stream)
        if (this.#left === 0) {
          this.#current = undefined
          if (stream.received === stream.length) return this.#complete(stream)
          continue
        }
      }
      if (!this.#advance()) return undefined
    }
  }

  /** Takes the next chunk header; `undefined` when the slice ends before it does. */
  #readHeader(): ReceiveStream | undefined {
    const bytes = this.#bytes
    const start = this.#at
    const before = this.#stashed
    if (before === 0 && bytes.length - start >= MAX_HEADER_SIZE) {
      this.#at = start + this.#parseHeader(bytes, start, bytes.length)
      return this.#current
    }
    // The slice may end before the header does, or the header may have begun in the slice before.
    const stash = this.#stash
    let filled = before
    let at = start
    while (filled < MAX_HEADER_SIZE && at < bytes.length) stash[filled++] = bytes[at++] as number
    const size = this.#parseHeader(stash, 0, filled)
    if (size === 0) {
      this.#stashed = filled
      this.#at = at
      return undefined
    }
    this.#stashed = 0
    if (size >= before) this.#at = start + size - before
    else this.#giveBack(stash.slice(size, before))
    return this.#current
  }

  /** Puts bytes before what is left of the slice: they looked like an extended timestamp until the next one came. */
  #giveBack(bytes: Uint8Array): void {
    const position = this.bytesRead - bytes.length
    this.#waiting.splice(this.#nextWaiting, 0, this.#bytes.subarray(this.#at))
    this.#take(bytes)
    this.#base = position
  }

  /**
   * Takes a header that lies in `bytes[at, end)` into account and returns its size, or 0 when it does not end there, in
   * which case nothing has changed but that the chunk stream may be known by now.
   */
  #parseHeader(bytes: Uint8Array, at: number, end: number): number {
    const first = bytes[at] as number
    const fmt = (first >> 6) as 0 | 1 | 2 | 3
    let csid = first & 0x3f
    let next = at + 1
    if (csid < CONTROL_CSID) next += csid + 1
    if (next > end) return 0
    if (csid < CONTROL_CSID)
      csid = 64 + (bytes[at + 1] as number) + (csid === 1 ? (bytes[at + 2] as number) << 8 : 0)
    const stream = this.#streams.get(csid) ?? this.#open(csid, fmt)
    const fields = next
    next += MESSAGE_HEADER_SIZE[fmt]
    if (next > end) return 0

    let { extension } = stream
    if (fmt < 3) extension = readU24(bytes, fields) === EXTENDED ? 0 : NO_EXTENSION
    const extended = extension !== NO_EXTENSION
    if (extended) {
      const tolerant = this.#leniency.omittedExtendedTimestamp
      const size = extensionSize(stream, fmt, tolerant, this.#omitsExtension, bytes, next, end)
      if (size < 0) return 0
      if (stream.habit === 'omits') this.#omitsExtension = true
      if (size > 0 && (fmt < 3 || stream.habit !== 'zero')) extension = readU32(bytes, next)
      next += size
    }
    if (fmt < 3 && stream.pending) this.#checkRepeated(stream, fmt, bytes, fields)
    const continues = stream.pending
    if (fmt < 3 || !continues) stream.extension = extension
    if (!continues) {
      let step = extended ? extension : fmt === 3 ? stream.delta : readU24(bytes, fields)
      if (fmt === 3 && stream.afterFmt0 && this.#leniency.deltaAfterFmt0 === 'zero') step = 0
      stream.timestamp = fmt === 0 ? step : addTimestamp(stream.timestamp, step)
      stream.delta = step
      if (fmt < 3) stream.afterFmt0 = fmt === 0
      if (fmt < 2) {
        stream.length = readU24(bytes, fields + 3)
        stream.typeId = bytes[fields + 6] as number
      }
      if (fmt === 0) stream.messageStreamId = readU32le(bytes, fields + 7)
      this.#begin(stream)
    }
    // What follows is payload of this chunk stream.
    const missing = stream.length - stream.received
    this.#left = missing < this.#chunkSize ? missing : this.#chunkSize
    this.#account(this.#left, next - at)
    this.#current = stream
    return next - at
  }

  /** Stream position of the header being read, for errors. */
  get #headerOffset(): number {
    return this.bytesRead - this.#stashed
  }

  #open(csid: number, fmt: number): ReceiveStream {
    const { firstHeader } = this.#leniency
    if (fmt > 0 && firstHeader !== 'any' && (fmt > 1 || firstHeader === 'fmt0'))
      throw illegal('CHUNK_HEADER_MISSING', `chunk stream ${csid} begins with fmt ${fmt}`, this.#headerOffset)
    if (this.#streams.size >= this.#limits.maxChunkStreams)
      throw overLimit('CHUNK_TOO_MANY_STREAMS', 'maxChunkStreams', this.#limits.maxChunkStreams)
    const stream = new ReceiveStream(csid)
    this.#streams.set(csid, stream)
    return stream
  }

  /** A fmt 0–2 header came in mid-message: throws unless it only repeats what is known, or may drop the message. */
  #checkRepeated(stream: ReceiveStream, fmt: number, bytes: Uint8Array, fields: number): void {
    const same =
      fmt === 2 ||
      (fmt === 1 && readU24(bytes, fields + 3) === stream.length && bytes[fields + 6] === stream.typeId)
    if (same && this.#leniency.repeatedHeader) return
    if (fmt === 0 && this.#leniency.interruptedMessage === 'drop') return this.#drop(stream)
    throw illegal(
      'CHUNK_MESSAGE_INTERRUPTED',
      `fmt ${fmt} on chunk stream ${stream.csid} in mid-message`,
      this.#headerOffset,
    )
  }

  #begin(stream: ReceiveStream): void {
    const limits = this.#limits
    const { length, typeId } = stream
    const longest = maxLengthOf(typeId, limits)
    if (length > longest)
      throw overLimit('CHUNK_MESSAGE_TOO_LONG', `the longest message of type ${typeId}`, longest)
    if (this.#partials >= limits.maxPartialMessages)
      throw overLimit('CHUNK_TOO_MANY_PARTIAL_MESSAGES', 'maxPartialMessages', limits.maxPartialMessages)
    if (this.#strict && isControl(typeId) && (stream.csid !== CONTROL_CSID || stream.messageStreamId !== 0))
      throw illegal(
        'CHUNK_CONTROL_MISPLACED',
        `type ${typeId} on csid ${stream.csid}, message stream ${stream.messageStreamId}`,
        this.#headerOffset,
      )
    this.#partials += 1
    stream.pending = true
  }

  /** Charges header bytes against the payload that comes with them. */
  #account(payload: number, header: number): void {
    const limits = this.#limits
    const credit = this.#headerCredit + payload * limits.headerBytesPerPayloadByte - header
    if (credit < 0) throw overLimit('CHUNK_TOO_MANY_HEADERS', 'headerAllowance', limits.headerAllowance)
    this.#headerCredit = credit < limits.headerAllowance ? credit : limits.headerAllowance
  }

  /**
   * Takes payload: what the slice has of the chunk, and, when that is all of it, the chunks of the same message behind it
   * for as long as they follow one another, whole. Such a run is copied at once and its headers are squeezed out, which
   * costs half of copying its chunks one by one, and makes no object for each.
   */
  #append(stream: ReceiveStream): void {
    const bytes = this.#bytes
    const at = this.#at
    const left = this.#left
    const available = bytes.length - at
    const first = left < available ? left : available
    if (first === 0) return
    if (stream.received + first > stream.capacity)
      this.#reserved += makeRoom(
        stream,
        this.#pool,
        stream.received + first,
        available,
        wireLength(stream, left, this.#chunkSize),
      )
    const { length, memory, capacity } = stream
    const missing = length - stream.received
    const to = stream.start + stream.received
    let end = at + first
    let taken = first
    const headerSize =
      first === left && first < missing ? nextHeaderSize(stream, this.#leniency.omittedExtendedTimestamp) : 0
    if (headerSize > 0) {
      const chunkSize = this.#chunkSize
      const header = 0xc0 | stream.csid
      const room = capacity - stream.received
      while (taken < missing && bytes[end] === header) {
        const count = missing - taken < chunkSize ? missing - taken : chunkSize
        const next = end + headerSize + count
        if (next > bytes.length || next - at > room) break
        end = next
        taken += count
      }
    }
    if (taken === first) copyBytes(memory, to, bytes, at, first)
    else {
      memory.set(new Uint8Array(bytes.buffer, bytes.byteOffset + at, end - at), to)
      closeGaps(memory, to + first, to + end - at, this.#chunkSize, headerSize)
      this.#account(taken - first, end - at - taken)
    }
    this.#at = end
    this.#left = left - first
    stream.received += taken
    this.#buffered += taken
    if (this.#buffered > this.#maxBuffered)
      throw overLimit('CHUNK_TOO_MANY_BUFFERED_BYTES', 'maxBufferedBytes', this.#maxBuffered)
  }

  #complete(stream: ReceiveStream): Message {
    const { length, memory, start } = stream
    const message: Message = {
      csid: stream.csid,
      typeId: stream.typeId,
      messageStreamId: stream.messageStreamId,
      timestamp: stream.timestamp,
      payload:
        length === memory.length ? memory : new Uint8Array(memory.buffer, memory.byteOffset + start, length),
    }
    this.#release(stream)
    if (stream.typeId <= MessageTypeId.abort) this.#obey(message)
    return message
  }

  #obey({ typeId, payload }: Message): void {
    const offset = this.bytesRead - payload.length
    if (typeId === MessageTypeId.setChunkSize) {
      this.#chunkSize = Math.min(decodeSetChunkSize(payload, offset), MAX_MESSAGE_LENGTH)
    } else if (typeId === MessageTypeId.abort) {
      const csid = decodeAbort(payload, offset)
      const stream = this.#streams.get(csid)
      if (stream?.pending === true) this.#drop(stream)
    }
  }

  #drop(stream: ReceiveStream): void {
    this.#dropped += 1
    this.#release(stream)
  }

  /** Holds nothing of a message any more. */
  #release(stream: ReceiveStream): void {
    this.#buffered -= stream.received
    this.#partials -= 1
    this.#reserved -= stream.ownBytes
    stream.clear()
  }
}

/** What an unfinished message costs beside payload, and what a chunk stream does, in bytes. */
const STATE_BYTES = 256

/** Whether a type is one of the six that control the connection (RTMP 1.0 §5.4 and §6.2). */
const isControl = (typeId: number): boolean =>
  typeId >= MessageTypeId.setChunkSize && typeId <= MessageTypeId.setPeerBandwidth
