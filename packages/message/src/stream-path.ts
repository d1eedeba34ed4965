/**
 * A stream is its path. Clients send it in two pieces, an app in `connect` and a name in `publish` or `play`, and cut it
 * where they like:
 *
 *   app `a` + name `b/c`      app `a/b` + name `c`      app `a/b/c` + empty name      →  path `a/b/c`
 *
 * The pieces are joined with `/` and cut again at the last slash. What follows a `?` are parameters: they belong to the
 * segment they stand in, and are no part of the name.
 */

/** Parameters by name, percent-decoded; without prototype, the last of a name wins. */
export type QueryParameters = Readonly<Record<string, string>>

/** Where a stream is: one path, cut at its last slash. */
export interface StreamPlace {
  /** All segments but the last; may be empty. */
  readonly app: string
  /** The last segment. */
  readonly streamName: string
  /** Both, with a slash between them if there is an app. */
  readonly path: string
}

/** What a client asked for, in the one cut. */
export interface StreamCut extends StreamPlace {
  /** The parameters of each segment that has some, as sent, without the `?`. */
  readonly queries: readonly string[]
}

/** The instance of an application that is meant when none is named (Flash Media Server). */
const DEFAULT_INSTANCE = '_definst_'

/**
 * The stream of an app and a name as a client sends them. Slashes around either do not count, nor does `_definst_`;
 * a percent sign is a percent sign.
 *
 * Parameters end where the app ends. Those of the first segment also end at a slash, if further segments can begin behind
 * it, which are not empty and hold no `=` or `&` (`live2?backup=1/key`). Those of a later one run to the end of their piece:
 * keys have slashes in their values (`key?sign=a/b`, `key?cover=http://host/x.png`), and some programs (OBS) decode `%2F`
 * before they send. What FFmpeg cuts inside a value (`live/key?sign=a` and `b&x=1`) is put together again.
 *
 * @returns Nothing where a segment is empty, `.` or `..`. The path is empty if there is no name at all.
 *
 * @example
 * cutStream('live2?backup=1', 'key') // { app: 'live2', streamName: 'key', path: 'live2/key', queries: ['backup=1'] }
 */
export const cutStream = (app: string, streamName: string): StreamCut | undefined => {
  const { segments, queries } = taken(trimmed(app), trimmed(streamName))
  if (segments.at(-1) === '') segments.pop()
  const path = segments.filter((segment, at) => at === 0 || segment !== DEFAULT_INSTANCE)
  return path.some((segment) => segment === '' || segment === '.' || segment === '..')
    ? undefined
    : { ...cutPath(path.join('/')), queries }
}

/**
 * A path without parameters, cut at its last slash.
 *
 * @example
 * ```ts
 * cutPath('live/eu/show') // { app: 'live/eu', streamName: 'show', path: 'live/eu/show' }
 * ```
 */
export const cutPath = (path: string): StreamPlace => {
  const slash = path.lastIndexOf('/')
  return { app: path.slice(0, Math.max(0, slash)), streamName: path.slice(slash + 1), path }
}

/**
 * App and name as one path.
 *
 * @example
 * ```ts
 * streamPath('live', 'show') // 'live/show'
 * ```
 */
export const streamPath = (app: string, streamName: string): string =>
  app === '' ? streamName : streamName === '' ? app : `${app}/${streamName}`

/**
 * A path as it is written in an address, parameters included, in the two pieces that a client sends: the last segment, and
 * what is before it.
 *
 * @example
 * ```ts
 * sentNames('live/show?token=a/b') // { app: 'live', streamName: 'show?token=a/b' }
 * ```
 */
export const sentNames = (path: string): { readonly app: string; readonly streamName: string } => {
  const { pieces, starts } = taken(path, '')
  const last = starts.at(-1) ?? 0
  return { app: pieces.slice(0, last).join('/'), streamName: pieces.slice(last).join('/') }
}

/** The parameters in a URL, segment by segment. */
export const queriesInUrl = (url: string): readonly string[] =>
  taken(url.replace(/^[^/?]*:\/\/[^/?]*\/?/, ''), '').queries

/**
 * Parameters of several query texts, later texts winning over earlier ones. Names and values are percent-decoded, as far
 * as they can be: a percent sign that stands for itself stays, and so does a plus sign.
 *
 * @example
 * ```ts
 * const parameters = parseQuery('token=a%20b&lang=en') // token: 'a b', lang: 'en'; without a prototype
 * ```
 */
export const parseQuery = (...texts: readonly string[]): QueryParameters => {
  const parameters: Record<string, string> = Object.create(null) as Record<string, string>
  for (const text of texts) {
    for (const part of text.split('&')) {
      if (part === '') continue
      const at = part.indexOf('=')
      if (at < 0) parameters[decoded(part)] = ''
      else parameters[decoded(part.slice(0, at))] = decoded(part.slice(at + 1))
    }
  }
  return parameters
}

const decoded = (text: string): string =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes)
    } catch {
      return escapes
    }
  })

interface Taken {
  /** What stands between slashes. */
  readonly pieces: readonly string[]
  /** Which piece each segment begins with. */
  readonly starts: readonly number[]
  readonly segments: string[]
  readonly queries: string[]
}

/** The segments of what was sent, and what stood behind a `?` in them. */
const taken = (app: string, streamName: string): Taken => {
  const pieces = streamPath(app, streamName).split('/')
  /** Where the name begins, if there are both. */
  const border = app === '' || streamName === '' ? -1 : app.split('/').length
  const isSegment = segmentsFromEnd(pieces, border)
  const starts: number[] = []
  const segments: string[] = []
  const queries: string[] = []
  for (let at = 0; at < pieces.length; ) {
    const piece = pieces[at] as string
    const question = piece.indexOf('?')
    const isFirst = segments.length === 0
    let end = at + 1
    starts.push(at)
    segments.push(question < 0 ? piece : piece.slice(0, question))
    if (question >= 0) {
      let inUrl = false
      for (; end < pieces.length; end++) {
        const next = pieces[end] as string
        if (end === border) {
          if (isFirst || !goesOn(next)) break
        } else if (isFirst && !inUrl && isSegment[end] === true) break
        if (next === '' && pieces[end - 1]?.endsWith(':') === true) inUrl = true
        else if (next.includes('&')) inUrl = false
      }
      queries.push([piece.slice(question + 1), ...pieces.slice(at + 1, end)].join('/'))
    }
    at = end
  }
  return { pieces, starts, segments, queries }
}

/** Whether a piece can only be the rest of parameters. */
const goesOn = (piece: string): boolean => /^[^?]*[=&]/.test(piece)

/** For each piece whether it, and all up to the next one with parameters or the border, can be segments. */
const segmentsFromEnd = (pieces: readonly string[], border: number): boolean[] => {
  const can = new Array<boolean>(pieces.length)
  let after = true
  for (let at = pieces.length - 1; at >= 0; at--) {
    const piece = pieces[at] as string
    const endsHere: boolean = piece.includes('?') || at + 1 === border || after
    after = !/^(?:\?|$)/.test(piece) && !goesOn(piece) && endsHere
    can[at] = after
  }
  return can
}

/** Without slashes around it; a slash at the end of parameters stays. */
const trimmed = (text: string): string => {
  let start = 0
  let end = text.length
  while (start < end && text[start] === '/') start++
  if (text.includes('?')) return text.slice(start)
  while (end > start && text[end - 1] === '/') end--
  return text.slice(start, end)
}
