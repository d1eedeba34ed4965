import { UsageError } from '@rtmp/bytes'
import { sentNames } from '@rtmp/message'

/** Transport of a URL: plain TCP, or TLS from the first byte. */
export type RtmpScheme = 'rtmp' | 'rtmps'

const DEFAULT_PORTS: Readonly<Record<RtmpScheme, number>> = { rtmp: 1935, rtmps: 443 }

/** Where to connect and what to ask for there. */
export interface RtmpUrl {
  /** In lower case. */
  readonly scheme: RtmpScheme
  /** Host name or address, IPv6 without brackets. */
  readonly host: string
  /** 1 to 65535; 1935 for `rtmp`, 443 for `rtmps` when the URL names none. */
  readonly port: number
  /** All path segments but the last, with their queries, without leading slash; may be empty. */
  readonly app: string
  /** The last path segment with its query. */
  readonly streamName: string
  /** What goes into connect: scheme, host, port (unless it is the default) and app, never the credentials. */
  readonly tcUrl: string
  /** User name from `user:password@`, percent-decoded. */
  readonly user?: string
  /** From `user:password@`, percent-decoded. */
  readonly password?: string
}

/** Overrides for addresses that do not follow the rule, for example a stream name with slashes. */
export interface RtmpUrlParts {
  /** Instead of all path segments but the last. */
  readonly app?: string
  /** Instead of the last path segment, query included. */
  readonly streamName?: string
}

const fail = (message: string): never => {
  throw new UsageError('RTMP_URL_INVALID', message, 'url')
}

