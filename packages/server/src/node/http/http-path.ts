import { cutStream, parseQuery, type QueryParameters, type StreamPlace } from '@rtmp/message'

/** What a request asks for. */
export interface HttpTarget {
  /** Decoded once, with the slash before it. */
  readonly path: string
  readonly query: QueryParameters
}

/** What the target of a request (path and query) asks for; `undefined` where it cannot be decoded. */
export const targetIn = (target: string): HttpTarget | undefined => {
  const at = target.indexOf('?')
  const raw = at < 0 ? target : target.slice(0, at)
  const query = parseQuery(at < 0 ? '' : target.slice(at + 1))
  if (!raw.startsWith('/')) return undefined
  if (!raw.includes('%')) return { path: raw, query }
  try {
    return { path: decodeURIComponent(raw), query }
  } catch {
    return undefined
  }
}

/** A stream's path and the ending behind it, `''` for none. */
export interface StreamTarget {
  readonly stream: StreamPlace
  readonly ending: string
}

/** A stream's name, or a control character in it. */
// oxlint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f]/

/**
 * The stream that a path names, with one of the endings cut off it; `undefined` for what cannot be the path of a stream.
 *
 * A question mark that was written `%3F` is no part of a name either: names with parameters in them would be other names over RTMP.
 */
export const streamIn = (path: string, endings: ReadonlySet<string>): StreamTarget | undefined => {
  const dot = path.lastIndexOf('.')
  const ending = dot > path.lastIndexOf('/') + 1 && endings.has(path.slice(dot)) ? path.slice(dot) : ''
  const name = ending === '' ? path : path.slice(0, dot)
  if (CONTROL.test(name) || name.includes('?')) return undefined
  const cut = cutStream(name, '')
  if (cut === undefined || cut.path === '') return undefined
  const { app, streamName, path: whole } = cut
  return { stream: { app, streamName, path: whole }, ending }
}

/** Whether what stands below a place is a plain way down: no empty, `.` or `..` segment, no control character. */
export const isPlain = (rest: string): boolean =>
  rest === '' || (!CONTROL.test(rest) && !rest.replace(/\/$/, '').split('/').some(isOdd))

const isOdd = (segment: string): boolean =>
  segment === '' || segment === '.' || segment === '..' || segment.includes('\\')
