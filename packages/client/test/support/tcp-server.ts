import { once } from 'node:events'
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net'
import { createServer as createTls, type TlsOptions } from 'node:tls'
import type { TestServer } from './test-server.ts'

/** A test's server on a port of the loopback. */
export class TcpServer {
  readonly port: number
  readonly #sockets: ReadonlySet<Socket>
  readonly #server: Server

  private constructor(server: Server, sockets: ReadonlySet<Socket>) {
    this.#server = server
    this.#sockets = sockets
    this.port = (server.address() as AddressInfo).port
  }

  static async listen(logic: TestServer, tls?: TlsOptions, host = '127.0.0.1', at = 0): Promise<TcpServer> {
    const sockets = new Set<Socket>()
    const serve = (socket: Socket): void => {
      sockets.add(socket)
      const peer = logic.accept({
        write: (pieces) => pieces.forEach((piece) => socket.write(piece)),
        end: () => socket.end(),
      })
      socket.on('data', (bytes: Uint8Array) => peer.receive(bytes, performance.now()))
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        peer.transportClosed(performance.now())
      })
    }
    const server = tls === undefined ? createTcp(serve) : createTls(tls, serve)
    server.on('tlsClientError', () => {})
    server.listen(at, host)
    await once(server, 'listening')
    return new TcpServer(server, sockets)
  }

  /** Stops listening and breaks every connection. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.resetAndDestroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
