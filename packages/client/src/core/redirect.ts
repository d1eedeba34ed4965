import { resolveReconnectUrl } from '@rtmp/e-rtmp'
import { streamPath } from '@rtmp/message'
import { hostPort, parseRtmpUrl, type RtmpUrl, tcUrlOf } from '../rtmp-url.ts'
import { type ClientStage, RtmpClientError } from './errors.ts'
import { type ClientRole, publicUrl } from './session-options.ts'

const withoutQuery = (text: string): string => {
  const at = text.indexOf('?')
  return at < 0 ? text : text.slice(0, at)
}

/** What a redirect may take along. */
export interface RedirectTrust {
  /** Hosts that may be given all of it; true for any. */
  readonly trustRedirects?: boolean | readonly string[]
  readonly role: ClientRole
}

/**
 * Where to go when a server sends us to `to`, which may be relative.
 *
 * Servers send the tcUrl of the new place (Flash Media Server, E-RTMP), or the whole URL with the stream's name at the
 * end (SRS). It is taken for a whole URL when its last segment is our stream's name, else for a tcUrl. On the same host, and on hosts that
 * are trusted, user, password and stream name go along, query included.
 *
 * Another host is given what the redirect itself names. A player's stream name goes there without its query. The name that a publisher uses
 * is mostly a key: it goes only where the redirect names it, or, with the query that its URL has, where a server that has accepted both
 * asks us to move.
 *
 * @throws RtmpClientError `REDIRECT_INVALID`, `REDIRECT_UNTRUSTED`
 */
export const redirected = (from: RtmpUrl, to: string, stage: ClientStage, trust: RedirectTrust): RtmpUrl => {
  const { url, isWhole, app } = resolved(from, to, stage)
  const goesAlong = isSameHost(url.host, from.host) || isTrusted(url.host, trust)
  if (!goesAlong && !isWhole && trust.role === 'publish' && stage !== 'running') {
    const text = `the server sends us to ${hostPort(url.host, url.port)}, which would be told the stream name, mostly a key: allow it with trustRedirects (--trust-redirects)`
    throw new RtmpClientError('REDIRECT_UNTRUSTED', text, { stage, canRetry: false })
  }
  const user = url.user ?? (goesAlong ? from.user : undefined)
  const password = url.password ?? (goesAlong ? from.password : undefined)
  const kept = stage === 'running' ? withoutLogin(from.streamName) : withoutQuery(from.streamName)
  const named = isWhole ? url.streamName : kept
  const place = goesAlong ? app : withoutQuery(app)
  return {
    scheme: url.scheme,
    host: url.host,
    port: url.port,
    app: place,
    streamName: goesAlong ? from.streamName : named,
    tcUrl: tcUrlOf(url.scheme, url.host, url.port, place),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
  }
}

/** What is told of a redirect: where it goes, and what stays behind. */
export const redirectWords = (from: RtmpUrl, to: RtmpUrl): string => {
  const behind = [
    ...(from.password !== undefined && to.password === undefined ? ['user and password'] : []),
    ...(from.streamName.includes('?') && !to.streamName.includes('?')
      ? ['the query of the stream name']
      : []),
  ]
  const where = publicUrl(to)
  if (behind.length === 0) return where
  return `${where}, another host: ${behind.join(' and ')} stay behind, unless trustRedirects (--trust-redirects) lets them go along`
}

/** Without what `authentication: 'query'` has put there. */
const withoutLogin = (streamName: string): string => streamName.replace(/[?&]user=[^&]*&pass=[^&]*$/, '')

const isSameHost = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

const isTrusted = (host: string, { trustRedirects = false }: RedirectTrust): boolean =>
  typeof trustRedirects === 'boolean' ? trustRedirects : trustRedirects.some((one) => isSameHost(one, host))

const resolved = (
  from: RtmpUrl,
  to: string,
  stage: ClientStage,
): { readonly url: RtmpUrl; readonly isWhole: boolean; readonly app: string } => {
  try {
    const url = parseRtmpUrl(resolveReconnectUrl(from.tcUrl, to))
    const isWhole =
      withoutQuery(url.streamName) === withoutQuery(from.streamName) && (url.app !== '' || from.app === '')
    const path = streamPath(url.app, url.streamName)
    return { url, isWhole, app: (isWhole ? url.app : path || from.app).replace(/\/$/, '') }
  } catch (cause) {
    throw new RtmpClientError('REDIRECT_INVALID', `the server redirects to ${to}, which cannot be followed`, {
      stage,
      canRetry: false,
      cause,
    })
  }
}
