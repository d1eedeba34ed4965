import { MessageTypeId } from '@rtmp/chunk'
import { FlvReader, type FlvTag, TagType } from '@rtmp/flv'
import { DataEvent, MediaEvent } from '@rtmp/session'

/** The only stream of a client over HTTP. */
export const ONLY_STREAM = 1

/** What a body has brought. */
export interface BodyCounters {
  audio: number
  video: number
  data: number
  /** Tags that nobody can do anything with: encrypted ones, and types that are none. */
  ignored: number
}

/** The body of a request that publishes: FLV, in slices of any size. */
export class PublishBody {
  readonly counters: BodyCounters = { audio: 0, video: 0, data: 0, ignored: 0 }
  readonly #reader: FlvReader
  #pushedBytes = 0
  #ended = false
  #isOver = false

  /** @param maxTagSize - The longest tag that is taken, in bytes. */
  constructor(maxTagSize: number) {
    this.#reader = new FlvReader({ maxTagSize, resyncWindow: maxTagSize })
  }

  /** Bytes that have come and belong to no tag that was read. */
  get waitingBytes(): number {
    return this.#pushedBytes - this.#reader.position
  }

  /** Memory that it keeps, in bytes. */
  get heldBytes(): number {
    return this.#reader.heldBytes
  }

  /** Whether everything has been read. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Takes bytes, which nobody may change afterwards. */
  push(bytes: Uint8Array): void {
    this.#pushedBytes += bytes.length
    this.#reader.push(bytes)
  }

  /** No bytes will follow. */
  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#reader.end()
  }

  /** The next message; `undefined` when more bytes are needed. @throws DecodeError for what is no FLV */
  read(): MediaEvent | DataEvent | undefined {
    for (let tag = this.#reader.read(); tag !== undefined; tag = this.#reader.read()) {
      const event = this.#eventOf(tag)
      if (event !== undefined) return event
      this.counters.ignored += 1
    }
    this.#isOver = this.#ended
    return undefined
  }

  #eventOf({ typeId, timestamp, payload, filtered }: FlvTag): MediaEvent | DataEvent | undefined {
    if (filtered) return undefined
    const message = { csid: 4, typeId, messageStreamId: ONLY_STREAM, timestamp, payload }
    if (typeId === TagType.audio || typeId === TagType.video) {
      if (typeId === TagType.audio) this.counters.audio += 1
      else this.counters.video += 1
      return new MediaEvent(ONLY_STREAM, message)
    }
    if (typeId !== MessageTypeId.dataAmf0 && typeId !== MessageTypeId.dataAmf3) return undefined
    const event = DataEvent.from(ONLY_STREAM, message)
    if (event !== undefined) this.counters.data += 1
    return event
  }
}
