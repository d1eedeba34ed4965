import type { RequestListener } from 'node:http'
import { getRequestListener, type HttpBindings } from '@hono/node-server'
import { Hono, type MiddlewareHandler } from 'hono'
import { sameText } from '../../access/secret.ts'
import { connectionStats, serverStats, streamDetails, streamStats } from '../../core/statistics.ts'
import { AddressList, LOOPBACK } from '../../transport/address-list.ts'
import { plainAddress } from '../socket-transport.ts'
import type { HttpOptions } from './http-options.ts'
import type { HttpSubject } from './http-port.ts'
import type { Metrics } from './metrics.ts'

interface Environment {
  readonly Bindings: HttpBindings
}

const PATHS = [
  'GET /health         the process is alive',
  'GET /ready          new clients are taken (503 while the server drains)',
  'GET /metrics        for Prometheus (administrators)',
  'GET /api/server     the whole server (administrators)',
  'GET /api/relays     every stream from and to other servers (administrators)',
  'GET /api/streams    every stream; /api/streams/<app>/<name> for one with its tracks and players (administrators)',
  'GET /api/connections  every connection (administrators)',
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
    const at = path.lastIndexOf('/')
    const stream = core.registry.find(path.slice(0, Math.max(0, at)), path.slice(at + 1))
    if (stream === undefined) return c.json({ error: `there is no stream ${path}` }, 404)
    return c.json(streamDetails(stream, core.now()))
  })
  app.get('/api/connections', (c) => {
    const now = core.now()
    return c.json({ connections: Array.from(core.connections, (one) => connectionStats(one, now)) })
  })
  app.notFound((c) => c.json({ error: 'there is nothing here; GET / lists what there is' }, 404))
  app.onError((error, c) => {
    core.failed('the HTTP port', error)
    return c.json({ error: 'the server has failed; its log says why' }, 500)
  })
  return getRequestListener(app.fetch as Parameters<typeof getRequestListener>[0], {
    overrideGlobalObjects: false,
  }) as RequestListener
}

/**
 * Lets those pass who come from an administrator's address or bring the token. A request that a proxy has passed on
 * does not come from where its socket comes from.
 */
const adminOnly = ({ adminFrom = LOOPBACK, token }: HttpOptions): MiddlewareHandler<Environment> => {
  const addresses = new AddressList(adminFrom, 'http.adminFrom')
  return async (c, next) => {
    const { remoteAddress = '' } = c.env.incoming.socket
    const passedOn = c.req.header('x-forwarded-for') !== undefined || c.req.header('forwarded') !== undefined
    if (!passedOn && addresses.has(plainAddress(remoteAddress))) return next()
    const [scheme, given = ''] = (c.req.header('authorization') ?? '').split(' ', 2)
    if (token !== undefined && scheme?.toLowerCase() === 'bearer' && sameText(given, token)) return next()
    c.header('www-authenticate', 'Bearer')
    return c.json({ error: 'this is for administrators: see http.adminFrom and http.token' }, 401)
  }
}