/** Scheme, authority and path. Nothing is cut off: `#` and `?` may stand in a password or a stream key. */
const PATTERN = /^([a-z][a-z0-9+.-]*):\/\/([^/]*)(?:\/(.*))?$/is
const HOST_AND_PORT = /^(\[[^\]]*\]|[^:?#]*)(?::(\d*))?$/

/**
 * Reads `rtmp[s]://[user[:password]@]host[:port]/[app/]streamName`, each segment of the path with its `?query`.
 *
 * The last segment of the path, with its query, is the stream name and all before it is the app, which may be empty. Where a
 * query ends and a further segment begins is told by `cutStream` of `@rtmp/message`, as servers of this toolkit have it.
 * `parts` overrides either; with a stream name beside it, a URL with one segment names the app. Names are sent as they are
 * written; user and password are percent-decoded, and a `/` in them must be written `%2F`.
 *
 * @throws UsageError `RTMP_URL_INVALID`; its message shows neither user nor password nor the last segment
 */
export const parseRtmpUrl = (url: string, parts: RtmpUrlParts = {}): RtmpUrl => {
  const text = url.trim()
  const [, schemeText = '', authority = '', path = ''] = PATTERN.exec(text) ?? []
  const at = authority.lastIndexOf('@')
  const hostAndPort = HOST_AND_PORT.exec(authority.slice(at + 1))
  if (schemeText === '') return fail(withoutScheme(text))
  if (isCutPassword(authority, path)) return fail(BROKEN_PASSWORD)
  const scheme = schemeText.toLowerCase()
  if (scheme !== 'rtmp' && scheme !== 'rtmps') {
    return fail(`the scheme must be rtmp or rtmps, not ${JSON.stringify(scheme)}`)
  }
  if (hostAndPort === null) return fail(brokenPlace(authority, at, path))
  const [, hostText = '', portText] = hostAndPort
  const host = hostText.replace(/^\[|\]$/g, '')
  if (host === '')
    return fail(`the host is missing behind ${scheme}://: write ${scheme}://host/app/streamName`)
  const port = portText === undefined || portText === '' ? DEFAULT_PORTS[scheme] : Number(portText)
  if (!(port >= 1 && port <= 65535)) return fail(BROKEN_PORT)

  const { app, streamName } = namesIn(path.replace(/^\/+/, ''), parts)
  const [user, password] = credentials(at < 0 ? undefined : authority.slice(0, at))
  return {
    scheme,
    host,
    port,
    app,
    streamName,
    tcUrl: tcUrlOf(scheme, host, port, app),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
  }
}

/** App and name of a path, or those that are given instead. */
const namesIn = (path: string, { app, streamName }: RtmpUrlParts): { app: string; streamName: string } => {
  const sent = sentNames(path)
  if (streamName !== undefined) {
    return { app: app ?? (sent.app === '' ? sent.streamName : sent.app), streamName }
  }
  if (app === undefined) return sent
  return { app, streamName: path.startsWith(`${app}/`) ? path.slice(app.length + 1) : sent.streamName }
}

/**
 * Whether a `/` in a password has been taken for the end of the host (`user:12/34@host/…`): nothing may be sent to what
 * stands before it.
 */
const isCutPassword = (authority: string, path: string): boolean =>
  /^[^@[\]]*:\d*$/.test(authority) && /^[^?@]*@[^/]+\//.test(path)

const FORM = 'rtmp://[user:password@]host[:port]/app/streamName'

const BROKEN_PORT =
  'the port, behind the colon, must be a number from 1 to 65535: write rtmp://host:1935/app/streamName'

const BROKEN_PASSWORD =
  'the user name or password holds a / or an @ as it is: write %2F for / and %40 for @, and %25 for a percent sign'

/** What to write where the scheme cannot be read, without what can be secret. */
const withoutScheme = (text: string): string => {
  if (text === '') return `there is no URL: write ${FORM}`
  const scheme = /^(rtmps?):/i.exec(text)?.[1]?.toLowerCase()
  if (scheme !== undefined) return `two slashes come after ${scheme}: write ${scheme}://host/app/streamName`
  const shown = JSON.stringify(withoutLast(text.slice(Math.max(0, text.lastIndexOf('@')))))
  const what = text.includes('://') ? 'has a scheme that cannot be' : 'has no scheme in front'
  return `${shown} ${what}: write ${FORM}`
}

/** What to write where host and port cannot be read. Says nothing of their text: a password may stand in it. */
const brokenPlace = (authority: string, at: number, path: string): string => {
  const place = authority.slice(at + 1)
  if (at < 0 && path.includes('@')) return BROKEN_PASSWORD
  if (/^[0-9a-f]*:[0-9a-f:.]*:[0-9a-f:.]*$/i.test(place)) {
    return 'an IPv6 address stands in brackets: write rtmp://[2001:db8::1]/app/streamName, with a port rtmp://[2001:db8::1]:1935/app/streamName'
  }
  if (place.startsWith('[')) {
    return place.includes(']')
      ? 'behind the ] of an IPv6 address comes : and a port, or a /: write rtmp://[2001:db8::1]:1935/app/streamName'
      : 'the ] behind the IPv6 address is missing: write rtmp://[2001:db8::1]/app/streamName'
  }
  if (/[?#]/.test(place)) {
    return 'a / is missing behind host and port, before the ? or #: write rtmp://host/app/streamName?query'
  }
  return BROKEN_PORT
}

/** `scheme://host[:port]/app` as sent in connect; IPv6 hosts in brackets, the default port left out. */
export const tcUrlOf = (scheme: RtmpScheme, host: string, port: number, app: string): string => {
  const place = port === DEFAULT_PORTS[scheme] ? bracketed(host) : hostPort(host, port)
  return `${scheme}://${place}/${app}`
}

/** `host:port`, IPv6 addresses in brackets. */
export const hostPort = (host: string, port: number): string => `${bracketed(host)}:${port}`

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)

/** What a message may show: the last part can be a stream key. */
const withoutLast = (text: string): string => text.replace(/[^/:]*$/, '…')

const credentials = (userInfo: string | undefined): [user?: string, password?: string] => {
  if (userInfo === undefined) return []
  const colon = userInfo.indexOf(':')
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text)
    } catch {
      return text // a percent sign that means itself
    }
  }
  return colon < 0
    ? [decode(userInfo)]
    : [decode(userInfo.slice(0, colon)), decode(userInfo.slice(colon + 1))]
}
