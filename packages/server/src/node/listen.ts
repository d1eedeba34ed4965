import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { ListenOptions } from '../contract/listen-options.ts'
import type { ServerCore } from '../core/server-core.ts'
import type { ProxyHeader } from '../transport/proxy-header.ts'
import { type Origin, SocketTransport } from './socket-transport.ts'
import { readProxied } from './proxied-socket.ts'
import { CertificateStore } from './tls/certificate-store.ts'
import { secureSocket, TLS_HANDSHAKE_MS } from './tls/secure-socket.ts'
import { plainAddress } from '../transport/address.ts'
import { Crowded } from './crowded.ts'
import { CountedSocket } from './counted-socket.ts'
import { AddressList } from '../transport/address-list.ts'
import { openPort, type PortSharing } from './open-port.ts'

/** A port that listens. */
export interface Listener {
  readonly address: AddressInfo
  readonly secure: boolean
  /** Certificates of a port that speaks TLS. */
  readonly certificates: CertificateStore | undefined
  /** Takes no more connections; those there are go on. */
  close(): void
}

/** The most a listener's queue is asked for; the system may allow less. */
const BACKLOG = 511

/** Connections of a port that may be busy with their PROXY header or TLS handshake at a time. */
const MAX_ARRIVING = 4096

/**
 * Listens for RTMP.
 *
 * @throws Error of Node: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, …, or of a certificate that cannot be used; UsageError for
 *   addresses that are none
 */
export const listenRtmp = async (
  core: ServerCore,
  options: ListenOptions,
  sharing?: PortSharing,
): Promise<Listener> => {
  const door = await Door.open(core, options)
  const onConnection = (socket: Socket): void => door.enter(socket)
  const server =
    (options.server as Server | undefined) ??
    createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true })
  server.on('connection', onConnection)
  try {
    if (options.server === undefined) await openPort(server, { backlog: BACKLOG, ...options }, sharing)
  } catch (error) {
    door.close()
    throw error
  }
  const onError = (error: Error): void => core.failed('listening', error)
  server.on('error', onError)
  return {
    address: addressOf(server),
    secure: options.tls !== undefined,
    certificates: door.certificates,
    close: () => {
      server.off('connection', onConnection)
      if (options.server === undefined) server.close()
      else server.off('error', onError)
      door.close()
    },
  }
}

const addressOf = (server: Server): AddressInfo => {
  const address = server.address()
  return typeof address === 'object' && address !== null
    ? address
    : { address: address ?? '', family: '', port: 0 }
}

type ReadProxied = (socket: Socket) => Promise<ProxyHeader>

/** What a connection goes through before it speaks RTMP. */
class Door {
  readonly certificates: CertificateStore | undefined
  readonly #core: ServerCore
  readonly #isProxy: (address: string) => boolean
  readonly #secure: ((socket: Socket) => Promise<Socket>) | undefined
  readonly #readProxied: ReadProxied | undefined
  readonly #arrivals = new Crowded<Socket>(MAX_ARRIVING)

  private constructor(
    core: ServerCore,
    certificates: CertificateStore | undefined,
    isProxy: (address: string) => boolean,
    secure: ((socket: Socket) => Promise<Socket>) | undefined,
    readHeader: ReadProxied | undefined,
  ) {
    this.#core = core
    this.certificates = certificates
    this.#isProxy = isProxy
    this.#secure = secure
    this.#readProxied = readHeader
  }

  static async open(core: ServerCore, { tls, proxyFrom = [], port }: ListenOptions): Promise<Door> {
    let isProxy = (_address: string): boolean => false
    let readHeader: ReadProxied | undefined
    if (proxyFrom.length > 0) {
      const proxies = new AddressList(proxyFrom, 'proxyFrom')
      isProxy = (address) => proxies.has(address)
      readHeader = readProxied
    }
    if (tls === undefined) return new Door(core, undefined, isProxy, undefined, readHeader)
    const store = await CertificateStore.open(tls, {
      reloaded: (certificates) => core.events.emit('certificatesReloaded', { port, certificates }),
      failed: (error) => core.failed('reading certificates again', error),
    })
    const handshakeMs = tls.handshakeMs ?? TLS_HANDSHAKE_MS
    return new Door(core, store, isProxy, (raw) => secureSocket(raw, store, handshakeMs), readHeader)
  }

  enter(socket: Socket): void {
    const address = plainAddress(socket.remoteAddress ?? '')
    const proxied = this.#isProxy(address)
    if (!proxied && !this.#core.admits(address, socket.remotePort, socket.localPort)) {
      socket.destroy()
      return
    }
    if (!proxied && this.#secure === undefined) this.#admit(socket, {})
    else void this.#prepare(socket, proxied)
  }

  close(): void {
    this.certificates?.close()
    this.#arrivals.close()
  }

  async #prepare(raw: Socket, proxied: boolean): Promise<void> {
    const from = { remoteAddress: plainAddress(raw.remoteAddress ?? ''), remotePort: raw.remotePort ?? 0 }
    const localPort = raw.localPort ?? 0
    this.#arrivals.add(raw, from.remoteAddress)
    raw.setNoDelay(true)
    // A proxy answers for nobody: whose connection it is stands in its header.
    let counted = proxied ? undefined : this.#count(raw, from.remoteAddress)
    try {
      const header = proxied ? await this.#readProxied?.(raw) : undefined
      const source = header?.source
      const client = {
        address: source === undefined ? from.remoteAddress : plainAddress(source.address),
        port: source?.port ?? from.remotePort,
      }
      if (proxied && !this.#core.admits(client.address, client.port, localPort)) {
        raw.destroy()
        return
      }
      counted ??= this.#count(raw, client.address)
      const socket = this.#secure === undefined ? raw : await this.#secure(raw)
      counted.release()
      this.#admit(socket, {
        localPort,
        remoteAddress: client.address,
        remotePort: client.port,
        secure: this.#secure !== undefined || header?.secure === true,
      })
    } catch (error) {
      const description = error instanceof Error ? error.message : String(error)
      const silent = raw.bytesRead === 0
      this.#core.events.emit('turnedAway', { ...from, localPort, description, silent })
    } finally {
      this.#arrivals.delete(raw)
      counted?.release()
    }
  }

  #count(raw: Socket, address: string): CountedSocket {
    return new CountedSocket(this.#core, raw, address, this.#secure !== undefined, 'client')
  }

  #admit(socket: Socket, origin: Origin): void {
    try {
      new SocketTransport(this.#core, socket, origin)
    } catch (error) {
      this.#core.failed('accepting a connection', error)
      socket.destroy()
    }
  }
}
