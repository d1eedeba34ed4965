import { readSite, type SiteFile } from '@rtmp/console'
import type { HttpCall, HttpOutput, HttpRoute } from './http-output.ts'
import { lentResponse } from './lent-body.ts'

/** What a page may load: what this server has, and nothing that stands in the page itself. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "media-src 'self' blob:",
  "worker-src 'self'",
  'img-src data: blob:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** Names of assets change with what is in them. */
const FOR_EVER = 'public, max-age=31536000, immutable'

/**
 * The pages: `/{path}` to watch on, `/_/console/` for administration, `/_/go-live` to publish from a browser, and what they load. Everything
 * is in memory from the start. Pages say nothing that needs a token: the API does, and asks for it.
 */
export const pagesOutput = (): HttpOutput => {
  const site = readSite()
  if (site.size === 0) return {}
  const page = <Call extends HttpCall>(name: string): HttpRoute<Call> => ({
    audience: 'page',
    answers: {
      GET: (call) => {
        // Only the watch page, and only where it is asked for, may stand in pages of others: a click there must mean nothing else.
        const embedded = name === 'watch.html' && 'embed' in call.query
        return fileResponse(call, site.get(name), {
          'cache-control': 'no-cache',
          'content-security-policy': `${POLICY}; frame-ancestors ${embedded ? '*' : "'none'"}`,
        })
      },
    },
  })
  return {
    page: page('watch.html'),
    places: {
      '/_/console': page('console.html'),
      '/_/go-live': page('go-live.html'),
      '/_/assets/': {
        audience: 'page',
        answers: {
          // A worker goes by the policy of its own script.
          GET: (call) =>
            fileResponse(call, site.get(call.rest), {
              'cache-control': FOR_EVER,
              'content-security-policy': POLICY,
            }),
        },
      },
    },
  }
}

const fileResponse = (
  { request, isHead }: HttpCall,
  file: SiteFile | undefined,
  headers: Readonly<Record<string, string>>,
): Response => {
  if (file === undefined) return Response.json({ error: 'there is no such file' }, { status: 404 })
  const { type, bytes, brotli } = file
  const takesBrotli = /(?:^|,)\s*br\s*(?:,|;(?!\s*q=0(?:\.0*)?\s*(?:,|$))|$)/.test(
    request.headers.get('accept-encoding') ?? '',
  )
  const body = takesBrotli ? (brotli ?? bytes) : bytes
  const init = {
    headers: {
      ...headers,
      'content-type': type,
      'content-length': String(body.length),
      vary: 'accept-encoding',
      ...(body === brotli ? { 'content-encoding': 'br' } : {}),
    },
  }
  return isHead ? new Response(null, init) : lentResponse(body, init)
}
