import { createServer, type IncomingMessage } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { AddressInfo, Server, Socket } from 'node:net'
import type { TlsOptions } from '../../contract/tls-options.ts'
import type { CertificateStore } from '../tls/certificate-store.ts'
import { HttpService } from './http-service.ts'
import { HTTP_TIMES, HttpSockets, type HttpTimes } from './http-sockets.ts'
import { openPort, type PortSharing } from '../open-port.ts'
import { SecureServer } from './secure-server.ts'

export { HttpService }

/**
 * Clients are told that a socket is theirs for so much of the time after which it is ended, so that none asks in the moment in which it ends. Players ask
 * for playlists once in a target duration: Node's five seconds are too few.
 */
const KEPT_ALIVE = 0.9

/** Where to listen for HTTP. */
export interface HttpListenOptions {
  readonly port: number
  readonly host?: string | undefined
  /** HTTPS: clients must speak TLS. */
  readonly tls?: TlsOptions | undefined
}

/**
 * A port that speaks HTTP, with or without TLS. Whatever a request can need is loaded with this module, before the port listens: what is
 * loaded at first need fails for ever when it fails once, for want of a file descriptor.
 */
export class HttpPort {
  readonly address: AddressInfo
  /** Of a port that speaks TLS. */
  readonly certificates: CertificateStore | undefined
  readonly #sockets: HttpSockets
  readonly #close: () => void

  private constructor(
    net: Server,
    sockets: HttpSockets,
    certificates: CertificateStore | undefined,
    close: () => void,
  ) {
    this.address = net.address() as AddressInfo
    this.certificates = certificates
    this.#sockets = sockets
    this.#close = close
  }

  /**
   * @throws Error of Node: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, …, or of a certificate that cannot be used
   */
  static async listen(
    service: HttpService,
    { port, host, tls }: HttpListenOptions,
    times: HttpTimes = HTTP_TIMES,
    sharing?: PortSharing,
  ): Promise<HttpPort> {
    const { core } = service.subject
    const sockets = new HttpSockets(core, times, tls !== undefined)
    const onUpgrade = (request: IncomingMessage, duplex: unknown, head: Buffer): void => {
      const socket = duplex as Socket
      if (!sockets.mayAsk(socket)) {
        sockets.refuse(socket, '429 Too Many Requests\r\nRetry-After: 1')
        return
      }
      service.upgrades.enter({
        request,
        socket,
        head,
        refuse: (status) => sockets.refuse(socket, status),
        release: () => sockets.release(socket),
      })
    }
    const onError = (error: Error): void => core.failed('the HTTP port', error)
    if (tls === undefined) {
      const listener = service.listener((request, response) =>
        sockets.asked(request.socket, request, response),
      )
      const server = createServer({ noDelay: true }, listener)
      server.keepAliveTimeout = times.idleMs * KEPT_ALIVE
      server.on('connection', (socket) => sockets.enter(socket))
      server.on('upgrade', onUpgrade)
      await openPort(server, { port, host }, sharing)
      server.on('error', onError)
      return new HttpPort(server, sockets, undefined, () => {
        server.close()
        server.closeIdleConnections()
      })
    }
    const secure = await SecureServer.open(core, sockets, tls, port)
    const { net, http, certificates } = secure
    // What speaks HTTP/1 goes by this; the types do not know it.
    Object.assign(http, { keepAliveTimeout: times.idleMs * KEPT_ALIVE })
    const listener = service.listener(
      (request, response) =>
        sockets.asked(secure.socketOf(request), request, response, request.httpVersionMajor > 1),
      (request) => secure.socketOf(request),
    )
    // Node makes requests of HTTP/2 look like those of HTTP/1.
    http.on(
      'request',
      listener as unknown as (request: Http2ServerRequest, response: Http2ServerResponse) => void,
    )
    http.on('upgrade', onUpgrade)
    http.on('sessionError', () => {})
    try {
      await openPort(net, { port, host }, sharing)
    } catch (error) {
      secure.close()
      throw error
    }
    net.on('error', onError)
    return new HttpPort(net, sockets, certificates, () => secure.close())
  }

  /** Sockets that are counted in the limits now: those of RTMP over WebSocket and of players are counted as connections. */
  get openSockets(): number {
    return this.#sockets.size
  }

  /** Takes no more requests and ends idle connections. WebSockets are ended with the connections that they carry. */
  close(): void {
    this.#close()
  }
}
