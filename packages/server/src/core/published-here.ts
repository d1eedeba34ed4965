import type { LiveStream } from '@rtmp/live/engine'
import { isFetched } from './local-publisher.ts'
import type { ServerCore } from './server-core.ts'

/** What to do about streams of this node. */
export interface PublishedHereSetup {
  /** A stream has begun here, or its publisher, who was at another node, has come here. */
  readonly came: (stream: LiveStream) => void
  /** Its publisher is at another node now; it may be seen here as before. */
  readonly went?: (stream: LiveStream) => void
}

/**
 * Watches which streams are published at this node, and not fetched from another one: what is done once for a stream, to record it or to cut
 * it, is done where it is published.
 *
 * @returns what ends it
 */
export const watchPublishedHere = (core: ServerCore, { came, went }: PublishedHereSetup): (() => void) => {
  /** Paths of those that are fetched. */
  const elsewhere = new Set<string>()
  const look = (stream: LiveStream, isNew: boolean): void => {
    const { publication } = stream
    if (publication !== undefined && isFetched(publication)) {
      elsewhere.add(stream.path)
      if (!isNew) went?.(stream)
    } else if (elsewhere.delete(stream.path) || isNew) came(stream)
  }
  // The publisher is there when the engine has taken it up, right behind the event.
  const soon = (path: string, isNew: boolean): void =>
    queueMicrotask(() => {
      const stream = core.registry.find('', path)
      if (stream !== undefined) look(stream, isNew)
    })
  const { events } = core
  const offs = [
    events.on('streamStarted', ({ stream }) => soon(stream.path, true)),
    events.on('publisherReturned', ({ stream }) => soon(stream.path, false)),
    events.on('streamEnded', ({ stream }) => void elsewhere.delete(stream.path)),
  ]
  return () => {
    for (const off of offs) off()
  }
}
