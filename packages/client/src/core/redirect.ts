import { resolveReconnectUrl } from '@rtmp/ertmp'
import { parseRtmpUrl, type RtmpUrl, tcUrlOf } from '../rtmp-url.ts'
import { type ClientStage, RtmpClientError } from './errors.ts'

const withoutQuery = (text: string): string => {
  const at = text.indexOf('?')
  return at < 0 ? text : text.slice(0, at)
}

/**
 * Where to go when a server sends us to `to`, which may be relative.
 *
 * Servers send the tcUrl of the new place (Flash Media Server, E-RTMP), or the whole URL with the stream's name at the
 * end (SRS). It is taken for a whole URL when its last segment is our stream's name, else for a tcUrl. Our stream name
 * stays as it is, query included: a key may be in it.
 *
 * @throws RtmpClientError `REDIRECT_INVALID`
 */
export const redirected = (from: RtmpUrl, to: string, stage: ClientStage): RtmpUrl => {
  try {
    const resolved = resolveReconnectUrl(from.tcUrl, to)
    const url = parseRtmpUrl(resolved)
    const sameName = withoutQuery(url.streamName) === withoutQuery(from.streamName)
    const path = url.app === '' ? url.streamName : `${url.app}/${url.streamName}`
    const app = (url.app !== '' && sameName ? url.app : path || from.app).replace(/\/$/, '')
    const { user = from.user, password = from.password } = url
    return {
      scheme: url.scheme,
      host: url.host,
      port: url.port,
      app,
      streamName: from.streamName,
      tcUrl: tcUrlOf(url.scheme, url.host, url.port, app),
      ...(user === undefined ? {} : { user }),
      ...(password === undefined ? {} : { password }),
    }
  } catch (cause) {
    throw new RtmpClientError('REDIRECT_INVALID', `the server redirects to ${to}, which cannot be followed`, {
      stage,
      canRetry: false,
      cause,
    })
  }
}
