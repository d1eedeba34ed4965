import { messageChunks, type OutMessage } from './chunk-bytes.ts'
import { ChunkJudge, type SeenMessage } from './chunk-judge.ts'
import { userControl } from './commands.ts'
import { joined } from './hex.ts'
import type { Link, LinkEnd } from './link.ts'
import type { Transcript } from './transcript.ts'

/** Messages of a connection that are kept for cases to look at. */
const MAX_KEPT = 500_000

const PING_REQUEST = 6
const PING_RESPONSE = 7

const isPing = ({ typeId, payload }: SeenMessage): boolean =>
  typeId === 4 && payload[1] === PING_REQUEST && payload.length >= 6

/** One side of a connection to the peer under test, at the level of bytes. It never corrects what a case wants sent. */
export class WirePeer {
  readonly link: Link
  readonly transcript: Transcript
  /** Reads what arrives once {@link beginChunks} was called. */
  readonly judge: ChunkJudge = new ChunkJudge()
  /** Every message that arrived, in order, up to a bound. */
  readonly messages: SeenMessage[] = []
  /** How the peer ended the connection. */
  ended: LinkEnd | undefined
  /** Size of the chunks that {@link send} cuts. */
  chunkSize = 128
  /** Answers PingRequests by itself, as clients do that live long. Cases decide that for themselves. */
  answersPings = false
  /** How many messages had arrived when something was last sent: what comes after may be an answer to it. */
  heardAtLastWrite = 0
  /** Bytes written and received, the handshake included. */
  bytesSent = 0
  bytesReceived = 0
  #raw: Uint8Array = new Uint8Array()
  #chunks = false
  #taken = 0
  readonly #waiting = new Set<() => void>()

  constructor(link: Link, transcript: Transcript) {
    this.link = link
    this.transcript = transcript
    link.listen({
      bytes: (bytes) => {
        this.bytesReceived += bytes.length
        transcript.add(false, bytes)
        if (this.#chunks) this.#read(bytes)
        else this.#raw = joined(this.#raw, bytes)
        this.#wake()
      },
      ended: (how) => {
        this.ended = how
        transcript.note(how === 'fin' ? 'the peer ended its side' : 'the peer reset the connection')
        this.#wake()
      },
    })
  }

  /** Sends bytes as they are. */
  raw(...pieces: readonly Uint8Array[]): void {
    const bytes = joined(...pieces)
    this.bytesSent += bytes.length
    this.heardAtLastWrite = this.messages.length
    this.transcript.add(true, bytes)
    this.link.write(bytes)
  }

  /** Sends messages, each as a type 0 chunk and its continuations, in one write. */
  send(...messages: readonly OutMessage[]): void {
    this.raw(...messages.map((message) => messageChunks(message, this.chunkSize)))
  }

  /** Announces a chunk size and cuts by it from now on. */
  setChunkSize(size: number): void {
    this.send({ typeId: 1, payload: new Uint8Array(new Uint32Array([size]).buffer).reverse() })
    this.chunkSize = size
  }

  /** Bytes that arrived before {@link beginChunks} and were not taken. */
  get rawBytes(): Uint8Array {
    return this.#raw
  }

  /** Waits for `count` bytes of the handshake and takes them; `undefined` when they do not come. */
  async take(count: number, ms: number): Promise<Uint8Array | undefined> {
    await this.until(() => this.#raw.length >= count || this.ended !== undefined, ms)
    if (this.#raw.length < count) return undefined
    const bytes = this.#raw.subarray(0, count)
    this.#raw = this.#raw.slice(count)
    return bytes
  }

  /** From here on what arrives is chunks. */
  beginChunks(): void {
    this.#chunks = true
    const bytes = this.#raw
    this.#raw = new Uint8Array()
    this.#read(bytes)
  }

  /** Waits until the condition holds; whether it does. */
  async until(holds: () => boolean, ms: number): Promise<boolean> {
    if (holds()) return true
    return await new Promise((resolve) => {
      const finish = (result: boolean): void => {
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve(result)
      }
      const look = (): void => {
        if (holds()) finish(true)
      }
      const timer = setTimeout(() => finish(holds()), ms)
      this.#waiting.add(look)
    })
  }

  /** The next message that matches, of those not passed over yet; `undefined` when none comes. */
  async next(matches: (message: SeenMessage) => boolean, ms: number): Promise<SeenMessage | undefined> {
    let found: SeenMessage | undefined
    const look = (): boolean => {
      while (this.#taken < this.messages.length) {
        const message = this.messages[this.#taken++]
        if (message !== undefined && matches(message)) {
          found = message
          return true
        }
      }
      return this.ended !== undefined || this.judge.broken !== undefined
    }
    await this.until(look, ms)
    return found
  }

  /** Messages that arrived from this one on. */
  since(index: number): readonly SeenMessage[] {
    return this.messages.slice(index)
  }

  /** Lets go of the messages that arrived, for connections that live long. */
  forget(): void {
    this.messages.length = 0
    this.heardAtLastWrite = 0
    this.#taken = 0
    this.transcript.forget()
  }

  /** Looks again at messages from this position on. */
  rewind(index = 0): void {
    this.#taken = index
  }

  #read(bytes: Uint8Array): void {
    for (const message of this.judge.push(bytes)) {
      if (this.messages.length < MAX_KEPT) this.messages.push(message)
      if (this.answersPings && isPing(message))
        this.send(
          userControl(
            PING_RESPONSE,
            new DataView(message.payload.buffer, message.payload.byteOffset).getUint32(2),
          ),
        )
    }
  }

  #wake(): void {
    for (const look of this.#waiting) look()
  }
}
