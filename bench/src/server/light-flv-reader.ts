/**
 * A reader of FLV for load generators, as it comes over HTTP/1.1 (chunked) or in messages of a WebSocket: it walks over media without copying it, and
 * keeps the first bytes of each tag. Checks nothing but the sequence numbers in what comes.
 */

/** First bytes of a tag's body that are kept. */
const HEAD_BYTES = 40
/** Of a file, with the first back pointer; of a tag; behind a tag. */
const FILE_HEADER = 13
const TAG_HEADER = 11
const BACK_POINTER = 4

/** How the FLV is cut. */
export type FlvCarrier = 'http-flv' | 'ws-flv'

export class LightFlvReader {
  readonly #carrier: FlvCarrier
  readonly #onTag: (typeId: number, timestamp: number, head: Uint8Array) => void
  /** The head of the answer, until it is over. */
  #answer: string | undefined = ''
  /** Bytes of the present piece that are still to come, and of what stands around pieces. */
  #pieceLeft = 0
  #around: number[] = []
  /** What is read next of the FLV. */
  #part: 'header' | 'tag' | 'body' = 'header'
  #left = FILE_HEADER
  readonly #tag = new Uint8Array(TAG_HEADER)
  readonly #head = new Uint8Array(HEAD_BYTES)
  #size = 0

  constructor(carrier: FlvCarrier, onTag: (typeId: number, timestamp: number, head: Uint8Array) => void) {
    this.#carrier = carrier
    this.#onTag = onTag
  }

  /** The status of the answer; `undefined` until it is there. */
  get status(): number | undefined {
    return this.#status
  }
  #status: number | undefined

  /** Takes bytes that are only valid during the call. */
  receive(bytes: Uint8Array, end: number): void {
    let at = this.#answer === undefined ? 0 : this.#readAnswer(bytes, end)
    while (at < end) {
      if (this.#pieceLeft === 0) {
        this.#around.push(bytes[at++] as number)
        const size = this.#carrier === 'http-flv' ? chunkSize(this.#around) : messageSize(this.#around)
        if (size === undefined) continue
        this.#pieceLeft = size
        this.#around = []
        continue
      }
      const count = Math.min(this.#pieceLeft, end - at)
      this.#flv(bytes, at, at + count)
      this.#pieceLeft -= count
      at += count
    }
  }

  #readAnswer(bytes: Uint8Array, end: number): number {
    const before = this.#answer?.length ?? 0
    const text = (this.#answer ?? '') + Buffer.from(bytes.subarray(0, end)).toString('latin1')
    const over = text.indexOf('\r\n\r\n')
    this.#answer = over < 0 ? text : undefined
    if (over < 0) return end
    this.#status = Number(text.slice(9, 12))
    return over + 4 - before
  }

  #flv(bytes: Uint8Array, start: number, end: number): void {
    let at = start
    while (at < end) {
      const count = Math.min(this.#left, end - at)
      if (this.#part === 'tag') this.#tag.set(bytes.subarray(at, at + count), TAG_HEADER - this.#left)
      else if (this.#part === 'body') this.#keep(bytes, at, count)
      this.#left -= count
      at += count
      if (this.#left === 0) this.#next()
    }
  }

  /** Keeps the first bytes of a body. */
  #keep(bytes: Uint8Array, at: number, count: number): void {
    const done = this.#size + BACK_POINTER - this.#left
    for (let i = done; i < Math.min(done + count, HEAD_BYTES); i++)
      this.#head[i] = bytes[at + i - done] as number
  }

  #next(): void {
    const tag = this.#tag
    if (this.#part === 'tag') {
      this.#size = u24(tag, 1)
      this.#part = 'body'
      this.#left = this.#size + BACK_POINTER
      return
    }
    if (this.#part === 'body') {
      const typeId = tag[0] as number
      const timestamp = u24(tag, 4) + (tag[7] as number) * 0x100_0000
      if (typeId === 8 || typeId === 9) this.#onTag(typeId, timestamp, this.#head)
    }
    this.#part = 'tag'
    this.#left = TAG_HEADER
  }
}

/** Of a chunk whose length stands in a line; the line end of the chunk before it comes first. */
const chunkSize = (line: readonly number[]): number | undefined => {
  const text = String.fromCharCode(...line)
  return text.trim() !== '' && text.endsWith('\r\n') ? Number.parseInt(text.trim(), 16) : undefined
}

/** Of an unmasked frame of a WebSocket. */
const messageSize = (head: readonly number[]): number | undefined => {
  const short = head[1]
  if (short === undefined) return undefined
  const more = short === 126 ? 2 : short === 127 ? 8 : 0
  if (head.length < 2 + more) return undefined
  return more === 0 ? short : head.slice(2).reduce((size, byte) => size * 256 + byte, 0)
}

const u24 = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)
