import type { WebRequest } from '../../../web/web-request.ts'
import type { StreamCall } from '../http-output.ts'
import type { HttpSubject } from '../http-subject.ts'
import { withCredentials } from '../../access/credentials.ts'

/**
 * What a client asks for, of a request over HTTP.
 *
 * @param recordings - See {@link WebRequest.recordings}.
 */
export const requestIn = (
  { credentialNames }: Pick<HttpSubject, 'credentialNames'>,
  call: StreamCall,
  kind: WebRequest['kind'],
  recordings = false,
): WebRequest => {
  const { request, stream, query, isHead } = call
  const { headers, url } = request
  const at = url.indexOf('/', url.indexOf('://') + 3)
  const page = headers.get('referer') ?? headers.get('origin') ?? undefined
  return {
    kind,
    stream,
    query: withCredentials(query, headers.get('authorization'), credentialNames?.()),
    base: url.slice(0, at),
    target: url.slice(at),
    userAgent: headers.get('user-agent') ?? undefined,
    page,
    audio: query['audio'] !== '0',
    video: query['video'] !== '0',
    recordings,
    onlyAsks: isHead,
  }
}
