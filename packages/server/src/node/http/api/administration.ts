import * as v from 'valibot'
import { relaySchema } from '../../../config/relay-schema.ts'
import type { ServedConfiguration } from '../../../config/live-configuration.ts'
import { DEFAULT_DRAIN_MS } from '../../../contract/drain-options.ts'
import type { Connection } from '../../../core/connection.ts'
import { GIVEN_NUMBER } from '../across-nodes.ts'
import { orRefuse, RequestError, requireFound } from '../problem.ts'
import { banSchema, drainSchema, reasonSchema } from '../request-body.ts'
import { type ApiCall, type ApiOperation, operation, operationWith } from './operation.ts'

const REASON = {
  reason: { schema: reasonSchema, description: 'Why, for whoever it is ended for.' },
} as const

const NO_CONNECTION = { 404: 'There is no such connection, or it does nothing of that number.' } as const
const NO_STREAM = { 404: 'There is no such stream.' } as const

/** What administrators can change. */
export const ADMINISTRATION: readonly ApiOperation[] = [
  operation(
    {
      id: 'endConnection',
      tag: 'connections',
      method: 'DELETE',
      path: '/connections/{id}',
      summary: 'Ends a connection, with all that it publishes and plays',
      query: REASON,
      refusals: NO_CONNECTION,
    },
    (call) => {
      const connection = connectionOf(call)
      connection.client.kick(call.query('reason'))
      call.tell('kick', `connection ${connection.id} from ${connection.remoteAddress} was ended`)
      return { ended: true }
    },
  ),
  operation(
    {
      id: 'endPublish',
      tag: 'connections',
      method: 'DELETE',
      path: '/connections/{id}/publishes/{stream}',
      summary: 'Ends one publish of a connection, which goes on',
      query: REASON,
      refusals: NO_CONNECTION,
    },
    (call) => ending(call, 'publish'),
  ),
  operation(
    {
      id: 'endPlay',
      tag: 'connections',
      method: 'DELETE',
      path: '/connections/{id}/plays/{stream}',
      summary: 'Ends one play of a connection, which goes on',
      query: REASON,
      refusals: NO_CONNECTION,
    },
    (call) => ending(call, 'play'),
  ),
  operation(
    {
      id: 'endStream',
      tag: 'streams',
      method: 'DELETE',
      path: '/streams/{path}',
      summary: 'Ends a stream for its publisher and its players',
      query: REASON,
      refusals: NO_STREAM,
    },
    (call) => {
      const path = call.text('path')
      const [app, name] = streamIn(call, path)
      call.core.streamControl.end(app, name, call.query('reason'))
      call.tell('endStream', `stream ${path} was ended`)
      return { ended: true }
    },
  ),
  operationWith(
    {
      id: 'drainStream',
      tag: 'streams',
      method: 'POST',
      path: '/streams/{path}/drain',
      summary: 'Empties a stream: who can is asked to go elsewhere, the rest is ended at the deadline',
      status: 202,
      refusals: { ...NO_STREAM, 409: 'It is being emptied already.' },
    },
    drainSchema,
    (call, given) => {
      const { streamControl } = call.core
      const options = { ...call.subject.drainDefaults, ...given }
      const path = call.text('path')
      const [app, name] = streamIn(call, path)
      if (streamControl.draining(app, name) !== undefined) {
        throw new RequestError(409, { error: `the stream ${path} is being emptied already.` })
      }
      const drain = streamControl.drain(app, name, options)
      const asked = Array.from(drain?.asked ?? [], ({ id }) => id)
      call.tell('drainStream', `stream ${path} is being emptied${where(options.tcUrl)}`)
      return { asked, deadlineMs: options.deadlineMs ?? DEFAULT_DRAIN_MS }
    },
  ),
  operationWith(
    {
      id: 'drainServer',
      tag: 'server',
      method: 'POST',
      path: '/drain',
      summary: 'Empties the server, and ends it',
      status: 202,
      refusals: { 409: 'It is being emptied already.' },
    },
    drainSchema,
    (call, options) => {
      const { subject, core } = call
      if (!subject.isReady()) throw new RequestError(409, { error: 'the server is being emptied already.' })
      call.tell('drain', `the server is being emptied${where(options.tcUrl)}`)
      subject.drain(options).catch((error: unknown) => core.failed('the drain', error))
      return { draining: true }
    },
  ),
  operationWith(
    {
      id: 'addRelay',
      tag: 'relays',
      method: 'POST',
      path: '/relays',
      summary: 'Fetches streams from another server, or sends them to one, from now on',
      status: 201,
    },
    relaySchema,
    (call, rule) => {
      const given = numberIn(call)
      // What is pulled always is pulled once, by the worker that was asked first.
      if (given !== undefined && 'pull' in rule && rule.onDemand === false) return { id: given }
      const id = orRefuse(() => call.subject.relays.add(rule, given))
      call.tell('addRelay', `relay rule ${id} was added`)
      return { id }
    },
  ),
  operation(
    {
      id: 'removeRelay',
      tag: 'relays',
      method: 'DELETE',
      path: '/relays/{id}',
      summary: 'Ends what a rule has begun',
      refusals: { 404: 'There is no such rule.' },
    },
    (call) => {
      const id = call.number('id')
      requireFound(call.subject.relays.remove(id), `relay rule ${id}`, 'id')
      call.tell('removeRelay', `relay rule ${id} was removed`)
      return { removed: true }
    },
  ),
  operation(
    { id: 'listBans', tag: 'bans', method: 'GET', path: '/bans', summary: 'Who and what is banned' },
    ({ core }) => ({ bans: core.bans.list() }),
  ),
  operationWith(
    {
      id: 'ban',
      tag: 'bans',
      method: 'POST',
      path: '/bans',
      summary: 'Bans an address, a stream, or one from the other; who is there is ended',
      status: 201,
      refusals: { 409: 'There are as many bans as may be.' },
    },
    banSchema,
    (call, options) => {
      const { core } = call
      const ban = orRefuse(() => core.bans.add(options, numberIn(call)))
      const whom = [options.address, options.stream].filter((one) => one !== undefined).join(' from ')
      const howLong = options.seconds === undefined ? '' : ` for ${options.seconds} s`
      call.tell('ban', `${whom} was banned${howLong} (ban ${ban.id})`)
      return ban
    },
  ),
  operation(
    {
      id: 'liftBan',
      tag: 'bans',
      method: 'DELETE',
      path: '/bans/{id}',
      summary: 'Lifts a ban',
      refusals: { 404: 'There is no such ban.' },
    },
    (call) => {
      const id = call.number('id')
      requireFound(call.core.bans.remove(id), `ban ${id}`, 'id')
      call.tell('unban', `ban ${id} was lifted`)
      return { removed: true }
    },
  ),
  operation(
    {
      id: 'getConfiguration',
      tag: 'server',
      method: 'GET',
      path: '/config',
      summary: 'The configuration, secrets masked',
      refusals: { 404: 'An application runs the server, and has its configuration.' },
    },
    (call) => served(call).shown(),
  ),
  operationWith(
    {
      id: 'changeConfiguration',
      tag: 'server',
      method: 'PATCH',
      path: '/config',
      summary: 'Changes options until the next start: all that are given, or none',
      refusals: { 404: 'An application runs the server, and has its configuration.' },
    },
    v.pipe(
      v.unknown(),
      v.description(
        'Sections with the options to change: `limits`, `access` and `log.level`; null is the default.',
      ),
      v.examples([{ limits: { connections: 5000 } }]),
    ),
    async (call, patch) => {
      const configuration = served(call)
      const change = await configuration.change(patch)
      if (!change.ok) {
        const [first, ...others] = change.problems
        throw new RequestError(400, first ?? { error: 'nothing was changed.' }, ...others)
      }
      const { changed } = change
      if (changed.length > 0) call.tell('configure', `the configuration was changed: ${changed.join(', ')}`)
      return { changed, configuration: configuration.shown() }
    },
  ),
]

