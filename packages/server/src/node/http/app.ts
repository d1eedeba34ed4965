import { shownJson } from '@rtmp/bytes/text'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import type { HttpOptions } from '../../contract/http-options.ts'
import { acrossNodes, metricsOfWorkers } from './across-nodes.ts'
import { answerAnywhere } from './anywhere.ts'
import { adminOnly, GUESSED, noForeignChanges } from './administrators.ts'
import { apiRoutes } from './api/api.ts'
import { API_OPERATIONS } from './api/operations.ts'
import { ConnectionLogs } from './connection-logs.ts'
import { callOf, type Environment } from './environment.ts'
import { EventFeed } from './event-feed.ts'
import { History } from './history.ts'
import type { HttpOutput } from './http-output.ts'
import { httpOutputs } from './http-outputs.ts'
import { targetIn } from './http-path.ts'
import { answer, HttpRouter, MEDIA_HEADERS, SAFE_HEADERS } from './http-router.ts'
import type { HttpSubject } from './http-subject.ts'
import { Metrics } from './metrics.ts'
import { RequestError } from './problem.ts'

const PATHS = [
  'GET /health  the process is alive',
  'GET /ready   new clients are taken (503 while the server drains)',
  'GET /metrics for Prometheus (administrators)',
  'WS  /rtmp    RTMP as binary messages',
  ...API_OPERATIONS.map(
    ({ method, path, summary }) => `${method} /_/api${path}  ${summary} (administrators)`,
  ),
]

/** Where the API is. */
const API = '/_/api'

/** The longest target of a request, in characters: an app, a stream and their query fit. */
const MOST_TARGET = 2048

/** What answers the HTTP port. */
export interface HttpApp {
  readonly router: HttpRouter
  fetch(request: Request, bindings: Environment['Bindings']): Promise<Response>
  /** Ends what goes on by itself. */
  close(): void
}

/**
 * Everything the HTTP port answers.
 *
 * @param callers - Other nodes of the cluster may do everything, and are answered for this server alone.
 */
export const httpApp = (
  subject: HttpSubject,
  options: HttpOptions,
  outputs: readonly HttpOutput[] = httpOutputs(subject, options),
  callers: 'everybody' | 'nodes' = 'everybody',
): HttpApp => {
  const { core, isReady } = subject
  const app = new Hono<Environment>()
  const router = new HttpRouter(outputs)
  const ofClients = adminOnly(options, {
    now: () => core.now(),
    guessed: (remoteAddress, remotePort, localPort) => {
      const { events } = core
      if (events.has('turnedAway'))
        events.emit('turnedAway', { remoteAddress, remotePort, localPort, description: GUESSED })
    },
  })

  const admin = callers === 'nodes' ? ofNodes : ofClients

  app.use(async (c, next) => {
    if (targetOf(c).length > MOST_TARGET) return withHeaders(c.json({ error: 'the path is too long' }, 414))
    await next()
    // Names that strangers have chosen stand in it, and people read it on terminals.
    if (c.res.headers.get('content-type')?.startsWith('application/json') === true)
      c.res = new Response(shownJson(await c.res.text()), c.res)
    withHeaders(c.res)
    return undefined
  })
  app.get('/health', (c) => c.json({ status: 'ok', uptimeMs: Math.round(core.now() - core.startedAt) }))
  app.get('/ready', (c) => c.json({ ready: isReady() }, isReady() ? 200 : 503))

  app.use('/metrics', admin)
  app.use(`${API}/*`, admin)
  let metrics: Metrics | undefined
  const counted = (): Metrics => (metrics ??= new Metrics(subject, options.metricsPerStream === true))
  app.get('/metrics', async (c) => {
    const others = callers === 'nodes' ? [] : await metricsOfWorkers(subject.cluster?.())
    return c.text(await counted().text(others), 200, { 'content-type': counted().contentType })
  })
  if (callers === 'everybody')
    app.use(
      `${API}/*`,
      acrossNodes(() => subject.cluster?.()),
    )
  if (callers === 'nodes') app.get(`${API}/metrics`, async (c) => c.json(await counted().counted()))
  const history = new History(core)
  const feed = new EventFeed(core)
  if (callers === 'everybody') history.start()
  app.route(
    API,
    apiRoutes({
      subject,
      options,
      history,
      feed,
      logs: ConnectionLogs.of(core),
      isAskedByNodes: callers === 'nodes',
    }),
  )

  /** Refuses who may not; lets pass who may. */
  const refusal = async (c: Context<Environment>): Promise<Response | undefined> => {
    const pass = async (): Promise<void> => {}
    return (await admin(c, pass)) ?? (await noForeignChanges(c, pass)) ?? undefined
  }
  app.all('*', async (c) => {
    const target = targetIn(targetOf(c))
    if (target === undefined) return c.json({ error: 'the path cannot be decoded' }, 400)
    const found = router.find(target)
    if (found === undefined) {
      if (target.path === '/' && c.req.method === 'GET')
        return c.text(`${[...router.paths, ...PATHS].join('\n')}\n`)
      return c.notFound()
    }
    const { audience } = found.route
    if (audience === 'media') for (const [name, value] of MEDIA_HEADERS) c.header(name, value)
    const refused = audience === 'admin' ? await refusal(c) : undefined
    if (refused !== undefined) return refused
    const call = callOf(c, target.query)
    const response = await (callers === 'everybody'
      ? answerAnywhere(subject, found, call)
      : answer(found, call))
    if (audience !== 'media') return response
    return withHeaders(response, MEDIA_HEADERS)
  })
  app.notFound((c) => c.json({ error: 'there is nothing here; GET / lists what there is' }, 404))
  app.onError((error, c) => {
    if (error instanceof RequestError) {
      // What is left of a body that was too long is not waited for.
      if (error.status === 413) c.header('connection', 'close')
      return c.json(error.body, error.status)
    }
    core.failed('the HTTP port', error)
    return c.json({ error: 'the server has failed; its log says why' }, 500)
  })
  return {
    router,
    fetch: async (request, bindings) => app.fetch(request, bindings),
    close: () => {
      history.stop()
      for (const { close } of outputs) close?.()
      feed.close()
    },
  }
}

/** Nodes have shown who they are before they could ask. */
const ofNodes: MiddlewareHandler<Environment> = async (_c, next) => next()

/** Path and query as they were sent. */
const targetOf = (c: Context<Environment>): string => {
  const { url } = c.req
  return url.slice(url.indexOf('/', url.indexOf('://') + 3))
}

/** The headers that an answer has not got yet. */
const withHeaders = (
  response: Response,
  headers: readonly (readonly [string, string])[] = SAFE_HEADERS,
): Response => {
  for (const [name, value] of headers) if (!response.headers.has(name)) response.headers.set(name, value)
  return response
}
