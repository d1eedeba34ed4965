import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { RtmpClientError } from '../core/errors.ts'
import { isByteStreams, isTransport } from '../core/is-streams.ts'
import { StreamTransport } from '../core/stream-transport.ts'
import type { ByteStreams, DialTarget, ClientTransport } from '../core/transport.ts'
import { hostPort } from '../rtmp-url.ts'
import { SocketTransport } from './socket-transport.ts'

/** TLS of `rtmps://`, as `node:tls` takes it. */
export interface ClientTlsOptions {
  /** Certificates to trust instead of those of the system, PEM. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[]
  /** Our own certificate and its key, PEM, for servers that ask for one. */
  readonly cert?: string | Uint8Array
  /** Belongs to `cert`, PEM. */
  readonly key?: string | Uint8Array
  /** Opens `key` where that is encrypted. */
  readonly passphrase?: string
  /** Name asked for and checked, instead of the URL's host. */
  readonly servername?: string
  /** `false` accepts every certificate: for tests only, since anyone can then listen in. Default true. */
  readonly rejectUnauthorized?: boolean
}

/** What a dialler may give: a socket or any duplex of Node, a pair of Web Streams, or a transport. */
export type Dialled = Duplex | ByteStreams | ClientTransport

/** How connections are made. */
export interface DialOptions {
  /** For `rtmps://` only. */
  readonly tls?: ClientTlsOptions
  /** Address of ours to dial from. */
  readonly localAddress?: string
  /** 4 or 6 to use only that kind of address; default both, the first that answers. */
  readonly family?: 4 | 6
  /** Dials instead of us: through a proxy, or over something that is not TCP. Called for every connection. */
  readonly dial?: (target: DialTarget) => Dialled | Promise<Dialled>
}

/** Opens a connection, already secured where asked for. @throws RtmpClientError */
export const dial = async (target: DialTarget, options: DialOptions): Promise<ClientTransport> => {
  const remote = hostPort(target.host, target.port)
  if (options.dial !== undefined) {
    try {
      return toTransport(await options.dial(target), remote)
    } catch (cause) {
      throw dialError(cause, target)
    }
  }
  return new Promise((resolve, reject) => {
    const socket = target.secure ? openTls(target, options) : openTcp(target, options)
    const ready = target.secure ? 'secureConnect' : 'connect'
    const stop = (): void => {
      socket.destroy()
      reject(target.signal.reason)
    }
    const fail = (error: Error): void => {
      target.signal.removeEventListener('abort', stop)
      socket.destroy()
      reject(dialError(error, target))
    }
    const closed = (): void =>
      fail(Object.assign(new Error('the other side closed the connection'), { code: 'TLS_CLOSED' }))
    target.signal.addEventListener('abort', stop, { once: true })
    socket.once('error', fail)
    socket.once('close', closed)
    socket.once(ready, () => {
      target.signal.removeEventListener('abort', stop)
      socket.off('error', fail)
      socket.off('close', closed)
      const { remoteAddress, remotePort } = socket
      resolve(new SocketTransport(socket, addressOf(remoteAddress, remotePort) ?? remote))
    })
  })
}

const addressOf = (address: string | undefined, port: number | undefined): string | undefined =>
  address === undefined ? undefined : `${address.includes(':') ? `[${address}]` : address}:${port}`

/** Silence before the system probes an idle connection, in milliseconds; Node lets it try ten times, a second apart. */
const KEEP_ALIVE_MS = 10_000

/** Name lookup and attempts at several addresses, one a quarter of a second after the other (RFC 8305), are Node's. */
const addressOptions = ({ host, port }: DialTarget, { localAddress, family }: DialOptions) => ({
  host,
  port,
  autoSelectFamily: true,
  noDelay: true,
  keepAlive: true,
  keepAliveInitialDelay: KEEP_ALIVE_MS,
  allowHalfOpen: true,
  ...(localAddress === undefined ? {} : { localAddress }),
  ...(family === undefined ? {} : { family }),
})

const openTcp = (target: DialTarget, options: DialOptions): Socket =>
  connectTcp(addressOptions(target, options))

