import { streamPath } from '@rtmp/message'
import { Activities } from './activities.ts'
import type { DrainOptions } from '../contract/drain-options.ts'
import type { Services } from './services.ts'
import { StreamDrain } from './stream-drain.ts'

type StreamControlServices = Pick<Services, 'registry' | 'wheel' | 'now'>

/** Ends streams, empties them, and keeps clients from them meanwhile. */
export class StreamControl {
  readonly #services: StreamControlServices
  /** By path; few, mostly none. */
  readonly #drains = new Map<string, StreamDrain>()

  /** @internal */
  constructor(services: StreamControlServices) {
    this.#services = services
  }

  /**
   * Ends a stream: its publisher is told by a status, its players by the end of the stream. False when there is none.
   * Whoever wants to may begin it again.
   */
  end(app: string, streamName: string, description = 'ended by the server'): boolean {
    const stream = this.#services.registry.find(app, streamName)
    if (stream === undefined) return false
    const now = this.#services.now()
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
    return this.#drains.size === 0 ? undefined : this.#drains.get(streamPath(app, streamName))
  }

  /**
   * Empties one stream, see {@link StreamDrain}; `undefined` when there is none. One that is being emptied already goes
   * on as it does.
   */
  drain(app: string, streamName: string, options: DrainOptions = {}): StreamDrain | undefined {
    const going = this.draining(app, streamName)
    if (going !== undefined) return going
    if (this.#services.registry.find(app, streamName) === undefined) return undefined
    const path = streamPath(app, streamName)
    const now = this.#services.now()
    const { registry, wheel } = this.#services
    const services = {
      registry,
      wheel,
      end: this.end.bind(this),
      over: () => void this.#drains.delete(path),
    }
    const drain = new StreamDrain(services, app, streamName, options, now)
    this.#drains.set(path, drain)
    drain.onTimer(now)
    return drain
  }
}
