import { Emitter } from './emitter.ts'
import type { ClientHost } from './host.ts'
import type { LogEntry } from './log.ts'
import type { RtmpPublisherOptions } from './options.ts'
import { outgoing, type PublisherInput } from './outgoing.ts'
import { RtmpPublisher, type RtmpPublisherState } from './publisher.ts'

/** One place to publish to, with options of its own. */
export interface PushTarget extends RtmpPublisherOptions {
  /** `rtmp://` or `rtmps://`, stream key included. */
  readonly url: string
}

/** What a {@link MultiPublisher} tells: each event with the target it is about. */
export interface MultiPublisherEvents {
  /** Each change of each target. */
  readonly state: { readonly target: RtmpPublisher; readonly state: RtmpPublisherState }
  /** Each line of each target. */
  readonly log: LogEntry & { readonly target: RtmpPublisher }
}

/**
 * Publishes one input to many targets. Each has its own connection, queue, reconnects and end: one that fails or is slow
 * is not noticed by the others.
 */
export class MultiPublisher {
  /** In the order given; each can be listened to and ended by itself. */
  readonly targets: readonly RtmpPublisher[]
  readonly #events = new Emitter<MultiPublisherEvents>()

  /**
   * Starts to connect to all of them at once. Targets reconnect and drop unless their options say otherwise.
   *
   * @throws UsageError `RTMP_URL_INVALID`, `BACKOFF_OUT_OF_RANGE`
   */
  constructor(
    host: ClientHost,
    targets: readonly (string | PushTarget)[],
    options: RtmpPublisherOptions = {},
  ) {
    this.targets = targets.map((target) => {
      const { url, ...own } = typeof target === 'string' ? { url: target } : target
      return new RtmpPublisher(host, url, {
        reconnect: { fromStart: true },
        ...options,
        ...own,
        queue: { overflow: 'drop', ...options.queue, ...own.queue },
      })
    })
    for (const target of this.targets) {
      target.on('state', (state) => this.#events.emit('state', { target, state }))
      target.on('log', (entry) => this.#events.emit('log', { ...entry, target }))
    }
  }

  /** Calls `listener` at every event of that name; returns a function that takes it away again. */
  on<Name extends keyof MultiPublisherEvents>(
    name: Name,
    listener: (value: MultiPublisherEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, listener)
  }

  /**
   * Sends a packet to every target that has not ended. Settles when all have room; at once while every target drops,
   * which is the default. Never rejects for what happens to a target: look at its state.
   *
   * @throws UsageError `CLIENT_PACKET`
   */
  async write(packet: PublisherInput): Promise<void> {
    const message = outgoing(packet) // Looked at once, for all.
    await this.#each((target) => target.write(message))
  }

  /** Sends `onMetaData` to every target. */
  async writeMetadata(values: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#each((target) => target.writeMetadata(values))
  }

  /** Sends a data message to every target. */
  async writeData(name: string, ...values: readonly unknown[]): Promise<void> {
    await this.#each((target) => target.writeData(name, ...values))
  }

  /** Ends every target. Resolves when all are done, however they ended. */
  async end(): Promise<void> {
    await this.#each((target) => target.end())
  }

  async #each(act: (target: RtmpPublisher) => Promise<void>): Promise<void> {
    const pending = this.targets
      .filter(({ state }) => state !== 'ended' && state !== 'failed')
      .map((target) => act(target))
    await Promise.allSettled(pending)
  }
}
