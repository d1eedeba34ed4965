import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { httpApp } from './app.ts'
import { originOf } from './environment.ts'
import type { NodeExchange } from './http-output.ts'
import type { HttpSubject } from './http-subject.ts'

/** What answers other nodes of the cluster. They have shown who they are, and may do everything. */
export const nodeRequests = (subject: HttpSubject): RequestListener => {
  const app = httpApp(subject, { port: 0 }, undefined, 'nodes')
  return getRequestListener(
    async (request, exchange) =>
      app.fetch(request, {
        origin: originOf((exchange as NodeExchange).incoming.socket),
        exchange: exchange as NodeExchange,
        keepOpen: () => {},
        handOver: () => {},
      }),
    { overrideGlobalObjects: false },
  ) as RequestListener
}
