import { type ConnectCommand, streamPath } from '@rtmp/message'
import type { AccessHandler } from '../../src/access/access-handler.ts'
import type { Decision } from '../../src/contract/decision.ts'
import type { ConnectionInfo } from '../../src/contract/connection-info.ts'
import type { ConnectContext, PlayContext, PublishContext } from '../../src/contract/contexts.ts'

/** What a test says of a client and its request. */
export interface Request {
  readonly app?: string
  readonly streamName?: string
  readonly query?: Readonly<Record<string, string>>
  readonly address?: string
  readonly connection?: ConnectionInfo
}

export const connectionFrom = (remoteAddress = '192.0.2.7', app = 'live'): ConnectionInfo =>
  ({
    id: 1,
    remoteAddress,
    remotePort: 4000,
    localPort: 1935,
    secure: false,
    app,
    connect: undefined,
  }) as ConnectionInfo

const contextOf = ({ app = 'live', streamName = 'show', query = {}, address, connection }: Request) => ({
  connection: connection ?? connectionFrom(address, app),
  messageStreamId: 1,
  app,
  streamName,
  path: streamPath(app, streamName),
  sent: { app, streamName },
  query,
})

const said = (decision: Decision): string => {
  if (decision === undefined || decision === null || decision.kind === 'accept') {
    return decision?.kind === 'accept' && decision.streamName ? `as ${decision.streamName}` : 'yes'
  }
  if (decision.kind === 'redirect') return `to ${decision.url}`
  return [decision.code, decision.description].filter(Boolean).join(': ')
}

/** What a handler decides, in words: `'yes'`, `'as NAME'`, `'to URL'`, or the reason of the refusal. */
export const ask = (handler: AccessHandler) => ({
  publish: async (request: Request = {}): Promise<string> =>
    said(await handler.publish?.({ ...contextOf(request), publishType: 'live' } satisfies PublishContext)),
  play: async (request: Request = {}): Promise<string> =>
    said(
      await handler.play?.({
        ...contextOf(request),
        start: -2,
        duration: undefined,
        reset: true,
        bufferLength: undefined,
        waitMs: undefined,
      } satisfies PlayContext),
    ),
  connect: async (request: Request & { readonly rawApp?: string } = {}): Promise<string> => {
    const { connection, app, query } = contextOf(request)
    const connect = { app: request.rawApp ?? app } as ConnectCommand
    const context: ConnectContext = { connection, app, query, tcUrl: `rtmp://localhost/${app}`, connect }
    return said(await handler.connect?.(context))
  },
})