const openTls = (target: DialTarget, options: DialOptions): Socket => {
  const name = isIP(target.host) === 0 ? { servername: target.host } : {}
  const socket = connectTls({ ...addressOptions(target, options), ...name, ...tlsFields(options.tls) })
  socket.setNoDelay(true)
  socket.setKeepAlive(true, KEEP_ALIVE_MS)
  return socket
}

/** As `node:tls` and `node:https` take them. */
export const tlsFields = (tls: ClientTlsOptions = {}): ConnectionOptions => {
  const { ca, cert, key, passphrase, servername, rejectUnauthorized } = tls
  return {
    ...(ca === undefined ? {} : { ca: pem(ca) }),
    ...(cert === undefined ? {} : { cert: pemOf(cert) }),
    ...(key === undefined ? {} : { key: pemOf(key) }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  }
}

const pemOf = (value: string | Uint8Array): string =>
  typeof value === 'string' ? value : new TextDecoder().decode(value)

const pem = (value: string | Uint8Array | readonly (string | Uint8Array)[]): string | string[] =>
  typeof value === 'string' || value instanceof Uint8Array ? pemOf(value) : value.map(pemOf)

const toTransport = (dialled: Dialled, remote: string): ClientTransport => {
  if (dialled instanceof Duplex) return new SocketTransport(dialled, remote)
  if (isTransport(dialled)) return dialled
  if (isByteStreams(dialled)) return new StreamTransport(dialled, remote)
  return new SocketTransport(dialled as Duplex, remote)
}

/**
 * The failure in words that say what to do.
 *
 * @param plain - The scheme without TLS.
 */
export const dialError = (
  cause: unknown,
  { host, port, secure }: Pick<DialTarget, 'host' | 'port' | 'secure'>,
  plain: 'rtmp' | 'http' | 'ws' = 'rtmp',
): RtmpClientError => {
  const place = hostPort(host, port)
  if (cause instanceof RtmpClientError) return cause
  const code = codeOf(cause)
  const make = (
    name: ConstructorParameters<typeof RtmpClientError>[0],
    text: string,
    canRetry = true,
  ): RtmpClientError => new RtmpClientError(name, text, { stage: 'dial', canRetry, cause })
  const message = cause instanceof Error ? cause.message : String(cause)
  switch (code) {
    case 'ENOTFOUND':
      return make('HOST_NOT_FOUND', `there is no host named ${host}: check the address`)
    case 'EAI_AGAIN':
      return make('HOST_NOT_FOUND', `the name ${host} could not be looked up: is the network there?`)
    case 'ECONNREFUSED':
      return make(
        'CONNECTION_REFUSED',
        `nobody listens at ${place}: is the server running, is the port right?`,
      )
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'ETIMEDOUT':
    case 'EADDRNOTAVAIL':
      return make('UNREACHABLE', `${place} cannot be reached (${code})`)
    case 'ECONNRESET':
    case 'TLS_CLOSED':
      if (!secure) break
      return make(
        'TLS_FAILED',
        `${place} closed the connection instead of answering in TLS: if it speaks none, use ${plain}:// or another port`,
      )
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
    case 'ERR_SSL_PACKET_LENGTH_TOO_LONG':
      return make('TLS_FAILED', `${place} does not speak TLS: use ${plain}:// there, or another port`, false)
  }
  if (code !== undefined && CERTIFICATE_CODES.test(code)) {
    return make('TLS_FAILED', `the certificate of ${host} is not trusted (${code}): ${message}`, false)
  }
  if (code !== undefined && code.startsWith('ERR_SSL'))
    return make('TLS_FAILED', `TLS failed: ${message}`, false)
  return make('DIAL_FAILED', `could not connect to ${place}: ${message}`)
}

const CERTIFICATE_CODES = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME|CRL/

/** Node reports several failed addresses as one error with many; the first tells. */
const codeOf = (error: unknown): string | undefined => {
  if (typeof error !== 'object' || error === null) return undefined
  if ('code' in error && typeof error.code === 'string') return error.code
  if ('errors' in error && Array.isArray(error.errors)) return codeOf(error.errors[0])
  return undefined
}
