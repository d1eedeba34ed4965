import type { MediaMessage } from '@rtmp/e-rtmp'
import {
  accept,
  chainHandlers,
  type ConnectionInfo,
  createServer,
  type Decision,
  loggingHandler,
  type PublishContext,
  redirect,
  reject,
  type RtmpServer,
  type ServerEvents,
  type ServerHandler,
  type ServerOptions,
} from '@rtmp/server'
import { accessHandler, hashPassword, tableAccess } from '@rtmp/server/access'
import type { Registration } from '@rtmp/server/registrations'
import { expectTypeOf } from 'vitest'

const options: ServerOptions = {
  rtmp: { port: 1935 },
  http: { port: 8000 },
  streams: { latency: 'low', cache: { bytes: 1 } },
  limits: { connections: 10 },
  enhanced: 'auto',
}
const server = createServer(options)
expectTypeOf(server).toEqualTypeOf<RtmpServer>()

// Options that are not there, or out of their kind.
// @ts-expect-error -- a misspelt option
createServer({ rtpm: {} })
// @ts-expect-error -- no such mode
createServer({ enhanced: 'sometimes' })
// @ts-expect-error -- a port is a number
createServer({ rtmp: { port: '1935' } })

// Hooks decide now or later, and see contexts.
const handler: ServerHandler = {
  connect: async () => undefined,
  publish: ({ streamName, query }) => (query['key'] === 'x' ? accept({ user: streamName }) : reject('no')),
  play: () => redirect('rtmp://other/live/show'),
  mediaTag: (_, message) => {
    expectTypeOf(message).toEqualTypeOf<MediaMessage>()
    return message.isVideo ? { timestamp: message.timestamp + 1 } : true
  },
  call: async ({ name, values }) => [name, values.length],
}
expectTypeOf(chainHandlers(handler, loggingHandler(console.log))).toEqualTypeOf<ServerHandler>()
expectTypeOf<ReturnType<NonNullable<ServerHandler['publish']>>>().toEqualTypeOf<
  Decision | PromiseLike<Decision>
>()
// @ts-expect-error -- what filters media answers at once
const late: ServerHandler = { mediaTag: async () => true }
// @ts-expect-error -- no decision
const odd: ServerHandler = { publish: () => 'ok' }

// What is given is a handle: nothing of the engine can be reached.
const looks = (connection: ConnectionInfo, context: PublishContext): void => {
  expectTypeOf(connection.client.call('name', 1)).resolves.toHaveProperty('values')
  expectTypeOf(context.connection).toEqualTypeOf<ConnectionInfo>()
  // @ts-expect-error -- the engine's
  void connection.core
  // @ts-expect-error -- the engine's
  void connection.session
  // @ts-expect-error -- the engine's
  void connection.receive
  // @ts-expect-error -- read only
  connection.app = 'other'
}
// @ts-expect-error -- the engine's
void server.core
for (const { path, publication, subscribers } of server.registry.streams()) {
  expectTypeOf(path).toBeString()
  expectTypeOf(publication?.counters.keyFrames).toEqualTypeOf<number | undefined>()
  // @ts-expect-error -- the engine's
  void subscribers[0]?.deliver
}

// Events by name, with their facts.
server.on('publishStarted', ({ path, query }) => expectTypeOf([path, query['a']]).toBeArray())
server.on('refused', ({ request }) =>
  expectTypeOf(request).toEqualTypeOf<'connect' | 'fcPublish' | 'publish' | 'play'>(),
)
expectTypeOf<ServerEvents['relayLost']['nextTryMs']>().toEqualTypeOf<number | undefined>()
// @ts-expect-error -- no such event
server.on('publishBegan', () => {})

// A stream inside the process.
const inside = async (): Promise<void> => {
  for await (const item of server.subscribe('live/show', { overflow: 'hold' })) {
    if (item.kind === 'end') expectTypeOf(item.reason).toExtend<string>()
    else if (item.kind === 'gap') expectTypeOf(item.from).toBeNumber()
    else server.inject('live', 'copy')?.write(item)
  }
  const off = server.tap('live', 'show', (message) => expectTypeOf(message).toEqualTypeOf<MediaMessage>())
  off()
  const registration = await server.registrations.listenForPublishers({ port: 1936, app: 'live' })
  expectTypeOf(registration).toExtend<Registration>()
  await server.setAccess({ challenge: { users: { anna: await hashPassword('secret') } } })
  await server.drain({ deadlineMs: 1000 })
}

expectTypeOf(tableAccess({ rules: [] })).toExtend<ServerHandler>()
expectTypeOf(accessHandler).toBeFunction()

export { inside, late, looks, odd }
