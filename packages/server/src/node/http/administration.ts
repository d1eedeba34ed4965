import { type Context, Hono } from 'hono'
import type { AdministrationAction } from '../../core/events.ts'
import type { Connection } from '../../core/connection.ts'
import { DEFAULT_DRAIN_MS } from '../../core/drain.ts'
import { type Environment, noForeignChanges, remoteAddressOf } from './administrators.ts'
import type { HttpSubject } from './http-port.ts'
import { orRefuse, RequestError } from './problem.ts'
import { banSchema, bodyOf, checkedValue, drainSchema, jsonBody, reasonSchema } from './request-body.ts'
import { splitPath } from './stream-path.ts'

const DRAIN = '/drain'

/** What administrators can change, below `/api`. Whoever gets here is one. */
export const administration = (subject: HttpSubject): Hono<Environment> => {
  const { core } = subject
  const app = new Hono<Environment>()
  app.use(noForeignChanges)
  const tell = (c: Context<Environment>, action: AdministrationAction, text: string): void => {
    const forwardedFor = c.req.header('x-forwarded-for')
    core.events.emit('administration', { action, by: remoteAddressOf(c), forwardedFor, text })
  }
  const connectionOf = (c: Context<Environment>): Connection => {
    const connection = core.connection(idIn(c, 'id'))
    if (connection?.isOpen === true) return connection
    throw new RequestError(404, { error: `there is no connection ${c.req.param('id') ?? ''}.`, field: 'id' })
  }

  app.delete('/connections/:id', (c) => {
    const connection = connectionOf(c)
    connection.client.kick(reasonOf(c))
    tell(c, 'kick', `connection ${connection.id} from ${connection.remoteAddress} was ended`)
    return c.json({ ended: true })
  })
  for (const kind of ['publishes', 'plays'] as const) {
    app.delete(`/connections/:id/${kind}/:stream`, (c) => {
      const connection = connectionOf(c)
      const id = idIn(c, 'stream')
      const isPlay = kind === 'plays'
      const { client } = connection
      const ended = isPlay ? client.endPlay(id, reasonOf(c)) : client.endPublish(id, reasonOf(c))
      if (!ended) {
        const error = `connection ${connection.id} ${isPlay ? 'plays' : 'publishes'} nothing with messageStreamId ${id}.`
        throw new RequestError(404, { error, field: 'stream' })
      }
      const what = `${isPlay ? 'play' : 'publish'} ${id} of connection ${connection.id}`
      tell(c, isPlay ? 'endPlay' : 'endPublish', `${what} was ended`)
      return c.json({ ended: true })
    })
  }

  app.delete('/streams/:path{.+}', (c) => {
    const path = c.req.param('path')
    const [appName, streamName] = streamIn(path)
    core.streamControl.end(appName, streamName, reasonOf(c))
    tell(c, 'endStream', `stream ${path} was ended`)
    return c.json({ ended: true })
  })
  app.post('/streams/:path{.+}', async (c) => {
    const given = c.req.param('path')
    if (!given.endsWith(DRAIN)) return c.notFound()
    const options = { ...subject.drainDefaults, ...(await bodyOf(c, drainSchema)) }
    const path = given.slice(0, -DRAIN.length)
    const [appName, streamName] = streamIn(path)
    if (core.streamControl.draining(appName, streamName) !== undefined) {
      throw new RequestError(409, { error: `the stream ${path} is being emptied already.` })
    }
    const drain = core.streamControl.drain(appName, streamName, options)
    const asked = Array.from(drain?.asked ?? [], ({ id }) => id)
    tell(c, 'drainStream', `stream ${path} is being emptied${where(options.tcUrl)}`)
    return c.json({ asked, deadlineMs: options.deadlineMs ?? DEFAULT_DRAIN_MS }, 202)
  })
  app.post('/drain', async (c) => {
    const options = await bodyOf(c, drainSchema)
    if (!subject.isReady()) throw new RequestError(409, { error: 'the server is being emptied already.' })
    tell(c, 'drain', `the server is being emptied${where(options.tcUrl)}`)
    subject.drain(options).catch((error: unknown) => core.failed('the drain', error))
    return c.json({ draining: true }, 202)
  })

  app.get('/bans', (c) => c.json({ bans: core.bans.list() }))
  app.post('/bans', async (c) => {
    const options = await bodyOf(c, banSchema)
    const ban = orRefuse(() => core.bans.add(options))
    const whom = [options.address, options.stream].filter((one) => one !== undefined).join(' from ')
    const howLong = options.seconds === undefined ? '' : ` for ${options.seconds} s`
    tell(c, 'ban', `${whom} was banned${howLong} (ban ${ban.id})`)
    return c.json(ban, 201)
  })
  app.delete('/bans/:id', (c) => {
    const id = idIn(c, 'id')
    if (!core.bans.remove(id)) throw new RequestError(404, { error: `there is no ban ${id}.`, field: 'id' })
    tell(c, 'unban', `ban ${id} was lifted`)
    return c.json({ removed: true })
  })

  const served = () => {
    const configuration = subject.configuration()
    if (configuration !== undefined) return configuration
    const error =
      'the application that runs this server has its configuration; only rtmp-server shows it here.'
    throw new RequestError(404, { error })
  }
  app.get('/config', (c) => c.json(served().shown()))
  app.patch('/config', async (c) => {
    const configuration = served()
    const change = await configuration.change(await jsonBody(c))
    if (!change.ok) {
      const [first, ...others] = change.problems
      throw new RequestError(400, first ?? { error: 'nothing was changed.' }, ...others)
    }
    const { changed } = change
    if (changed.length > 0) tell(c, 'configure', `the configuration was changed: ${changed.join(', ')}`)
    return c.json({ changed, configuration: configuration.shown() })
  })
  return app

  function streamIn(path: string): readonly [string, string] {
    const stream = splitPath(core.registry, path)
    if (stream === undefined) throw new RequestError(404, { error: `there is no stream ${path}.` })
    return [stream.app, stream.name]
  }
}

const reasonOf = (c: Context): string | undefined =>
  checkedValue(reasonSchema, c.req.query('reason'), 'reason')

const idIn = (c: Context, field: string): number => {
  const text = c.req.param(field) ?? ''
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new RequestError(400, { error: `'${text}' is not a number.`, field })
}

const where = (tcUrl: string | undefined): string => (tcUrl === undefined ? '' : ` to ${tcUrl}`)
