import { MediaMessage } from '@rtmp/e-rtmp'
import { MessageTypeId } from '@rtmp/chunk'
import type { EntryWatch } from './entry-watch.ts'
import type { PublisherOwner } from './handles/publication.ts'
import type { PublicationCounters } from './publication-counters.ts'
import { PerformanceWatch } from './publisher-performance.ts'
import { RateMeter } from './rate-meter.ts'

/** Enough of a message for the header of any sound. */
const SAMPLE_BYTES = 64

/** What a publication needs of its stream. */
export interface PublishedStream {
  /** All of the path but its last segment; may be empty. */
  readonly app: string
  /** The last segment. */
  readonly name: string
  /** Those who get it. */
  readonly subscribers: readonly { readonly patient: boolean }[]
  /** Whether somebody listens inside the process. */
  readonly isTapped: boolean
  /** An audio or video message. */
  pushMedia(message: MediaMessage, now: number): void
  /** A data message; with a name it is kept. */
  pushData(message: MediaMessage, name: string | undefined, now: number): void
  /** Forgets the data message of that name, and sends nothing. */
  clearData(name: string): void
  /** Sends what is due. */
  settle(now: number): void
  /** The publication is over. With `lost` subscribers wait for the grace period. */
  publisherGone(publication: Publication, lost: boolean, now: number): void
  /** Whether a payload was shown to somebody who may have kept it, since this was last asked. */
  takeShown(): boolean
  /** Adds the memory of all payloads that the stream and its subscribers hold. */
  addMemoryTo(memory: Set<ArrayBufferLike>): void
}

/** One publisher's hold of a stream, from its start to its end. */
export class Publication {
  /** Where it goes. */
  readonly stream: PublishedStream
  /** Who is told when it is over or held. */
  readonly owner: PublisherOwner
  /** When it began, in milliseconds. */
  readonly startedAt: number
  /** Counted in place since it began. */
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
  audioSample: MediaMessage | undefined
  /** Backpressure: a subscriber that misses nothing has fallen behind; nothing more should be read of the publisher for now. */
  held = false
  /** The most players the publisher may have, if it was granted with such a limit. */
  maxPlayers: number | undefined
  /** Where those who join can start with its video. */
  readonly entries: EntryWatch
  /** What it tells of its own machine. */
  readonly performance: PerformanceWatch = new PerformanceWatch()
  #ended = false

  constructor(stream: PublishedStream, owner: PublisherOwner, now: number, entries: EntryWatch) {
    this.entries = entries
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

  /** What it is given goes nowhere from now on. */
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
    if (!this.#ended) this.push(new MediaMessage(typeId, timestamp, payload), now)
  }

  /** As {@link media}, of a message that has been made already. */
  push(message: MediaMessage, now: number): void {
    if (this.#ended) return
    const { counters } = this
    counters.bytes += message.payload.length
    this.lastMediaAt = now
    let admitted = message
    if (message.isVideo) {
      counters.videoMessages += 1
      if (message.keyFrame) {
        counters.keyFrames += 1
        this.performance.look(message)
      }
      admitted = this.entries.admit(message, now)
    } else {
      counters.audioMessages += 1
      if (this.audioSample === undefined && message.isCoded) {
        this.audioSample = message.withPayload(message.payload.slice(0, SAMPLE_BYTES))
      }
    }
    this.stream.pushMedia(admitted, now)
  }

  /** Counts an audio or video message that is not to be sent on. */
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
    else {
      const message = new MediaMessage(MessageTypeId.dataAmf0, timestamp, payload, name)
      this.stream.pushData(message, action === 'set' ? name : undefined, now)
    }
  }

  /** Whether nobody waits for what it publishes: no player, nobody in the process but who is patient. */
  get unwatched(): boolean {
    return this.stream.subscribers.every(({ patient }) => patient) && !this.stream.isTapped
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
