import type { ConnectionInfo, PlayContext, PublishContext, ServerHandler } from '../core/handler.ts'

/** Where a {@link loggingHandler} writes: one line of text, and the same as facts for programs. */
export type LogLine = (text: string, facts: Readonly<Record<string, unknown>>) => void

/**
 * A handler that decides nothing and writes one line for everything that happens to connections, publishes and plays;
 * nothing for single frames.
 *
 * @example
 * ```ts
 * createServer({ handler: [loggingHandler(console.log), mine] })
 * ```
 */
export const loggingHandler = (write: LogLine): ServerHandler => {
  const about = (
    connection: ConnectionInfo,
    hook: keyof ServerHandler,
    text: string,
    facts: object = {},
  ): void =>
    write(`${connection.uid} ${text}`, {
      hook,
      connection: connection.uid,
      remoteAddress: connection.remoteAddress,
      ...facts,
    })
  const aboutStream = (
    { connection, app, streamName }: PublishContext | PlayContext,
    hook: keyof ServerHandler,
    text: string,
    facts: object = {},
  ): void => about(connection, hook, `${text} ${app}/${streamName}`, { app, streamName, ...facts })
  return {
    connection: (connection) => about(connection, 'connection', `connects from ${connection.remoteAddress}`),
    handshakeComplete: (connection, { kind }) =>
      about(connection, 'handshakeComplete', `has done the ${kind} handshake`, { handshake: kind }),
    connect: ({ connection, app, connect }) =>
      about(connection, 'connect', `wants app ${app}`, { app, flashVer: connect.flashVer }),
    fcPublish: ({ connection, app, streamName }) =>
      about(connection, 'fcPublish', `announces ${app}/${streamName}`, { app, streamName }),
    publish: (context) => aboutStream(context, 'publish', 'wants to publish'),
    play: (context) => aboutStream(context, 'play', 'wants to play'),
    metadata: (context, properties) => aboutStream(context, 'metadata', 'has metadata for', { properties }),
    unpublish: (context, reason) =>
      aboutStream(context, 'unpublish', `(${reason}) publishes no more`, { reason }),
    playStop: (context, reason) => aboutStream(context, 'playStop', `(${reason}) plays no more`, { reason }),
    pause: (context, position) => aboutStream(context, 'pause', 'pauses', { position }),
    unpause: (context, position) => aboutStream(context, 'unpause', 'goes on with', { position }),
    disconnect: (connection, { reason, description }) =>
      about(connection, 'disconnect', `has gone: ${description}`, { reason, description }),
  }
}
