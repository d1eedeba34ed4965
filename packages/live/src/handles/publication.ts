import type { MediaMessage } from '@rtmp/e-rtmp'
import type { PublicationCounters } from '../publication-counters.ts'
import type { RateMeter } from '../rate-meter.ts'

/** Who publishes. */
export interface PublisherOwner {
  /** Another publisher has taken the name over, or an administrator has ended the stream; the publication has ended. */
  publisherReplaced(publication: Publication, now: number): void
  /** Somebody wants to see at once what it publishes, and nobody did before. */
  firstSubscriber?(): void
  /** Backpressure: {@link Publication.held} has changed. */
  publisherHeld?(publication: Publication): void
}

/** One publisher's hold of a stream, from its start to its end. Made by `StreamRegistry.publish`. */
export interface Publication {
  /** Who is told when the publication is over or held; given to `StreamRegistry.publish`. */
  readonly owner: PublisherOwner
  /** When it began, in milliseconds. */
  readonly startedAt: number
  /** Counted in place since it began. */
  readonly counters: PublicationCounters
  /** When the last audio or video message came, in milliseconds. */
  readonly lastMediaAt: number
  /** Bytes and frames of the last seconds. */
  readonly rate: RateMeter
  /** Backpressure: a subscriber that misses nothing has fallen behind; nothing more should be read of the publisher for now. */
  readonly held: boolean
  /** Whether it is over; what is given to it then goes nowhere. */
  readonly ended: boolean
  /** Whether nobody waits for what it publishes: no subscriber but patient ones, no tap. */
  readonly unwatched: boolean
  /**
   * An audio or video message of the publisher. The payload is kept and sent on as it is. Call {@link settle} when
   * what has arrived together has been given.
   *
   * @param typeId - 8 audio, 9 video.
   * @param timestamp - uint32 milliseconds.
   */
  media(typeId: number, timestamp: number, payload: Uint8Array, now: number): void
  /** As {@link media}, of a message that has been made already. */
  push(message: MediaMessage, now: number): void
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
  ): void
  /** Sends what is due. */
  settle(now: number): void
  /** Takes a sample for {@link rate}; call it about once a second. */
  sample(now: number): void
  /**
   * Ends the publication. Does nothing when it has ended.
   *
   * @param lost - Whether the publisher was lost rather than done: then subscribers wait for it for the grace period.
   */
  end(lost: boolean, now: number): void
}