const connectionOf = (call: ApiCall): Connection => {
  const connection = call.core.connection(call.number('id'))
  if (connection?.isOpen === true) return connection
  throw new RequestError(404, { error: `there is no connection ${call.text('id')}.`, field: 'id' })
}

const ending = (call: ApiCall, what: 'publish' | 'play'): { readonly ended: true } => {
  const connection = connectionOf(call)
  const id = call.number('stream')
  const { client } = connection
  const reason = call.query('reason')
  const ended = what === 'play' ? client.endPlay(id, reason) : client.endPublish(id, reason)
  if (!ended) {
    const error = `connection ${connection.id} ${what === 'play' ? 'plays' : 'publishes'} nothing with messageStreamId ${id}.`
    throw new RequestError(404, { error, field: 'stream' })
  }
  const action = what === 'play' ? 'endPlay' : 'endPublish'
  call.tell(action, `${what} ${id} of connection ${connection.id} was ended`)
  return { ended: true }
}

const streamIn = ({ core }: ApiCall, path: string): readonly [string, string] => {
  const stream = core.registry.find('', path)
  if (stream === undefined) throw new RequestError(404, { error: `there is no stream ${path}.` })
  return [stream.app, stream.name]
}

const served = ({ subject }: ApiCall): ServedConfiguration => {
  const configuration = subject.configuration()
  if (configuration !== undefined) return configuration
  const error = 'the application that runs this server has its configuration; only rtmp-server shows it here.'
  throw new RequestError(404, { error })
}

/** The number that another node has given a ban or a rule. */
const numberIn = ({ c, services }: ApiCall): number | undefined => {
  const text = services.isAskedByNodes ? c.req.header(GIVEN_NUMBER) : undefined
  return text === undefined ? undefined : Number(text)
}

const where = (tcUrl: string | undefined): string => (tcUrl === undefined ? '' : ` to ${tcUrl}`)
