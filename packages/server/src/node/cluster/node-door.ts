import type { Buffer } from 'node:buffer'
import { chmod } from 'node:fs/promises'
import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from 'node:http'
import { type AddressInfo, createServer, type ListenOptions, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { plainAddress } from '../../transport/address.ts'
import { Crowded } from '../crowded.ts'
import { ALPN, PSK_CONTEXT, socketFile } from './node-socket.ts'

/** The name of nodes that come by a socket of the system: whoever may open it is one of this machine. */
export const LOCAL_NODE = 'this machine'

/** What is done with those who come. */
export interface NodeDoorSetup {
  /** A node wants streams. */
  readonly stream: (socket: Socket, node: string) => void
  /** A node asks for something; it is a node that asks, so it may. */
  readonly request: RequestListener
  /** Somebody has come by the port who has not shown yet that it knows the secret. Released when it has, or has gone. */
  readonly arrived: (socket: Socket, address: string) => { release(): void }
  readonly failed: (error: unknown) => void
}

/** The port for nodes of other machines. */
export interface NodePort {
  readonly port: number
  readonly bind: string | undefined
  readonly key: Buffer
}

const HANDSHAKE_MS = 5000

/** Handshakes at a time: nodes are few, and strangers may begin one. */
const MOST_ARRIVING = 512

/** Connections of nodes at a time: of each of several, what it passes on, and the streams that it fetches. */
const MOST_CONNECTIONS = 16_384

/** The other end of a socket, and of what carries it. */
const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`

/** Where the other nodes come in: by sockets of the system, by a port, or both. */
export class NodeDoor {
  readonly #setup: NodeDoorSetup
  readonly #http: HttpServer
  readonly #servers: Server[] = []
  readonly #sockets = new Set<Socket>()
  readonly #arrivals = new Crowded<Socket>(MOST_ARRIVING)
  #port: number | undefined

  constructor(setup: NodeDoorSetup) {
    this.#setup = setup
    this.#http = createHttpServer(setup.request)
  }

  /** Where the port is. */
  get port(): number | undefined {
    return this.#port
  }

  /** Opens sockets in a folder that only this user can enter. @throws Error of Node */
  async openFolder(folder: string): Promise<void> {
    const streams = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (socket) =>
      this.#enter(socket, 'rtmp', LOCAL_NODE),
    )
    const requests = createServer((socket) => this.#enter(socket, 'http', LOCAL_NODE))
    for (const [server, protocol] of [
      [streams, 'rtmp'],
      [requests, 'http'],
    ] as const) {
      const path = socketFile(folder, protocol)
      await this.#listen(server, { path, exclusive: true })
      await chmod(path, 0o600)
    }
  }

  /** Opens the port. @throws Error of Node */
  async openPort({ port, bind, key }: NodePort): Promise<void> {
    const nodes = new WeakMap<TLSSocket, string>()
    const arriving = new Map<string, () => void>()
    const server = createTlsServer(
      {
        ...PSK_CONTEXT,
        ALPNProtocols: Object.values(ALPN),
        handshakeTimeout: HANDSHAKE_MS,
        pskCallback: (socket: TLSSocket, identity: string) => {
          nodes.set(socket, identity)
          return key
        },
      },
      (socket) => {
        arriving.get(peerOf(socket))?.()
        socket.setNoDelay(true)
        const protocol = socket.alpnProtocol === ALPN.rtmp ? 'rtmp' : 'http'
        this.#enter(socket, protocol, nodes.get(socket) ?? '')
      },
    )
    server.maxConnections = MOST_CONNECTIONS
    server.on('connection', (raw: Socket) => {
      const peer = peerOf(raw)
      const address = plainAddress(raw.remoteAddress ?? '')
      const counted = this.#setup.arrived(raw, address)
      const arrived = (): void => {
        arriving.delete(peer)
        this.#arrivals.delete(raw)
        counted.release()
      }
      arriving.set(peer, arrived)
      raw.once('close', arrived)
      this.#arrivals.add(raw, address)
    })
    // Whoever does not know the secret: nothing was let in.
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    await this.#listen(server, { port, exclusive: true, ...(bind === undefined ? {} : { host: bind }) })
    this.#port = (server.address() as AddressInfo).port
  }

  close(): void {
    for (const server of this.#servers) server.close()
    this.#http.closeAllConnections()
    this.#arrivals.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  #enter(socket: Socket, protocol: 'rtmp' | 'http', node: string): void {
    socket.on('error', () => {})
    if (protocol === 'rtmp') {
      this.#setup.stream(socket, node)
      return
    }
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
    this.#http.emit('connection', socket)
  }

  async #listen(server: Server, options: ListenOptions): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(options, () => {
        server.off('error', reject)
        server.on('error', (error) => this.#setup.failed(error))
        resolve()
      })
    })
    this.#servers.push(server)
  }
}
