import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { ORIGIN_HEADER } from '../cluster/passed-request.ts'
import { originIn } from './anywhere.ts'
import { httpApp } from './app.ts'
import { originOf } from './environment.ts'
import type { CallOrigin, HttpOutput, NodeExchange } from './http-output.ts'
import { TOO_MANY, TOO_MANY_HEADERS } from './http-service.ts'
import type { HttpSubject } from './http-subject.ts'

/**
 * What answers other nodes of the cluster. They have shown who they are, and may do everything; what they pass on for a client is
 * answered as for that client.
 *
 * @param outputs - What the HTTP port serves, so that a viewer is one whatever way his requests take.
 */
export const nodeRequests = (
  subject: HttpSubject,
  outputs: readonly HttpOutput[] | undefined,
): RequestListener => {
  const app = httpApp(subject, { port: 0 }, outputs, 'nodes')
  return getRequestListener(
    async (request, exchange) => {
      const { incoming } = exchange as NodeExchange
      const header = incoming.headers[ORIGIN_HEADER]
      const client = originIn(typeof header === 'string' ? header : undefined)
      if (client !== undefined && !counts(subject, client))
        return new Response(TOO_MANY, { status: 429, headers: TOO_MANY_HEADERS })
      return app.fetch(request, {
        origin: client ?? originOf(incoming.socket),
        // What writes past its response would not know whose it is.
        exchange: client === undefined ? (exchange as NodeExchange) : undefined,
        keepOpen: () => {},
        handOver: () => {},
      })
    },
    { overrideGlobalObjects: false },
  ) as RequestListener
}

/** The node that a client asked has not counted the request: what clients may ask is known where they are let in. */
const counts = ({ core }: HttpSubject, { remoteAddress, remotePort, localPort }: CallOrigin): boolean =>
  core.answers(remoteAddress, remotePort, localPort)
