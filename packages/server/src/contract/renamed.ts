import { cutStream, type StreamPlace, streamPath } from '@rtmp/message'
import type { AcceptOptions } from './decision.ts'

/**
 * A request under the name that a decision gives it, within the same app unless it gives another. Slashes in the name make it a
 * stream further down; what cannot be a name stays as it is.
 */
export const renamed = <Context extends StreamPlace>(
  context: Context,
  { app: given = context.app, streamName = context.streamName }: AcceptOptions,
): Context => {
  if (given === context.app && streamName === context.streamName) return context
  const cut = cutStream(streamPath(given, streamName), '')
  if (cut === undefined || cut.queries.length > 0) return { ...context, streamName, path: '' }
  const { app, streamName: last, path } = cut
  return { ...context, app, streamName: last, path }
}
