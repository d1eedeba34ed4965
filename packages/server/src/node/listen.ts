import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import type { ServerCore } from '../core/server-core.ts'
import type { ProxyHeader } from '../transport/proxy-header.ts'
import { type Origin, plainAddress, SocketTransport } from './socket-transport.ts'
import type { CertificateStore, TlsOptions } from './tls/certificate-store.ts'

/** Where to listen. */
export interface ListenOptions {
  /** 0 chooses a free one. */
  readonly port: number
  /** Address or host name; every address, IPv4 and IPv6, unless given. */
  readonly host?: string
  /** Connections that wait to be accepted. Default 511. */
  readonly backlog?: number
  /** RTMPS: clients must speak TLS. */
  readonly tls?: TlsOptions
  /**
   * Addresses and networks of load balancers. A connection from one of them must begin with a header of the PROXY
   * protocol (version 1 or 2), which says who the client is; others are taken as they are.
   */
  readonly proxyFrom?: readonly string[]
  /**
   * A server of the application's own to take connections from: a socket handed over by the system, a Unix socket, one
   * that a cluster shares. It is listening or will be; `port`, `host` and `backlog` say nothing then.
   */
  readonly server?: Server
}

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
export const listenRtmp = async (core: ServerCore, options: ListenOptions): Promise<Listener> => {
  const door = await Door.open(core, options)
  const onConnection = (socket: Socket): void => door.enter(socket)
  const server = options.server ?? createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true })
  server.on('connection', onConnection)
  try {
    if (options.server === undefined) await listening(server, options)
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
  readonly #arriving = new Set<Socket>()

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

  /** What is not asked for is not loaded either. */
  static async open(core: ServerCore, { tls, proxyFrom = [], port }: ListenOptions): Promise<Door> {
    let isProxy = (_address: string): boolean => false
    let readHeader: ReadProxied | undefined
    if (proxyFrom.length > 0) {
      const { AddressList } = await import('../transport/address-list.ts')
      const proxies = new AddressList(proxyFrom, 'proxyFrom')
      isProxy = (address) => proxies.has(address)
      readHeader = (await import('./proxied-socket.ts')).readProxied
    }
    if (tls === undefined) return new Door(core, undefined, isProxy, undefined, readHeader)
    const { CertificateStore } = await import('./tls/certificate-store.ts')
    const { secureSocket, TLS_HANDSHAKE_MS } = await import('./tls/secure-socket.ts')
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
    for (const socket of this.#arriving) socket.destroy()
  }

  async #prepare(raw: Socket, proxied: boolean): Promise<void> {
    const from = { remoteAddress: plainAddress(raw.remoteAddress ?? ''), remotePort: raw.remotePort ?? 0 }
    const localPort = raw.localPort ?? 0
    if (this.#arriving.size >= MAX_ARRIVING) {
      raw.destroy()
      return
    }
    this.#arriving.add(raw)
    raw.setNoDelay(true)
    try {
      const header = proxied ? await this.#readProxied?.(raw) : undefined
      const client = header?.source ?? { address: from.remoteAddress, port: from.remotePort }
      if (proxied && !this.#core.admits(client.address, client.port, localPort)) {
        raw.destroy()
        return
      }
      const socket = this.#secure === undefined ? raw : await this.#secure(raw)
      this.#admit(socket, {
        localPort,
        remoteAddress: client.address,
        remotePort: client.port,
        secure: this.#secure !== undefined || header?.secure === true,
      })
    } catch (error) {
      const description = error instanceof Error ? error.message : String(error)
      this.#core.events.emit('turnedAway', { ...from, localPort, description })
    } finally {
      this.#arriving.delete(raw)
    }
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

const listening = (server: Server, { port, host, backlog = BACKLOG }: ListenOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, backlog, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', reject)
      resolve()
    })
  })
