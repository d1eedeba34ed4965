import type { ConnectionInfo } from '../contract/connection-info.ts'
import type { PlayContext, PublishContext } from '../contract/contexts.ts'
import type { ServerHandler } from '../contract/handler.ts'
import type { HookName } from '../contract/hooks.ts'

/** Where a {@link loggingHandler} writes: one line of text, and the same as facts for programs. */
export type LogLine = (text: string, facts: Readonly<Record<string, unknown>>) => void

/** Hooks that no line is written for: they come with every message, or every few seconds. */
type Silent =
  | 'data'
  | 'mediaTag'
  | 'videoFrame'
  | 'audioFrame'
  | 'enhancedVideoFrame'
  | 'enhancedAudioFrame'
  | 'keyframe'
  | 'call'
  | 'statsUpdate'

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
  const about = (connection: ConnectionInfo, hook: HookName, text: string, facts: object = {}): void => {
    const { uid, remoteAddress } = connection
    write(`${uid} ${text}`, { hook, connection: uid, remoteAddress, ...facts })
  }
  const aboutStream = (
    { connection, app, streamName, path }: PublishContext | PlayContext,
    hook: HookName,
    text: string,
    facts: object = {},
  ): void => about(connection, hook, `${text} ${path}`, { app, streamName, ...facts })
  const lines: Required<Pick<ServerHandler, Exclude<HookName, Silent>>> = {
    connection: (connection) => about(connection, 'connection', `connects from ${connection.remoteAddress}`),
    handshakeComplete: (connection, { kind }) =>
      about(connection, 'handshakeComplete', `has done the ${kind} handshake`, { handshake: kind }),
    connect: ({ connection, app, connect }) =>
      about(connection, 'connect', `wants app ${app}`, { app, flashVer: connect.flashVer }),
    fcPublish: ({ connection, app, streamName, path }) =>
      about(connection, 'fcPublish', `announces ${path}`, { app, streamName }),
    publish: (context) => aboutStream(context, 'publish', 'wants to publish'),
    play: (context) => aboutStream(context, 'play', 'wants to play'),
    metadata: (context, properties) => aboutStream(context, 'metadata', 'has metadata for', { properties }),
    unpublish: (context, reason) =>
      aboutStream(context, 'unpublish', `(${reason}) publishes no more`, { reason }),
    playStop: (context, reason) => aboutStream(context, 'playStop', `(${reason}) plays no more`, { reason }),
    pause: (context, position) => aboutStream(context, 'pause', 'pauses', { position }),
    unpause: (context, position) => aboutStream(context, 'unpause', 'goes on with', { position }),
    seek: (context, position) => aboutStream(context, 'seek', `asks for ${position} ms of`, { position }),
    play2: (context, options) => aboutStream(context, 'play2', 'asks for another stream than', { options }),
    receiveAudio: (context, enabled) =>
      aboutStream(context, 'receiveAudio', `wants ${enabled ? '' : 'no '}sound of`, { enabled }),
    receiveVideo: (context, enabled) =>
      aboutStream(context, 'receiveVideo', `wants ${enabled ? '' : 'no '}pictures of`, { enabled }),
    bufferLength: (connection, messageStreamId, bufferLength) =>
      about(connection, 'bufferLength', `buffers ${bufferLength} ms`, { messageStreamId, bufferLength }),
    disconnect: (connection, { reason, description }) =>
      about(connection, 'disconnect', `has gone: ${description}`, { reason, description }),
  }
  return lines
}
