import { encodeAmf0 } from '@rtmp/amf0'
import { MessageTypeId } from '@rtmp/chunk'
import type { MediaMessage } from '@rtmp/e-rtmp'
import { cutPath, streamPath } from '@rtmp/message'
import type { Publication, PublisherOwner, StreamRegistry } from '@rtmp/live/engine'
import type { LocalPublisher as LocalPublisherHandle } from '../contract/local-publisher.ts'
import type { MediaTag } from '../contract/media-tag.ts'

/** A publisher inside the process. Made by {@link ServerCore.inject}. */
export class LocalPublisher implements LocalPublisherHandle, PublisherOwner {
  readonly app: string
  readonly streamName: string
  /** Whether it brings what another node of the cluster publishes: that node counts it, pushes it on, records it. */
  readonly isFetched: boolean
  readonly #now: () => number
  readonly #onReplaced: (() => void) | undefined
  #publication: Publication | undefined
  #waiting: (() => void)[] = []

  private constructor(
    app: string,
    streamName: string,
    now: () => number,
    onReplaced: (() => void) | undefined,
    isFetched: boolean,
  ) {
    this.isFetched = isFetched
    this.app = app
    this.streamName = streamName
    this.#now = now
    this.#onReplaced = onReplaced
  }

  /** Takes the name; `undefined` when somebody else has it and keeps it. */
  static begin(
    registry: StreamRegistry,
    app: string,
    streamName: string,
    now: () => number,
    onReplaced?: () => void,
    isFetched = false,
  ): LocalPublisher | undefined {
    const cut = cutPath(streamPath(app, streamName))
    const publisher = new LocalPublisher(cut.app, cut.streamName, now, onReplaced, isFetched)
    publisher.#publication = registry.publish(app, streamName, publisher, now())
    return publisher.#publication === undefined ? undefined : publisher
  }

  get ended(): boolean {
    return this.#publication?.ended !== false
  }

  get publication(): Publication | undefined {
    return this.#publication
  }

  get held(): boolean {
    return this.#publication?.held === true && !this.ended
  }

  ready(): Promise<void> {
    if (!this.held) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  write(tag: MediaTag | MediaMessage): void {
    const now = this.#now()
    const { timestamp, payload } = tag
    if (tag.kind === 'data') {
      const { name } = tag
      this.#publication?.data(name === 'onMetaData' ? 'set' : 'send', name, timestamp, payload, now)
    } else {
      const typeId = tag.kind === 'video' ? MessageTypeId.video : MessageTypeId.audio
      this.#publication?.media(typeId, timestamp, payload, now)
    }
    this.#publication?.settle(now)
  }

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

  end(lost = false): void {
    this.#publication?.end(lost, this.#now())
    this.publisherHeld()
  }

  /** See {@link PublisherOwner.publisherReplaced}. */
  publisherReplaced(): void {
    this.publisherHeld()
    this.#onReplaced?.()
  }

  /** See {@link PublisherOwner.publisherHeld}. */
  publisherHeld(): void {
    if (this.held) return
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

/** Whether a publication brings what another node of the cluster publishes. */
export const isFetched = ({ owner }: { readonly owner: unknown }): boolean =>
  owner instanceof LocalPublisher && owner.isFetched
