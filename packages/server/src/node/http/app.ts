import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { connectionStats, serverStats, streamDetails, streamStats } from '../../core/statistics.ts'
import { administration } from './administration.ts'
import { adminOnly, type Environment } from './administrators.ts'
import type { HttpOptions } from './http-options.ts'
import type { HttpSubject } from './http-port.ts'
import type { Metrics } from './metrics.ts'
import { RequestError } from './problem.ts'
import { splitPath } from './stream-path.ts'

const PATHS = [
  'GET /health         the process is alive',
  'GET /ready          new clients are taken (503 while the server drains)',
  'GET /metrics        for Prometheus (administrators)',
  'GET /api/server     the whole server (administrators)',
  'GET /api/relays     every stream from and to other servers (administrators)',
  'GET /api/streams    every stream; /api/streams/<app>/<name> for one with its tracks and players (administrators)',
  'GET /api/connections  every connection (administrators)',
  'GET /api/bans       what is banned (administrators)',
  'GET /api/config     the configuration, secrets masked (administrators)',
  'DELETE /api/connections/<id>  ends a connection, its /publishes/<messageStreamId> or /plays/<messageStreamId> (administrators)',
  'DELETE /api/streams/<app>/<name>  ends a stream (administrators)',
  'POST /api/streams/<app>/<name>/drain, POST /api/drain  empties a stream, or the server (administrators)',
  'POST /api/bans, DELETE /api/bans/<id>  bans, and lifts a ban (administrators)',
  'PATCH /api/config   changes limits, access and log.level (administrators)',
  'WS  /rtmp           RTMP as binary messages',
]

/** Everything the HTTP port answers. */
export const requestListener = (subject: HttpSubject, options: HttpOptions): RequestListener => {
  const { core, isReady } = subject
  const app = new Hono<Environment>()
  const admin = adminOnly(options)

  app.get('/', (c) => c.text(`${PATHS.join('\n')}\n`))
  app.get('/health', (c) => c.json({ status: 'ok', uptimeMs: Math.round(core.now() - core.startedAt) }))
  app.get('/ready', (c) => c.json({ ready: isReady() }, isReady() ? 200 : 503))

  app.use('/metrics', admin)
  app.use('/api/*', admin)
  let metrics: Promise<Metrics> | undefined
  app.get('/metrics', async (c) => {
    metrics ??= import('./metrics.ts').then(
      ({ Metrics }) => new Metrics(subject, options.metricsPerStream === true),
    )
    const loaded = await metrics
    return c.text(await loaded.text(), 200, { 'content-type': loaded.contentType })
  })
  app.get('/api/server', (c) => c.json(serverStats(core, core.now())))
  app.get('/api/relays', (c) => c.json({ relays: core.relays() }))
  app.get('/api/streams', (c) => {
    const now = core.now()
    return c.json({ streams: Array.from(core.streams(), (stream) => streamStats(stream, now)) })
  })
  app.get('/api/streams/:path{.+}', (c) => {
    const path = c.req.param('path')
    const stream = splitPath(core.registry, path)
    if (stream === undefined) return c.json({ error: `there is no stream ${path}` }, 404)
    return c.json(streamDetails(stream, core.now()))
  })
  app.get('/api/connections', (c) => {
    const now = core.now()
    return c.json({ connections: Array.from(core.connections, (one) => connectionStats(one, now)) })
  })
  app.route('/api', administration(subject))
  app.notFound((c) => c.json({ error: 'there is nothing here; GET / lists what there is' }, 404))
  app.onError((error, c) => {
    if (error instanceof RequestError) return c.json(error.body, error.status)
    core.failed('the HTTP port', error)
    return c.json({ error: 'the server has failed; its log says why' }, 500)
  })
  return getRequestListener(app.fetch as Parameters<typeof getRequestListener>[0], {
    overrideGlobalObjects: false,
  }) as RequestListener
}
