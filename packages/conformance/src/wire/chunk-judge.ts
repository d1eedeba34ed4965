import { hexOf, joined, joinedAll } from './hex.ts'

/** One chunk as it was on the wire. */
interface SeenChunk {
  readonly fmt: number
  readonly extended: number | undefined
  readonly dataBytes: number
}

/** A whole message, with how it was cut. */
export interface SeenMessage {
  readonly typeId: number
  readonly msid: number
  readonly csid: number
  /** Absolute, in milliseconds, 32 bits. */
  readonly timestamp: number
  readonly payload: Uint8Array
  readonly chunks: readonly SeenChunk[]
  /** Where the message's last byte stands in the stream, counted from the end of the handshake. */
  readonly endsAt: number
}

interface Stream {
  timestamp: number
  delta: number
  length: number
  typeId: number
  msid: number
  extended: boolean
  lastHeader: number
  got: Uint8Array[]
  gotBytes: number
  inside: boolean
  chunks: SeenChunk[]
}

/** Chunks of one message that are kept to be looked at. */
const MAX_CHUNKS = 10_000

/** Unfinished bytes that are kept; a peer under test that announces more is not read further. */
const MAX_BUFFERED = 64 * 1024 * 1024

/**
 * Reads what the peer under test sends, by the letter of RTMP 1.0 §5.3, and notes how it was written. It shares no code
 * with the reader of `@rtmp/chunk`, so that a fault of one is seen by the other.
 */
export class ChunkJudge {
  /** What was written against the specification's words, each rule with its first example. */
  readonly faults: Map<string, string> = new Map()
  /** Set when the bytes cannot be chunks any more. */
  broken: string | undefined
  /** Size of the peer's chunks, as it announced it. */
  chunkSize = 128
  /** Sizes the peer announced, in order. */
  readonly announcedSizes: number[] = []
  #pending: Uint8Array = new Uint8Array()
  #position = 0
  readonly #streams = new Map<number, Stream>()

  /** Bytes received since the handshake. */
  get bytes(): number {
    return this.#position + this.#pending.length
  }

  /** Takes bytes; the messages that they complete. */
  push(bytes: Uint8Array): SeenMessage[] {
    if (this.broken !== undefined) return []
    this.#pending = this.#pending.length === 0 ? bytes : joined(this.#pending, bytes)
    if (this.#pending.length > MAX_BUFFERED) this.broken = 'more unfinished bytes than are kept'
    const messages: SeenMessage[] = []
    let at = 0
    while (this.broken === undefined) {
      const next = this.#chunk(at, messages)
      if (next === undefined) break
      this.#position += next - at
      at = next
    }
    this.#pending = this.#pending.slice(at)
    return messages
  }

  #fault(rule: string, example: () => string): void {
    if (!this.faults.has(rule)) this.faults.set(rule, example())
  }

