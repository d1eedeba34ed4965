import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ServedConfiguration } from '../../config/live-configuration.ts'
import type { DrainOptions } from '../../core/drain.ts'
import type { EventCounters } from '../../stats/event-counters.ts'
import type { ServerCore } from '../../core/server-core.ts'
import type { WebSocketDoor } from './web-socket-door.ts'
import type { HttpOptions } from './http-options.ts'

/** What the HTTP port can ask of the server around the core. */
export interface HttpControls {
  /** Whether new clients are taken. */
  readonly isReady: () => boolean
  /** Empties the server and closes it. */
  readonly drain: (options: DrainOptions) => Promise<void>
  /** How things are emptied unless asked otherwise. */
  readonly drainDefaults: DrainOptions
  /** What the server was started with; `undefined` where an application has made it. */
  readonly configuration: () => ServedConfiguration | undefined
}

/** What the HTTP port shows and changes. */
export interface HttpSubject extends HttpControls {
  readonly core: ServerCore
  readonly counters: EventCounters
}

/** For the head of a request, and for all of it, in milliseconds. */
const REQUEST_MS = 10_000

/**
 * The HTTP port: `/health`, `/ready`, `/metrics`, `/api/…`, and RTMP over WebSocket at `/rtmp`. It listens at once; what
 * answers is loaded with the first request.
 */
export class HttpPort {
  readonly address: AddressInfo
  readonly #server: Server
  readonly #subject: HttpSubject
  readonly #options: HttpOptions
  #webSockets: Promise<WebSocketDoor> | undefined

  private constructor(server: Server, subject: HttpSubject, options: HttpOptions) {
    this.#server = server
    this.#subject = subject
    this.#options = options
    this.address = server.address() as AddressInfo
    server.on('upgrade', (request, socket, head) => void this.#upgrade(request, socket, head))
    server.on('error', (error) => subject.core.failed('the HTTP port', error))
  }

  /** @throws Error of Node: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, … */
  static async listen(subject: HttpSubject, options: HttpOptions): Promise<HttpPort> {
    let loading: Promise<RequestListener> | undefined
    const server = createServer(
      { headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS, noDelay: true },
      (request, response) => {
        loading ??= import('./app.ts').then(({ requestListener }) => requestListener(subject, options))
        loading.then(
          (listener) => listener(request, response),
          (error: unknown) => {
            subject.core.failed('the HTTP port', error)
            response.writeHead(500).end()
          },
        )
      },
    )
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      const { port, host } = options
      server.listen({ port, ...(host === undefined ? {} : { host }) }, () => {
        server.off('error', reject)
        resolve()
      })
    })
    return new HttpPort(server, subject, options)
  }

  /** Takes no more requests and ends idle connections. WebSockets are ended with the RTMP connections that they carry. */
  close(): void {
    this.#server.close()
    this.#server.closeIdleConnections()
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => {})
    const { origins = ['*'], webSocket = true } = this.#options
    const { origin } = request.headers
    const path = (request.url ?? '').split('?', 1)[0]
    if (path !== '/rtmp' || !webSocket) refuseUpgrade(socket, '404 Not Found')
    else if (!origins.includes('*') && (origin === undefined || !origins.includes(origin)))
      refuseUpgrade(socket, '403 Forbidden')
    else if (!this.#subject.isReady()) refuseUpgrade(socket, '503 Service Unavailable')
    else {
      try {
        this.#webSockets ??= import('./web-socket-door.ts').then(
          ({ WebSocketDoor }) => new WebSocketDoor(this.#subject.core),
        )
        ;(await this.#webSockets).enter(request, socket, head)
      } catch (error) {
        this.#subject.core.failed('the WebSocket', error)
        socket.destroy()
      }
    }
  }
}

const refuseUpgrade = (socket: Duplex, status: string): void => {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
