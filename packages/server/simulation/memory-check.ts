import type { Connection } from '../src/core/connection.ts'
import type { ServerCore } from '../src/core/server-core.ts'
import type { LiveStream } from '@rtmp/live/engine'

/** Slack of a player's queue beyond its limits: one batch, and what a connection says beside it. */
const QUEUE_SLACK = 1024 * 1024 + 64 * 1024

/** A way to the server that may be full. */
interface Watched {
  readonly connection: Connection
}

/** Holds what a server keeps, for connections and for those who join late, to its bounds. */
export class MemoryCheck {
  readonly #core: ServerCore
  readonly #violated: (text: string) => void
  readonly #mostQueued: number
  readonly #mostCached: number
  readonly #mostMessages: number
  /** Those whose way can be full: nothing waits for the others. */
  readonly #narrow = new Set<Watched>()
  #heard: Connection | undefined
  readonly peaks = { peakQueuedBytes: 0, peakCacheBytes: 0 }

  constructor(core: ServerCore, violated: (text: string) => void) {
    this.#core = core
    this.#violated = violated
    const { player, cache } = core.registry.options
    this.#mostQueued = player.hard.bytes + cache.bytes + cache.headerBytes + QUEUE_SLACK
    this.#mostCached = cache.bytes + cache.headerBytes
    this.#mostMessages = cache.messages
  }

  /** A link whose server end may have to wait. */
  narrow(link: Watched): void {
    this.#narrow.add(link)
  }

  gone(link: Watched): void {
    this.#narrow.delete(link)
  }

  /** The server has taken bytes: what it keeps of that connection's streams may have grown. */
  heard(connection: Connection): void {
    this.#heard = connection
  }

  /** At every step: whatever the step may have made grow. */
  check(): void {
    for (const { connection } of this.#narrow) this.#queue(connection)
    const heard = this.#heard
    if (heard === undefined) return
    this.#heard = undefined
    for (const { publication } of heard.activities.publishings) {
      const { app, name } = publication.stream
      const stream = this.#core.registry.find(app, name)
      if (stream !== undefined) this.#cache(stream)
    }
  }

  /** Now and then: everything. */
  checkAll(): void {
    for (const connection of this.#core.connections) this.#queue(connection)
    for (const stream of this.#core.streams()) this.#cache(stream)
  }

  #queue({ id, outbox }: Connection): void {
    const { queuedBytes } = outbox
    if (queuedBytes > this.peaks.peakQueuedBytes) this.peaks.peakQueuedBytes = queuedBytes
    if (queuedBytes > this.#mostQueued) this.#violated(`${queuedBytes} bytes wait for connection ${id}`)
  }

  #cache({ name, cache }: LiveStream): void {
    const { bytes, group } = cache
    if (bytes > this.peaks.peakCacheBytes) this.peaks.peakCacheBytes = bytes
    if (bytes > this.#mostCached || group.length > this.#mostMessages) {
      this.#violated(`the cache of ${name} holds ${group.length} messages, ${bytes} bytes`)
    }
  }
}