  /** One whole chunk at `start`; where the next one begins, or `undefined` when bytes are missing. */
  #chunk(start: number, messages: SeenMessage[]): number | undefined {
    const bytes = this.#pending
    const first = bytes[start]
    if (first === undefined) return undefined
    const fmt = first >> 6
    const low = first & 63
    const form = low === 0 ? 2 : low === 1 ? 3 : 1
    if (bytes.length < start + form) return undefined
    const csid =
      form === 1
        ? low
        : form === 2
          ? 64 + (bytes[start + 1] ?? 0)
          : 64 + (bytes[start + 1] ?? 0) + 256 * (bytes[start + 2] ?? 0)
    let at = start + form
    const headerBytes = [11, 7, 3, 0][fmt] ?? 0
    if (bytes.length < at + headerBytes) return undefined
    const u24 = (from: number): number =>
      ((bytes[from] ?? 0) << 16) | ((bytes[from + 1] ?? 0) << 8) | (bytes[from + 2] ?? 0)
    const u32 = (from: number): number => u24(from) * 256 + (bytes[from + 3] ?? 0)
    const where = (): string =>
      `${hexOf(bytes.subarray(start, start + form + headerBytes))} at byte ${this.#position}`
    const known = this.#streams.get(csid)
    if (known === undefined && fmt !== 0) {
      this.broken = `the first chunk of chunk stream ${csid} is of type ${fmt}: ${where()}`
      return undefined
    }
    const stream: Stream = known ?? {
      timestamp: 0,
      delta: 0,
      length: 0,
      typeId: 0,
      msid: 0,
      extended: false,
      lastHeader: 0,
      got: [],
      gotBytes: 0,
      inside: false,
      chunks: [],
    }
    const field = fmt < 3 ? u24(at) : 0
    const extended = fmt < 3 ? field === 0xffffff : stream.extended
    const length = fmt < 2 ? u24(at + 3) : stream.length
    const afterHeader = at + headerBytes
    if (extended && bytes.length < afterHeader + 4) return undefined
    const value = extended ? u32(afterHeader) : field
    at = afterHeader + (extended ? 4 : 0)
    const { inside } = stream
    const dataBytes = Math.min(this.chunkSize, length - stream.gotBytes)
    if (bytes.length < at + dataBytes) return undefined
    // From here on the chunk is whole.
    if (form === 3 && csid < 320) this.#fault('csid in its shortest form', where)
    if (inside && fmt !== 3) {
      this.#fault('continuation chunks of type 3', where)
      if (fmt < 2 && length !== stream.length) {
        this.broken = `a new header inside an unfinished message: ${where()}`
        return undefined
      }
    }
    if (fmt < 3 && extended && value < 0xffffff) this.#fault('no extended timestamp below 0xffffff', where)
    if (fmt === 3 && inside && extended) {
      const before = stream.chunks[0]?.extended
      if (before !== value)
        this.#fault(
          'the same extended timestamp in every chunk of a message',
          () => `${where()} ${value}, not ${before}`,
        )
    }
    if (!inside) this.#begin(stream, fmt, value, extended, where)
    if (fmt < 2) {
      stream.length = length
      stream.typeId = bytes[start + form + 6] ?? 0
    }
    if (fmt === 0) {
      const msid = start + form + 7
      stream.msid = (bytes[msid] ?? 0) + 256 * (bytes[msid + 1] ?? 0) + 65536 * u24Little(bytes, msid + 2)
    }
    this.#streams.set(csid, stream)
    stream.inside = true
    if (stream.chunks.length < MAX_CHUNKS)
      stream.chunks.push({ fmt, extended: extended ? value : undefined, dataBytes })
    stream.got.push(bytes.slice(at, at + dataBytes))
    stream.gotBytes += dataBytes
    const end = at + dataBytes
    if (stream.gotBytes === stream.length) this.#finish(csid, stream, end - start, messages)
    return end
  }

  /** The time of a message that begins. */
  #begin(stream: Stream, fmt: number, value: number, extended: boolean, where: () => string): void {
    if (fmt === 0) {
      stream.timestamp = value
      stream.delta = value
    } else {
      if (fmt < 3) stream.delta = value
      else if (stream.lastHeader === 0 && stream.delta !== 0)
        this.#fault('no message that begins with type 3 right after type 0', where)
      if (stream.delta >= 2 ** 31) this.#fault('backward timestamps as type 0', where)
      stream.timestamp = (stream.timestamp + stream.delta) % 2 ** 32
    }
    if (fmt < 3) {
      stream.extended = extended
      stream.lastHeader = fmt
    }
  }

  #finish(csid: number, stream: Stream, chunkBytes: number, messages: SeenMessage[]): void {
    const message: SeenMessage = {
      typeId: stream.typeId,
      msid: stream.msid,
      csid,
      timestamp: stream.timestamp,
      payload: joinedAll(stream.got),
      chunks: stream.chunks,
      endsAt: this.#position + chunkBytes,
    }
    stream.got = []
    stream.gotBytes = 0
    stream.inside = false
    stream.chunks = []
    if (message.typeId === 1 && message.payload.length >= 4) {
      const size = new DataView(message.payload.buffer, message.payload.byteOffset).getUint32(0)
      this.announcedSizes.push(size)
      if (size === 0 || size >= 2 ** 31) this.broken = `announced a chunk size of ${size}`
      else this.chunkSize = size
    }
    if (message.typeId === 2 && message.payload.length >= 4) {
      const aborted = this.#streams.get(
        new DataView(message.payload.buffer, message.payload.byteOffset).getUint32(0),
      )
      if (aborted !== undefined) {
        aborted.got = []
        aborted.gotBytes = 0
        aborted.inside = false
        aborted.chunks = []
      }
    }
    messages.push(message)
  }
}

const u24Little = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) + 256 * (bytes[at + 1] ?? 0)
