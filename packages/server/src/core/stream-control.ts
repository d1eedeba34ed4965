import type { StreamAction } from '../access/access-handler.ts'
import { streamPath } from '../access/pattern.ts'
import { Activities } from './activities.ts'
import type { Connection } from './connection.ts'
import type { Redirect, Reject } from './decision.ts'
import type { DrainOptions } from './drain.ts'
import type { ServerCore } from './server-core.ts'
import { StreamDrain } from './stream-drain.ts'

/** Ends streams, empties them, and keeps clients from them meanwhile. */
export class StreamControl {
  readonly #core: ServerCore
  /** By path; few, mostly none. */
  readonly #drains = new Map<string, StreamDrain>()

  /** @internal */
  constructor(core: ServerCore) {
    this.#core = core
  }

  /**
   * Ends a stream: its publisher is told by a status, its players by the end of the stream. False when there is none.
   * Whoever wants to may begin it again.
   */
  end(app: string, streamName: string, description = 'ended by the server'): boolean {
    const stream = this.#core.registry.find(app, streamName)
    if (stream === undefined) return false
    const now = this.#core.now()
    const { publication } = stream
    if (publication === undefined) stream.close(now)
    else if (publication.owner instanceof Activities) {
      const id = publication.owner.publishingOf(publication)?.context.messageStreamId ?? 0
      publication.owner.endPublish(id, { kind: 'reject', description }, 'kicked')
    } else {
      publication.end(false, now)
      publication.owner.publisherReplaced(publication, now)
    }
    return true
  }

  /** How a stream is being emptied, if it is. */
  draining(app: string, streamName: string): StreamDrain | undefined {
    return this.#drains.size === 0 ? undefined : this.#drains.get(streamPath({ app, streamName }))
  }

  /**
   * Empties one stream, see {@link StreamDrain}; `undefined` when there is none. One that is being emptied already goes
   * on as it does.
   */
  drain(app: string, streamName: string, options: DrainOptions = {}): StreamDrain | undefined {
    const going = this.draining(app, streamName)
    if (going !== undefined) return going
    if (this.#core.registry.find(app, streamName) === undefined) return undefined
    const path = streamPath({ app, streamName })
    const now = this.#core.now()
    const over = (): void => void this.#drains.delete(path)
    const drain = new StreamDrain(this.#core, app, streamName, options, over, now)
    this.#drains.set(path, drain)
    drain.onTimer(now)
    return drain
  }

  /** @internal What is said to whoever asks for a stream that nobody may have now: it is banned, or being emptied. */
  withheld(
    connection: Connection,
    action: StreamAction,
    app: string,
    streamName: string,
  ): Reject | Redirect | undefined {
    return (
      this.#core.bans.streamRefusal(connection, action, app, streamName) ??
      this.draining(app, streamName)?.refusal
    )
  }
}
