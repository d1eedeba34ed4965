import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { HttpOptions } from '../../contract/http-options.ts'
import { type HttpApp, httpApp } from './app.ts'
import { originOf } from './environment.ts'
import { MEDIA_HEADERS, SAFE_HEADERS } from './http-router.ts'
import { hasTooManyFields } from './head-bytes.ts'
import { copiedOf, lentBodyOf, sendLent } from './lent-body.ts'
import { alreadySent } from './already-sent.ts'
import type { CallOrigin, HttpOutput, NodeExchange } from './http-output.ts'
import { httpOutputs } from './http-outputs.ts'
import type { HttpExchange } from './http-sockets.ts'
import type { HttpSubject } from './http-subject.ts'
import { Upgrades } from './upgrades.ts'

/** What an exchange is whose socket belongs to somebody else's server. */
const FOREIGN: HttpExchange = {
  isTooMuch: false,
  keepOpen: () => {},
  handOver: () => {},
  holds: () => {},
  answered: () => {},
}

/** What an answer says of its connection, which HTTP/2 has no words for (RFC 9113 §8.2.2): Node throws for it. */
const OF_CONNECTION = ['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']

const withoutConnection = (headers: Headers): void => {
  for (const name of OF_CONNECTION) if (headers.has(name)) headers.delete(name)
}

const SAFE: Readonly<Record<string, string>> = Object.fromEntries([...SAFE_HEADERS, ...MEDIA_HEADERS])

/** What is answered with 429. */
export const TOO_MANY: string = JSON.stringify({
  error: 'there are too many requests from your address; wait a second',
})
/** ... and its headers. */
export const TOO_MANY_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'application/json',
  'content-length': String(TOO_MANY.length),
  'retry-after': '1',
  'cache-control': 'no-store',
  ...SAFE,
}

/** When a socket goes, Node tells only the answer whose turn it is: those behind it are told here. */
const closeWith = (socket: Socket, response: ServerResponse): void => {
  const gone = (): void => void response.emit('close')
  socket.setMaxListeners(0)
  socket.once('close', gone)
  response.once('close', () => socket.off('close', gone))
}

/** Everything that is served over HTTP, wherever requests come from: the HTTP port, the one with TLS, and other people's servers. */
export class HttpService {
  readonly subject: HttpSubject
  readonly upgrades: Upgrades
  readonly outputs: readonly HttpOutput[]
  readonly #app: HttpApp

  /** @throws UsageError for options that cannot be used */
  constructor(
    subject: HttpSubject,
    options: HttpOptions,
    outputs: readonly HttpOutput[] = httpOutputs(subject, options),
  ) {
    this.subject = subject
    this.outputs = outputs
    this.#app = httpApp(subject, options, outputs)
    this.upgrades = new Upgrades(subject, options, this.#app.router)
  }

  /**
   * A listener for Node's HTTP servers.
   *
   * @param exchangeOf - What the answer to a request has to do with its socket.
   */
  listener(
    exchangeOf: (request: IncomingMessage, response: ServerResponse) => HttpExchange = () => FOREIGN,
    socketOf: (request: IncomingMessage) => Socket = ({ socket }) => socket,
  ): RequestListener {
    const current = new WeakMap<IncomingMessage, HttpExchange>()
    const lending = new WeakSet<ServerResponse>()
    const listener = getRequestListener(
      async (request, bindings) => {
        const exchange = bindings as NodeExchange
        const { keepOpen, handOver, holds } = current.get(exchange.incoming) ?? FOREIGN
        const socket = socketOf(exchange.incoming)
        const response = await this.#app.fetch(request, {
          origin: originOf(socket),
          exchange,
          keepOpen,
          handOver,
        })
        if (exchange.incoming.httpVersionMajor > 1) withoutConnection(response.headers)
        const body = lentBodyOf(response)
        if (body === undefined || exchange.outgoing.destroyed) return response
        lending.add(exchange.outgoing)
        holds(copiedOf(body, socket), body)
        sendLent(exchange.outgoing, response, body, socket)
        return alreadySent()
      },
      // HTTP/1.0 needs no name of a host.
      { overrideGlobalObjects: false, hostname: 'localhost' },
    ) as (request: IncomingMessage, response: ServerResponse) => Promise<void>
    return (request, response) => {
      if (socketOf(request).destroyed) return
      const exchange = exchangeOf(request, response)
      current.set(request, exchange)
      response.once('close', () => exchange.answered())
      if (request.httpVersionMajor < 2) closeWith(socketOf(request), response)
      if (exchange.isTooMuch) {
        response.writeHead(429, TOO_MANY_HEADERS).end(TOO_MANY)
        return
      }
      if (hasTooManyFields(request)) {
        const more = request.httpVersionMajor < 2 ? { connection: 'close' } : {}
        response.writeHead(431, { ...SAFE, ...more }).end()
        return
      }
      listener(request, response)
        .then(() => {
          // What the system has not taken is held for this answer alone.
          const { writableLength } = response
          if (writableLength > 0 && !lending.delete(response)) exchange.holds(writableLength)
        })
        .catch((error: unknown) => {
          this.subject.core.failed('the HTTP port', error)
          response.destroy()
        })
    }
  }

  /** Answers a request of the web. @param origin - Where it has come from, as far as that is known. */
  async fetch(request: Request, origin: Partial<CallOrigin> = {}): Promise<Response> {
    const from = {
      remoteAddress: '',
      remotePort: 0,
      localPort: 0,
      secure: request.url.startsWith('https:'),
      ...origin,
    }
    return this.#app.fetch(request, { ...FOREIGN, origin: from, exchange: undefined })
  }

  close(): void {
    this.#app.close()
  }
}
