import { createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net'
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2'
import type { TLSSocket } from 'node:tls'
import type { TlsOptions } from '../../contract/tls-options.ts'
import type { ServerCore } from '../../core/server-core.ts'
import { plainAddress } from '../../transport/address.ts'
import { CertificateStore } from '../tls/certificate-store.ts'
import { secureSocket, TLS_HANDSHAKE_MS } from '../tls/secure-socket.ts'
import { MOST_FIELDS } from './head-bytes.ts'
import type { HttpSockets } from './http-sockets.ts'

/** HTTP/2, and HTTP/1.1 for who does not know it, as they are named in TLS (RFC 7301 §3.1). */
const PROTOCOLS = Buffer.from('\x02h2\x08http/1.1', 'latin1')

/** Requests that a client may have open over one connection. */
const MOST_STREAMS = 100

/** HTTP behind TLS: the certificates are chosen by name, and read again, as those of RTMPS. */
export class SecureServer {
  readonly net: NetServer
  /** Where requests and upgrades come. It does not listen itself. */
  readonly http: Http2SecureServer
  readonly certificates: CertificateStore
  readonly #sockets = new WeakMap<object, Socket>()

  private constructor(
    core: ServerCore,
    sockets: HttpSockets,
    certificates: CertificateStore,
    handshakeMs: number,
  ) {
    this.certificates = certificates
    const settings = { maxConcurrentStreams: MOST_STREAMS }
    // Those of HTTP/2 that say what is asked are among its fields.
    this.http = createSecureServer({ allowHTTP1: true, settings, maxHeaderListPairs: MOST_FIELDS + 4 })
    this.net = createNetServer({ pauseOnConnect: true, noDelay: true }, (raw) => {
      if (sockets.enter(raw)) void this.#secure(core, sockets, raw, handshakeMs)
    })
  }

  static async open(
    core: ServerCore,
    sockets: HttpSockets,
    tls: TlsOptions,
    port: number,
  ): Promise<SecureServer> {
    const store = await CertificateStore.open(tls, {
      reloaded: (certificates) => core.events.emit('certificatesReloaded', { port, certificates }),
      failed: (error) => core.failed('reading certificates again', error),
    })
    return new SecureServer(core, sockets, store, tls.handshakeMs ?? TLS_HANDSHAKE_MS)
  }

  /** The socket that a request came over. */
  socketOf(request: {
    readonly socket: Socket
    readonly stream?: { readonly session?: object | undefined }
  }): Socket {
    const session = request.stream?.session
    return (session === undefined ? undefined : this.#sockets.get(session)) ?? request.socket
  }

  close(): void {
    this.certificates.close()
    this.net.close()
    this.http.close()
  }

  async #secure(core: ServerCore, sockets: HttpSockets, raw: Socket, handshakeMs: number): Promise<void> {
    let socket: TLSSocket
    const from = { remoteAddress: plainAddress(raw.remoteAddress ?? ''), remotePort: raw.remotePort ?? 0 }
    const localPort = raw.localPort ?? 0
    try {
      socket = await secureSocket(raw, this.certificates, handshakeMs, PROTOCOLS)
    } catch (error) {
      sockets.release(raw)
      const description = error instanceof Error ? error.message : String(error)
      core.events.emit('turnedAway', { ...from, localPort, description, silent: raw.bytesRead === 0 })
      return
    }
    sockets.replace(raw, socket)
    const remember = (session: ServerHttp2Session): void => void this.#sockets.set(session, socket)
    this.http.once('session', remember)
    // As Node's own TLS server leaves its sockets: what makes requests for who does not know HTTP/2, and that the handshake is done.
    Object.assign(socket, { server: this.http, secureConnecting: false })
    this.http.emit('secureConnection', socket)
    this.http.off('session', remember)
  }
}
