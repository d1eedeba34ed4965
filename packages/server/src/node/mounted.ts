import type { IncomingMessage, RequestListener } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Socket } from 'node:net'
import { UsageError } from '@rtmp/bytes'
import { plainAddress } from '../transport/address.ts'
import type { Ports } from './ports.ts'

type FetchHandler = (request: Request, origin?: FetchOrigin) => Promise<Response>
type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean

/** Where a request of the web has come from, as far as whoever passes it on knows; or what Hono on Node gives along. */
export interface FetchOrigin {
  /** An IP address: limits, bans and rules go by it. Empty unless given. */
  readonly remoteAddress?: string
  /** For logs. 0 unless given. */
  readonly remotePort?: number
  /** For logs, and registrations by port. 0 unless given. */
  readonly localPort?: number
  /** Whether the way is encrypted; by default what the URL says. */
  readonly secure?: boolean
  /** The request of `node:http` that it was made of. */
  readonly incoming?: { readonly socket: Pick<Socket, 'remoteAddress' | 'remotePort' | 'localPort'> }
}

const CLOSED = 'the server does not listen'

const serviceOf = (ports: Ports) => {
  if (!ports.servesHttp)
    throw new UsageError('HTTP_OFF', 'give the option http, with port: false for no port of its own', 'http')
  return ports.service
}

export const fetchHandler = (ports: Ports): FetchHandler => {
  serviceOf(ports)
  return async (request, { incoming, ...origin } = {}) => {
    const { service } = ports
    if (service === undefined) return Response.json({ error: CLOSED }, { status: 503 })
    const { remoteAddress = '', remotePort = 0, localPort = 0 } = incoming?.socket ?? {}
    const known = { remotePort, localPort, ...origin }
    return service.fetch(request, {
      ...known,
      remoteAddress: plainAddress(origin.remoteAddress ?? remoteAddress),
    })
  }
}

export const requestListener = (ports: Ports): RequestListener => {
  serviceOf(ports)
  const listeners = new WeakMap<object, RequestListener>()
  return (request, response) => {
    const { service } = ports
    if (service === undefined) {
      response.writeHead(503, { 'content-type': 'application/json' }).end(JSON.stringify({ error: CLOSED }))
      return
    }
    const listener = listeners.get(service) ?? service.listener()
    listeners.set(service, listener)
    listener(request, response)
  }
}

export const upgradeHandler = (ports: Ports): UpgradeHandler => {
  serviceOf(ports)
  return (request, duplex, head) => {
    const { service } = ports
    const socket = duplex as Socket
    if (service?.upgrades.claims(request) !== true) return false
    service.upgrades.enter({
      request,
      socket,
      head,
      refuse: (status) => {
        socket.on('error', () => {})
        socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      },
      release: () => {},
    })
    return true
  }
}
