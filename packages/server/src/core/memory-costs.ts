import type { PlayContext, PublishContext } from '../contract/contexts.ts'

/*
 * What the parts of a connection cost in memory, in bytes, beside the bytes of clients that they hold. Measured on Node 20 to 24 (see
 * `docs/abuse.md`), rounded up.
 */

/** A connection from its first byte on: socket, session, queues, timers. */
export const CONNECTION_BYTES = 10_752

/** What TLS takes beside. */
export const TLS_BYTES = 40_960

/** A socket that speaks HTTP, or no RTMP yet, with what Node keeps of it and of the request that comes over it. */
export const SOCKET_BYTES = 16_384

/** A request over HTTP beside the first one of its socket, without its head. */
export const REQUEST_BYTES = 8192

/** A publish, and a play, beside the stream. */
export const PUBLISH_BYTES = 4096
export const PLAY_BYTES = 3072

/** An empty text, and what a parameter of a query costs beside its letters. */
const TEXT_BYTES = 32
const PARAMETER_BYTES = 128

/** What is kept of a request as long as what it began goes on: names as they were sent, cut and resolved, and the parameters. */
export const contextBytes = ({
  app,
  streamName,
  path,
  sent,
  query,
}: PublishContext | PlayContext): number => {
  let letters = app.length + streamName.length + path.length + sent.app.length + sent.streamName.length
  let parameters = 0
  for (const [name, value] of Object.entries(query)) {
    parameters += 1
    letters += name.length + value.length
  }
  return letters * 2 + 5 * TEXT_BYTES + parameters * PARAMETER_BYTES
}
