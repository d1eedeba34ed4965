import { connectionStats, serverStats, streamDetails, streamStats } from '../../../core/statistics.ts'
import { HISTORY } from '../history.ts'
import { RequestError } from '../problem.ts'
import { type ApiOperation, operation } from './operation.ts'

/** What administrators can look at. */
export const OBSERVATION: readonly ApiOperation[] = [
  operation(
    { id: 'getServer', tag: 'server', method: 'GET', path: '/server', summary: 'The whole server' },
    ({ core, subject }) => ({ ...serverStats(core, core.now()), rtmpPort: subject.rtmpPort?.() }),
  ),
  operation(
    {
      id: 'listNodes',
      tag: 'server',
      method: 'GET',
      path: '/nodes',
      summary: 'The servers of the cluster, and their workers',
      refusals: { 404: 'The server is alone.' },
    },
    ({ subject }) => {
      const node = subject.cluster?.()
      if (node === undefined) throw new RequestError(404, { error: 'this server belongs to no cluster.' })
      return {
        nodes: Array.from(node.streams.nodes(), ([id, { name, machine, place }]) => ({
          id,
          name,
          machine,
          ...(place === undefined ? {} : { place }),
          isThis: id === node.id,
        })),
      }
    },
  ),
  operation(
    {
      id: 'getHistory',
      tag: 'server',
      method: 'GET',
      path: '/history',
      summary: 'The last hour, a sample each 5 s',
    },
    ({ services }) => ({ everyMs: HISTORY.everyMs, samples: services.history.samples }),
  ),
  {
    id: 'listenToEvents',
    tag: 'server',
    method: 'GET',
    path: '/events',
    summary:
      'What happens, as Server-Sent Events: the name of each event, and JSON with `at`, `level` and `text`',
    headers: {
      'Last-Event-ID': 'The last event that is known; what is kept of those behind it comes first.',
    },
    type: 'text/event-stream',
    refusals: { 503: 'As many listen as may.' },
    respond: ({ feed }, c) => {
      if (feed.isFull) throw new RequestError(503, { error: 'as many listen as may.' })
      const after = Number(c.req.header('last-event-id') ?? Number.NaN)
      c.env.keepOpen()
      const headers = { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' }
      return c.body(feed.listen(Number.isNaN(after) ? undefined : after), 200, headers)
    },
  },
  operation(
    {
      id: 'listStreams',
      tag: 'streams',
      method: 'GET',
      path: '/streams',
      summary: 'Every stream that somebody publishes, plays or waits for',
    },
    ({ core }) => {
      const now = core.now()
      return { streams: Array.from(core.streams(), (stream) => streamStats(stream, now)) }
    },
  ),
  operation(
    {
      id: 'getStream',
      tag: 'streams',
      method: 'GET',
      path: '/streams/{path}',
      summary: 'One stream, with its tracks and players',
      refusals: { 404: 'There is no such stream.' },
    },
    (call) => {
      const path = call.text('path')
      const stream = call.core.registry.find('', path)
      if (stream === undefined) throw new RequestError(404, { error: `there is no stream ${path}` })
      return streamDetails(stream, call.core.now())
    },
  ),
  operation(
    {
      id: 'listConnections',
      tag: 'connections',
      method: 'GET',
      path: '/connections',
      summary: 'Every connection, with what it publishes and plays',
    },
    ({ core }) => {
      const now = core.now()
      return { connections: Array.from(core.connections, (one) => connectionStats(one, now)) }
    },
  ),
  operation(
    {
      id: 'getConnectionLog',
      tag: 'connections',
      method: 'GET',
      path: '/connections/{id}/log',
      summary: 'What has happened to a connection: its latest lines, for a while also when it has gone',
      refusals: { 404: 'Nothing is known of such a connection.' },
    },
    (call) => {
      const lines = call.services.logs.linesOf(call.number('id'))
      if (lines === undefined)
        throw new RequestError(404, {
          error: `nothing is known of a connection ${call.text('id')}.`,
          field: 'id',
        })
      return { lines }
    },
  ),
  operation(
    {
      id: 'listRelays',
      tag: 'relays',
      method: 'GET',
      path: '/relays',
      summary: 'Every stream that is fetched from another server or sent to one',
    },
    ({ core }) => ({ relays: core.relays() }),
  ),
]
