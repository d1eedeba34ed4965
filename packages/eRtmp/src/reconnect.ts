import { usageError } from './errors.ts'

/** The code of a reconnect request (E-RTMP v2, "Reconnect Request"). */
export const RECONNECT_REQUEST = 'NetConnection.Connect.ReconnectRequest'

/** What a server asks of a client: to leave for another server, or to come again. */
export interface ReconnectRequest {
  /** Where to go: a URL, or a reference to resolve against the current one. Without it: the same URL again. */
  readonly tcUrl?: string
  /** For people. */
  readonly description?: string
}

/**
 * The info object of the `onStatus` command that carries a reconnect request: transaction id 0, command object null,
 * message stream 0. Send it only to clients whose `capsEx` has `reconnect`.
 */
export const buildReconnectRequest = (request: ReconnectRequest = {}): Record<string, string> => ({
  code: RECONNECT_REQUEST,
  level: 'status',
  ...(request.description === undefined ? {} : { description: request.description }),
  ...(request.tcUrl === undefined ? {} : { tcUrl: request.tcUrl }),
})

/** The reconnect request in the info object of an `onStatus` command, or `undefined` when it is something else. */
export const parseReconnectRequest = (info: unknown): ReconnectRequest | undefined => {
  if (typeof info !== 'object' || info === null) return undefined
  const { code, tcUrl, description } = info as Readonly<Record<string, unknown>>
  if (code !== RECONNECT_REQUEST) return undefined
  return {
    ...(typeof tcUrl === 'string' ? { tcUrl } : {}),
    ...(typeof description === 'string' ? { description } : {}),
  }
}

const SCHEMES: readonly string[] = [
  'rtmp',
  'rtmps',
  'rtmpt',
  'rtmpts',
  'rtmpe',
  'rtmpte',
  'rtmfp',
  'ws',
  'wss',
]
const SECURE: readonly string[] = ['rtmps', 'rtmpts', 'wss']

// scheme : [// authority] path [? query] [# fragment], every part possibly missing (RFC 3986, appendix B).
const URI = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s

interface Uri {
  readonly scheme: string | undefined
  readonly authority: string | undefined
  readonly path: string
  readonly query: string | undefined
}

const split = (text: string): Uri => {
  const [, scheme, authority, path, query] = URI.exec(text) ?? []
  return { scheme: scheme?.toLowerCase(), authority, path: path ?? '', query }
}

/** RFC 3986 §5.2.4. */
const removeDotSegments = (path: string): string => {
  const kept: string[] = []
  const segments = path.split('/')
  segments.forEach((segment, i) => {
    const last = i === segments.length - 1
    if (segment === '..') {
      if (kept.length > 1) kept.pop()
    } else if (segment !== '.') kept.push(segment)
    if (last && (segment === '..' || segment === '.')) kept.push('')
  })
  return kept.join('/')
}

/**
 * The URL to connect to after a reconnect request: `tcUrl` resolved against the current one (RFC 3986 §5). Without a
 * `tcUrl`, or with an empty one, it is the current one.
 *
 * @param current - The absolute tcUrl of this connection.
 * @throws UsageError `ERTMP_URL` when `current` is not absolute, and when the request leads to another family of
 *   protocols or from an encrypted connection to one that is not: keep the connection then
 */
export const resolveReconnectUrl = (current: string, tcUrl?: string): string => {
  const base = split(current)
  if (base.scheme === undefined || !base.authority) {
    throw usageError('ERTMP_URL', `not an absolute URL: ${current}`, 'current')
  }
  if (tcUrl === undefined || tcUrl === '') return current
  const target = split(tcUrl)
  const scheme = target.scheme ?? base.scheme
  if (!SCHEMES.includes(scheme)) throw usageError('ERTMP_URL', `not an RTMP URL: ${tcUrl}`, 'tcUrl')
  if (SECURE.includes(base.scheme) && !SECURE.includes(scheme)) {
    throw usageError('ERTMP_URL', `${tcUrl} would leave encryption`, 'tcUrl')
  }
  const authority = target.scheme === undefined ? (target.authority ?? base.authority) : target.authority
  if (!authority) throw usageError('ERTMP_URL', `no host in ${tcUrl}`, 'tcUrl')
  let { path, query } = target
  if (target.scheme === undefined && target.authority === undefined) {
    if (path === '') {
      path = base.path
      query ??= base.query
    } else if (!path.startsWith('/')) {
      path = `${base.path.slice(0, base.path.lastIndexOf('/') + 1) || '/'}${path}`
    }
  }
  return `${scheme}://${authority}${removeDotSegments(path)}${query === undefined ? '' : `?${query}`}`
}
