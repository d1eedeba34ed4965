import { encodeAmf0 } from '@rtmp/amf0'
import { MessageTypeId } from '@rtmp/chunk'
import type { Publication, PublisherOwner } from '../relay/publication.ts'
import type { StreamRegistry } from '../relay/stream-registry.ts'
import type { MediaTag } from './handler.ts'

/**
 * A publisher inside the process: what it is given goes to the players of its stream as if a client had sent it. Made by
 * {@link ServerCore.inject}.
 */
export class LocalPublisher implements PublisherOwner {
  readonly app: string
  readonly streamName: string
  readonly #now: () => number
  readonly #onReplaced: (() => void) | undefined
  #publication: Publication | undefined

  private constructor(app: string, streamName: string, now: () => number, onReplaced?: () => void) {
    this.app = app
    this.streamName = streamName
    this.#now = now
    this.#onReplaced = onReplaced
  }

  /** @internal Takes the name; `undefined` when somebody else has it and keeps it. */
  static begin(
    registry: StreamRegistry,
    app: string,
    streamName: string,
    now: () => number,
    onReplaced?: () => void,
  ): LocalPublisher | undefined {
    const publisher = new LocalPublisher(app, streamName, now, onReplaced)
    publisher.#publication = registry.publish(app, streamName, publisher, now())
    return publisher.#publication === undefined ? undefined : publisher
  }

  /** Whether it has ended, or another publisher has taken the name over; what is written then goes nowhere. */
  get ended(): boolean {
    return this.#publication?.ended !== false
  }

  get publication(): Publication | undefined {
    return this.#publication
  }

  /** Sends an audio or video message. Its payload is kept and must not change. */
  write({ kind, timestamp, payload }: MediaTag): void {
    const now = this.#now()
    const typeId = kind === 'video' ? MessageTypeId.video : MessageTypeId.audio
    this.#publication?.media(typeId, timestamp, payload, now)
    this.#publication?.settle(now)
  }

  /**
   * Sends a data message.
   *
   * @param action - `'set'`, as for `onMetaData`, gives it to everybody who joins later too.
   * @throws UsageError for values that AMF0 cannot say
   */
  data(
    action: 'set' | 'clear' | 'send',
    timestamp: number,
    name: string,
    ...values: readonly unknown[]
  ): void {
    const now = this.#now()
    this.#publication?.data(action, name, timestamp, encodeAmf0([name, ...values]), now)
    this.#publication?.settle(now)
  }

  /**
   * Ends it.
   *
   * @param lost - Whether players should wait for somebody else to go on, for the grace period.
   */
  end(lost = false): void {
    this.#publication?.end(lost, this.#now())
  }

  /** See {@link PublisherOwner.publisherReplaced}. */
  publisherReplaced(): void {
    this.#onReplaced?.()
  }
}
