import { buildCapabilities } from '@rtmp/e-rtmp'
import type { ClientSessionOptions } from '@rtmp/session'
import { parseRtmpUrl, type RtmpUrl, tcUrlOf } from '../rtmp-url.ts'
import { CLIENT_CAPABILITIES } from './capabilities.ts'
import type { Liveness } from './connection.ts'
import type { ClientHost } from './host.ts'
import { type ClientDeadlines, type ConnectionOptions, DEFAULT_CLIENT_DEADLINES } from './options.ts'

/** What the connection is for. */
export type ClientRole = 'publish' | 'play'

/** The deadlines in force. */
export const deadlinesOf = (options: ConnectionOptions): ClientDeadlines => ({
  ...DEFAULT_CLIENT_DEADLINES,
  ...options.deadlines,
})

/** The pings in force. */
export const livenessOf = ({ liveness = false }: ConnectionOptions): Liveness =>
  liveness === false
    ? { interval: 0, timeout: 0 }
    : { interval: 10_000, timeout: 10_000, ...(liveness === true ? {} : liveness) }

/** The URL with the options that override its parts. @throws UsageError `RTMP_URL_INVALID` */
export const targetOf = (url: string, options: ConnectionOptions): RtmpUrl => {
  const { app, streamName, tcUrl, user, password, authentication } = options
  const parsed = parseRtmpUrl(url, {
    ...(app === undefined ? {} : { app }),
    ...(streamName === undefined ? {} : { streamName }),
  })
  const {
    user: name = user,
    password: secret = password,
    ...rest
  } = {
    ...parsed,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
  }
  const inQuery = authentication === 'query' && name !== undefined
  return {
    ...rest,
    ...(tcUrl === undefined ? {} : { tcUrl }),
    ...(name === undefined || inQuery ? {} : { user: name }),
    ...(secret === undefined || inQuery ? {} : { password: secret }),
    ...(inQuery ? { streamName: withLogin(parsed.streamName, name, secret ?? '') } : {}),
  }
}

const withLogin = (streamName: string, user: string, password: string): string =>
  `${streamName}${streamName.includes('?') ? '&' : '?'}user=${encodeURIComponent(user)}&pass=${encodeURIComponent(password)}`

/** What a session is made with. */
export const sessionOptionsOf = (host: ClientHost, options: ConnectionOptions): ClientSessionOptions => {
  const { handshake, connect, request } = deadlinesOf(options)
  const { handshake: mode, chunkSize, limits, trace } = options
  return {
    crypto: host.crypto,
    deadlines: { handshake, connect, call: request },
    ping: { interval: livenessOf(options).interval, timeout: 0 },
    ...(mode === undefined ? {} : { handshake: mode }),
    ...(chunkSize === undefined ? {} : { chunkSize }),
    ...(limits === undefined ? {} : { limits }),
    ...(trace === undefined ? {} : { trace }),
  }
}

/**
 * The connect command's object, its properties in the order of FFmpeg and Flash.
 *
 * @param query - Authentication, to be put on app and tcUrl; empty for none.
 */
export const connectPropertiesOf = (
  target: RtmpUrl,
  query: string,
  role: ClientRole,
  options: ConnectionOptions,
): Record<string, unknown> => {
  const { flashVer, swfUrl, pageUrl, capabilities, connectProperties } = options
  const publishes = role === 'publish'
  const announced = capabilities ?? CLIENT_CAPABILITIES
  return {
    app: withQuery(target.app, query),
    ...(publishes ? { type: 'nonprivate' } : {}),
    flashVer: flashVer ?? (publishes ? 'FMLE/3.0 (compatible; rtmp-client)' : 'LNX 9,0,124,2'),
    ...(swfUrl === undefined ? {} : { swfUrl }),
    tcUrl: withQuery(target.tcUrl, query),
    ...(publishes ? {} : PLAYER_PROPERTIES),
    ...(pageUrl === undefined ? {} : { pageUrl }),
    ...(announced === false ? {} : buildCapabilities(announced)),
    ...connectProperties,
  }
}

/** What Flash players say of themselves: all codecs, and that the client can seek. */
const PLAYER_PROPERTIES = {
  fpad: false,
  capabilities: 15,
  audioCodecs: 4071,
  videoCodecs: 252,
  videoFunction: 1,
} as const

const withQuery = (text: string, query: string): string =>
  query === '' ? text : `${text}${text.includes('?') ? '&' : '?'}${query}`

/** The URL for a log line: host and app, never the stream's name, a query or a password. */
export const publicUrl = ({ scheme, host, port, app }: RtmpUrl): string =>
  tcUrlOf(scheme, host, port, app.split('?')[0] ?? '')
