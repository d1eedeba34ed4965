import { MessageTypeId } from '@rtmp/chunk'
import type { MediaMessage } from '@rtmp/e-rtmp'
import { buildAggregate, clearDataFrame, encodeData } from '@rtmp/message'
import type { ClientHost } from './host.ts'
import type { StreamLink } from './stream-link.ts'

/** Chunk streams, as FFmpeg uses them: data rides with audio. */
const DATA_CSID = 4
const AUDIO_CSID = 4
const VIDEO_CSID = 6

/** An aggregate is sent when it has that many bytes, whatever its duration. */
const MAX_AGGREGATE_BYTES = 262_144

/** Media on its way to one link: each message alone, or several gathered in an aggregate (RTMP 1.0 §7.1.6). */
export class MediaSender {
  readonly link: StreamLink
  readonly #host: ClientHost
  readonly #aggregateMs: number
  #gathered: MediaMessage[] = []
  #gatheredBytes = 0
  #cancelFlush: (() => void) | undefined

  /** @param aggregateMs - Milliseconds of media to gather; 0 for none. */
  constructor(link: StreamLink, host: ClientHost, aggregateMs: number) {
    this.link = link
    this.#host = host
    this.#aggregateMs = aggregateMs
  }

  /** Bytes that have not left: those in the transport and those gathered. */
  get pendingBytes(): number {
    return this.link.pendingBytes + this.#gatheredBytes
  }

  /** Queues a message; {@link flush} writes what is queued. */
  send(message: MediaMessage): void {
    if (this.#aggregateMs > 0) this.#gather(message)
    else this.#sendAlone(message)
  }

  flush(): void {
    this.link.flush()
  }

  /** Tells the server to forget a data frame. */
  clearData(name: string): void {
    this.#sendGathered()
    const payload = encodeData(clearDataFrame(name))
    this.link.queueMessage(DATA_CSID, MessageTypeId.dataAmf0, 0, payload)
    this.flush()
  }

  /** Sends what is left, says goodbye and closes, see {@link StreamLink.end}. @throws RtmpClientError `CONNECTION_LOST` */
  end(patient: boolean): Promise<void> {
    if (this.link.isOver) this.#cancelFlush?.()
    else this.#sendGathered()
    return this.link.end(patient)
  }

  /** Nothing more is sent. */
  stop(): void {
    this.#cancelFlush?.()
  }

  #sendAlone({ typeId, timestamp, payload }: MediaMessage): void {
    const { link } = this
    if (typeId === MessageTypeId.audio || typeId === MessageTypeId.video) {
      link.queueMedia(typeId, timestamp, payload)
    } else link.queueMessage(DATA_CSID, typeId, timestamp, payload)
  }

  #gather(message: MediaMessage): void {
    const first = this.#gathered[0]
    this.#gathered.push(message)
    this.#gatheredBytes += message.payload.length
    const span = first === undefined ? 0 : (message.timestamp - first.timestamp) | 0
    if (span >= this.#aggregateMs || span < 0 || this.#gatheredBytes >= MAX_AGGREGATE_BYTES)
      this.#sendGathered()
    else {
      this.#cancelFlush ??= this.#host.schedule(this.#aggregateMs, () => {
        this.#sendGathered()
        this.flush()
      })
    }
  }

  #sendGathered(): void {
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
    const messages = this.#gathered
    if (messages.length === 0) return
    this.#gathered = []
    this.#gatheredBytes = 0
    if (messages.length === 1) {
      for (const message of messages) this.#sendAlone(message)
      return
    }
    const { typeId, timestamp, payload } = buildAggregate(
      messages.map((message) => ({
        csid: message.typeId === MessageTypeId.video ? VIDEO_CSID : AUDIO_CSID,
        typeId: message.typeId,
        messageStreamId: 0,
        timestamp: message.timestamp,
        payload: message.payload,
      })),
    )
    this.link.queueMessage(VIDEO_CSID, typeId, timestamp, payload)
  }
}
