/**
 * A reader of chunk streams for load generators: it walks over media without copying it, keeps the first bytes of each
 * message, and the whole body of everything that is not media. Checks nothing; the server under test is trusted to be
 * well-formed, and what it sends is verified by sequence numbers.
 */

/** First bytes of a media message that are kept: up to its stamp and that. */
const HEAD_BYTES = 40
const MAX_HEADER_BYTES = 18

/** One chunk stream: its last header, and the message being received on it. */
export class LightChunkStream {
  timestamp = 0
  delta = 0
  length = 0
  typeId = 0
  extended = false
  received = 0
  /** Valid while `received > 0` or when the message is handed over. */
  readonly head: Uint8Array<ArrayBuffer> = new Uint8Array(HEAD_BYTES)
  body: Uint8Array<ArrayBuffer> | undefined
}

/** What a {@link LightReader} tells its owner. */
export interface LightSink {
  /** A message is complete; its stream is valid only during the call. */
  onMessage(stream: LightChunkStream): void
}

export class LightReader {
  readonly #sink: LightSink
  readonly #streams = new Map<number, LightChunkStream>()
  readonly #stash = new Uint8Array(MAX_HEADER_BYTES * 2)
  #stashed = 0
  #chunkSize = 128
  #current: LightChunkStream | undefined
  #left = 0

  constructor(sink: LightSink) {
    this.#sink = sink
  }

  /** Takes bytes that are only valid during the call. */
  receive(bytes: Uint8Array, start: number, end: number): void {
    let at = start
    while (at < end) {
      if (this.#current !== undefined) {
        at = this.#payload(this.#current, bytes, at, end)
        continue
      }
      if (this.#stashed > 0) {
        at = this.#fromStash(bytes, at, end)
        continue
      }
      const used = this.#header(bytes, at, end)
      if (used === 0) {
        this.#stash.set(bytes.subarray(at, end))
        this.#stashed = end - at
        return
      }
      at += used
    }
  }

  #fromStash(bytes: Uint8Array, at: number, end: number): number {
    const before = this.#stashed
    const added = Math.min(MAX_HEADER_BYTES, end - at)
    this.#stash.set(bytes.subarray(at, at + added), before)
    const used = this.#header(this.#stash, 0, before + added)
    if (used === 0) {
      this.#stashed = before + added
      return at + added
    }
    this.#stashed = 0
    return at + used - before
  }

  #payload(stream: LightChunkStream, bytes: Uint8Array, at: number, end: number): number {
    const piece = Math.min(this.#left, end - at)
    if (stream.body !== undefined) stream.body.set(bytes.subarray(at, at + piece), stream.received)
    else if (stream.received < HEAD_BYTES) {
      const kept = Math.min(piece, HEAD_BYTES - stream.received)
      for (let i = 0; i < kept; i++) stream.head[stream.received + i] = bytes[at + i] as number
    }
    stream.received += piece
    this.#left -= piece
    if (this.#left === 0) this.#chunkEnd(stream)
    return at + piece
  }

  #chunkEnd(stream: LightChunkStream): void {
    this.#current = undefined
    if (stream.received < stream.length) return
    const body = stream.body
    if (stream.typeId === 1 && body !== undefined) {
      this.#chunkSize = new DataView(body.buffer).getUint32(0) & 0x7fff_ffff
    }
    this.#sink.onMessage(stream)
    stream.received = 0
    stream.body = undefined
  }

  /** Reads a whole chunk header; gives the bytes it took, or 0 when it is not all there. */
  #header(bytes: Uint8Array, start: number, end: number): number {
    let at = start
    const first = bytes[at++] as number
    const fmt = first >> 6
    let csid = first & 0x3f
    if (csid < 2) {
      if (end - at < csid + 1) return 0
      csid = 64 + (bytes[at] as number) + (csid === 1 ? (bytes[at + 1] as number) * 256 : 0)
      at += (first & 0x3f) + 1
    }
    let stream = this.#streams.get(csid)
    if (stream === undefined) {
      stream = new LightChunkStream()
      this.#streams.set(csid, stream)
    }
    const size = fmt === 0 ? 11 : fmt === 1 ? 7 : fmt === 2 ? 3 : 0
    if (end - at < size) return 0
    let value = 0
    let extended = stream.extended
    if (fmt < 3) {
      value = u24(bytes, at)
      extended = value === 0xff_ffff
    }
    if (extended && end - at < size + 4) return 0
    if (extended) value = u32(bytes, at + size)
    if (fmt < 2) {
      stream.length = u24(bytes, at + 3)
      stream.typeId = bytes[at + 6] as number
    }
    stream.extended = extended
    if (stream.received === 0) {
      if (fmt < 3) stream.delta = value
      stream.timestamp = fmt === 0 ? value : (stream.timestamp + stream.delta) >>> 0
      const media = stream.typeId === 8 || stream.typeId === 9
      if (!media) stream.body = new Uint8Array(stream.length)
    }
    this.#left = Math.min(this.#chunkSize, stream.length - stream.received)
    if (this.#left === 0) this.#chunkEnd(stream)
    else this.#current = stream
    return at + size + (extended ? 4 : 0) - start
  }
}

const u24 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)

const u32 = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] as number) << 24) | u24(bytes, at + 1)) >>> 0
