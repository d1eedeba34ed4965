import type { LiveStream } from '../../relay/live-stream.ts'
import type { StreamRegistry } from '../../relay/stream-registry.ts'

/** The stream that a path `app/name` names. Apps and names may hold slashes: the longest app that fits counts. */
export const splitPath = (registry: StreamRegistry, path: string): LiveStream | undefined => {
  for (let at = path.lastIndexOf('/'); at >= 0; at = at === 0 ? -1 : path.lastIndexOf('/', at - 1)) {
    const stream = registry.find(path.slice(0, at), path.slice(at + 1))
    if (stream !== undefined) return stream
  }
  return undefined
}
