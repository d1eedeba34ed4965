import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { QueryParameters } from '@rtmp/message'
import type { Context } from 'hono'
import { plainAddress } from '../../transport/address.ts'
import type { CallOrigin, HttpCall, HttpMethod, NodeExchange } from './http-output.ts'

/** What requests carry along. */
export interface Environment {
  readonly Bindings: {
    readonly origin: CallOrigin
    readonly exchange: NodeExchange | undefined
    /** See {@link HttpCall.keepOpen}. */
    readonly keepOpen: () => void
    /** See {@link HttpCall.handOver}. */
    readonly handOver: () => void
  }
  readonly Variables: {
    /** Whether the request has brought the token. */
    hasToken: boolean
  }
}

/** Where the socket of a request comes from. */
export const originOf = (socket: Socket): CallOrigin => ({
  remoteAddress: plainAddress(socket.remoteAddress ?? ''),
  remotePort: socket.remotePort ?? 0,
  localPort: socket.localPort ?? 0,
  secure: socket instanceof TLSSocket,
})

/** A request, as outputs see it. */
export const callOf = (c: Context<Environment>, query: QueryParameters): HttpCall => {
  const request = c.req.raw
  const isHead = request.method === 'HEAD'
  const { origin, exchange, keepOpen, handOver } = c.env
  const method = (isHead ? 'GET' : request.method) as HttpMethod
  return { request, method, isHead, query, origin, exchange, keepOpen, handOver }
}
