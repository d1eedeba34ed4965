import { EventEmitter, once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { type AddressInfo, connect, createServer, isIP, type Server, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { hmacSha256 } from './hmac-sha256.ts'
import type { DescribeOptions } from '../../command/describe-message.ts'
import type { InspectRecord, Sender } from '../../command/inspect-record.ts'
import { hostPort } from '../../rtmp-url.ts'
import { WireDecoder } from '../../command/wire-decoder.ts'

/** Where connections are passed on to. */
interface ProxyTarget {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  /** Of a TLS server, whether its certificate must be trusted; default true. */
  readonly rejectUnauthorized?: boolean
}

/** Options of an {@link InspectProxy}. */
export interface InspectProxyOptions extends DescribeOptions {
  readonly target: ProxyTarget
  /** Takes the records, in the order things happened. */
  readonly record: (record: InspectRecord) => void
  /** Also keep the bytes, in files that begin so: `name-1.c2s.bin`, `name-1.s2c.bin`. */
  readonly save?: string
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
}

/** How one connection ends; told by both of its sockets. */
interface ConnectionEnd {
  saidGoodbye(from: Sender): void
  closed(problem: string | undefined): void
}

/** Passes connections on to a server, bytes unchanged, and tells what travels in both directions. */
export class InspectProxy {
  readonly #options: InspectProxyOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #files = new Set<WriteStream>()
  readonly #changes = new EventEmitter()
  readonly #startedAt: number
  #connections = 0

  constructor(options: InspectProxyOptions) {
    this.#options = options
    this.#startedAt = options.now()
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client))
  }

  /** Begins to take connections. Rejects as `net.Server` does. */
  async listen(port: number, host: string): Promise<AddressInfo> {
    this.#server.listen(port, host)
    await once(this.#server, 'listening')
    const address = this.#server.address() as AddressInfo
    this.#options.record({
      kind: 'connection',
      timestamp: 0,
      bytes: 0,
      at: this.#at(),
      state: 'listening',
      text: `${hostPort(address.address, address.port)} → ${this.#targetName}`,
    })
    return address
  }

  /** Resolves when as many connections as that have come and gone. */
  async served(connections: number): Promise<void> {
    while (this.#connections < connections || this.#sockets.size > 0) await once(this.#changes, 'change')
  }

  /** Ends every connection and stops listening. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
    await Promise.all(
      [...this.#files].map((file) => new Promise<void>((resolve) => file.end(() => resolve()))),
    )
  }

  get #targetName(): string {
    const { host, port, secure } = this.#options.target
    return `${secure ? 'rtmps' : 'rtmp'}://${hostPort(host, port)}`
  }

  #at(): number {
    return Math.round(this.#options.now() - this.#startedAt)
  }

  #accept(client: Socket): void {
    const { host, port, secure, rejectUnauthorized } = this.#options.target
    this.#connections += 1
    const connection = this.#connections
    const tell = (state: 'opened' | 'closed', text: string): void => {
      this.#options.record({
        kind: 'connection',
        timestamp: 0,
        bytes: 0,
        connection,
        at: this.#at(),
        state,
        text,
      })
    }
    tell('opened', `by ${hostPort(client.remoteAddress ?? '?', client.remotePort ?? 0)}`)
    const server = secure
      ? connectTls({ host, port, rejectUnauthorized: rejectUnauthorized !== false, ...serverName(host) })
      : connect({ host, port, allowHalfOpen: true, noDelay: true })
    let first: Sender | undefined
    let open = true
    const end: ConnectionEnd = {
      saidGoodbye: (from) => {
        first ??= from
      },
      closed: (problem) => {
        if (open) tell('closed', problem ?? (first === undefined ? 'without a goodbye' : `by the ${first}`))
        open = false
        client.destroy()
        server.destroy()
      },
    }
    this.#watch(client, 'client', connection, end)
    this.#watch(server, 'server', connection, end)
    client.pipe(server)
    server.pipe(client)
  }

  #watch(socket: Socket, from: Sender, connection: number, end: ConnectionEnd): void {
    const { record, hexBytes } = this.#options
    const decoder = new WireDecoder({
      from,
      hmacSha256,
      ...(hexBytes === undefined ? {} : { hexBytes }),
      place: () => ({ connection, at: this.#at() }),
    })
    const file = this.#file(from, connection)
    this.#sockets.add(socket)
    socket.on('data', (bytes: Uint8Array) => {
      file?.write(bytes)
      for (const found of decoder.push(bytes)) record(found)
    })
    socket.on('end', () => end.saidGoodbye(from))
    socket.on('error', (error: Error) => end.closed(`because of the ${from}: ${error.message}`))
    socket.on('close', () => {
      end.closed(undefined)
      this.#sockets.delete(socket)
      this.#changes.emit('change')
    })
  }

  #file(from: Sender, connection: number): WriteStream | undefined {
    const { save } = this.#options
    if (save === undefined) return undefined
    const file = createWriteStream(`${save}-${connection}.${from === 'client' ? 'c2s' : 's2c'}.bin`)
    this.#files.add(file)
    return file
  }
}

/** Names are told to a TLS server, addresses are not. */
const serverName = (host: string): { servername?: string } => (isIP(host) === 0 ? { servername: host } : {})
