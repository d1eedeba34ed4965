import { UsageError } from '@rtmp/bytes'

const DEFAULT_PORTS = { rtmp: 1935, rtmps: 443 } as const

/** Transport of a URL: plain TCP, or TLS from the first byte. */
export type RtmpScheme = keyof typeof DEFAULT_PORTS

/** Where to connect and what to ask for there. */
export interface RtmpUrl {
  readonly scheme: RtmpScheme
  /** Host name or address, IPv6 without brackets. */
  readonly host: string
  /** 1 to 65535; 1935 for `rtmp`, 443 for `rtmps` when the URL names none. */
  readonly port: number
  /** All path segments but the last, without leading slash. */
  readonly app: string
  /** The last path segment with its query. */
  readonly streamName: string
  /** What goes into connect: scheme, host, port (unless it is the default) and app, never the credentials. */
  readonly tcUrl: string
  /** User name from `user:password@`, percent-decoded. */
  readonly user?: string
  readonly password?: string
}

/** Overrides for addresses that do not follow the rule, for example a stream name with slashes. */
export interface RtmpUrlParts {
  readonly app?: string
  readonly streamName?: string
}

const fail = (message: string): never => {
  throw new UsageError('RTMP_URL_INVALID', message, 'url')
}

const PATTERN =
  /^([a-z][a-z0-9+.-]*):\/\/(?:([^/?#@]*)@)?(\[[^\]]*\]|[^/?#:]*)(?::(\d*))?(?:[/]([^#]*))?(?:#.*)?$/i

/**
 * Reads `rtmp[s]://[user[:password]@]host[:port]/app[/instance]/streamName[?query]`.
 *
 * The last path segment, with the query, is the stream name and all before it is the app; a `/` inside the query does
 * not count. `parts` overrides either.
 *
 * @throws UsageError `RTMP_URL_INVALID`
 */
export const parseRtmpUrl = (url: string, parts: RtmpUrlParts = {}): RtmpUrl => {
  const match = PATTERN.exec(url.trim())
  if (match === null)
    return fail(
      `${JSON.stringify(withoutLast(url.trim()))} is not of the form rtmp://host[:port]/app/streamName`,
    )
  const [, schemeText = '', userInfo, hostText = '', portText, pathText = ''] = match
  const scheme = schemeText.toLowerCase()
  if (scheme !== 'rtmp' && scheme !== 'rtmps') {
    return fail(`the scheme must be rtmp or rtmps, not ${JSON.stringify(scheme)}`)
  }
  const host = hostText.replace(/^\[|\]$/g, '')
  if (host === '') return fail('the host is missing')
  const port = portText === undefined || portText === '' ? DEFAULT_PORTS[scheme] : Number(portText)
  if (!(port >= 1 && port <= 65535)) return fail(`the port must be 1 to 65535, not ${portText}`)

  const [app, streamName] = splitPath(pathText)
  const chosenApp = parts.app ?? app
  const [user, password] = credentials(userInfo)
  return {
    scheme,
    host,
    port,
    app: chosenApp,
    streamName: parts.streamName ?? streamName,
    tcUrl: tcUrlOf(scheme, host, port, chosenApp),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
  }
}

/** `scheme://host[:port]/app` as sent in connect; IPv6 hosts in brackets, the default port left out. */
export const tcUrlOf = (scheme: RtmpScheme, host: string, port: number, app: string): string => {
  const place = port === DEFAULT_PORTS[scheme] ? bracketed(host) : hostPort(host, port)
  return `${scheme}://${place}/${app}`
}

/** `host:port`, IPv6 addresses in brackets. */
export const hostPort = (host: string, port: number): string => `${bracketed(host)}:${port}`

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host)

/** What a message may show of something that is no URL: its last part can be a stream key. */
const withoutLast = (text: string): string => text.replace(/[^/:]*$/, '…')

const splitPath = (path: string): [app: string, streamName: string] => {
  const question = path.indexOf('?')
  const names = question < 0 ? path : path.slice(0, question)
  const query = question < 0 ? '' : path.slice(question)
  const slash = names.lastIndexOf('/')
  return slash < 0 ? [names, query] : [names.slice(0, slash), names.slice(slash + 1) + query]
}

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
