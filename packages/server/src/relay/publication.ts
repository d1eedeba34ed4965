import { MessageTypeId } from '@rtmp/chunk'
import type { LiveStream } from './live-stream.ts'
import { RateMeter } from './rate-meter.ts'
import { audioMessage, dataMessage, type RelayMessage, videoMessage } from './relay-message.ts'

/** Enough of a message for the header of any sound. */
const SAMPLE_BYTES = 64

/** Who publishes. */
export interface PublisherOwner {
  /** Another publisher has taken the name over, or an administrator has ended the stream; the publication has ended. */
  publisherReplaced(publication: Publication, now: number): void
  /** Somebody wants to see what it publishes, whom nobody was before. */
  firstPlayer?(): void
}

/** What a publisher has sent; counted in place, read on demand. */
export interface PublicationCounters {
  audioMessages: number
  videoMessages: number
  dataMessages: number
  keyFrames: number
  /** Payload bytes. */
  bytes: number
  /** Audio and video messages that a hook did not let through; they count above as well. */
  dropped: number
}

/** One publisher's hold of a stream, from its start to its end. */
export class Publication {
  readonly stream: LiveStream
  readonly owner: PublisherOwner
  /** When it began, in milliseconds. */
  readonly startedAt: number
  readonly counters: PublicationCounters = {
    audioMessages: 0,
    videoMessages: 0,
    dataMessages: 0,
    keyFrames: 0,
    bytes: 0,
    dropped: 0,
  }
  /** When the last audio or video message came, in milliseconds. */
  lastMediaAt: number
  /** Bytes and frames of the last seconds. */
  readonly rate: RateMeter
  /** The start of its first sound, to tell the codec by. A copy. */
  audioSample: RelayMessage | undefined
  /** The most players the publisher may have, if it was granted with such a limit. */
  maxPlayers: number | undefined
  #ended = false

  constructor(stream: LiveStream, owner: PublisherOwner, now: number) {
    this.stream = stream
    this.owner = owner
    this.startedAt = now
    this.lastMediaAt = now
    this.rate = new RateMeter(now)
  }

  /** Takes a sample for {@link rate}; call it about once a second. */
  sample(now: number): void {
    this.rate.sample(now, this.counters.bytes, this.counters.videoMessages)
  }

  /** Whether it is over; what is given to it then goes nowhere. */
  get ended(): boolean {
    return this.#ended
  }

  /** @internal */
  markEnded(): void {
    this.#ended = true
  }

  /**
   * An audio or video message of the publisher. The payload is kept and sent on as it is. Call {@link settle} when
   * what has arrived together has been given.
   *
   * @param typeId - 8 audio, 9 video.
   * @param timestamp - uint32 milliseconds.
   */
  media(typeId: number, timestamp: number, payload: Uint8Array, now: number): void {
    if (this.#ended) return
    const { counters } = this
    counters.bytes += payload.length
    this.lastMediaAt = now
    const video = typeId === MessageTypeId.video
    const message = video ? videoMessage(timestamp, payload) : audioMessage(timestamp, payload)
    if (video) {
      counters.videoMessages += 1
      if (message.isKeyFrame) counters.keyFrames += 1
    } else {
      counters.audioMessages += 1
      if (this.audioSample === undefined && message.isCoded) {
        this.audioSample = message.withPayload(payload.slice(0, SAMPLE_BYTES))
      }
    }
    this.stream.pushMedia(message, now)
  }

  /** Counts an audio or video message that is not to be relayed. */
  dropped(video: boolean, bytes: number, now: number): void {
    if (video) this.counters.videoMessages += 1
    else this.counters.audioMessages += 1
    this.counters.bytes += bytes
    this.counters.dropped += 1
    this.lastMediaAt = now
  }

  /**
   * A data message of the publisher: `name` and values as AMF0, without `@setDataFrame`.
   *
   * @param action - `'set'` keeps it for late joiners, `'clear'` forgets the one of that name and sends nothing.
   */
  data(
    action: 'set' | 'clear' | 'send',
    name: string,
    timestamp: number,
    payload: Uint8Array,
    now: number,
  ): void {
    if (this.#ended) return
    this.counters.dataMessages += 1
    this.counters.bytes += payload.length
    if (action === 'clear') this.stream.clearData(name)
    else this.stream.pushData(dataMessage(timestamp, payload), action === 'set' ? name : undefined, now)
  }

  /** Whether nobody sees what it publishes: no player, nobody in the process. */
  get unwatched(): boolean {
    return this.stream.players.length === 0 && this.stream.taps === undefined
  }

  /** Sends what is due. */
  settle(now: number): void {
    if (!this.#ended) this.stream.settle(now)
  }

  /**
   * Ends the publication. Does nothing when it has ended.
   *
   * @param lost - Whether the publisher was lost rather than done: then players wait for it for the grace period.
   */
  end(lost: boolean, now: number): void {
    if (!this.#ended) this.stream.publisherGone(this, lost, now)
  }
}
