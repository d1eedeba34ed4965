import { Buffer } from 'node:buffer'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { Connection } from '../core/connection.ts'
import type { ServerCore } from '../core/server-core.ts'
import type { ServerTransport } from '../core/transport.ts'
import { plainAddress } from '../transport/address.ts'
import type { DirectWriter } from './direct-writer.ts'
import { takeOver, type TakenSocket } from './take-over.ts'

// A batch is written to many streams in a row: its Buffer is made once.
let lastBytes: Uint8Array | undefined
let lastBuffer: Buffer | undefined

const bufferOf = (bytes: Uint8Array): Buffer => {
  if (bytes !== lastBytes || lastBuffer === undefined) {
    lastBytes = bytes
    lastBuffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
  return lastBuffer
}

/** A socket, or another stream of bytes both ways. */
export type ByteStream = Duplex & {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly localPort?: number | undefined
}

/** What is known of a connection better than its socket knows. */
export interface Origin {
  /** IP address of the client; by default what the socket says. */
  readonly remoteAddress?: string
  /** By default what the socket says. */
  readonly remotePort?: number
  /** Port that the client has connected to; by default what the socket says. */
  readonly localPort?: number
  /** Whether the way is encrypted; by default what the socket says. */
  readonly secure?: boolean
  /** The id of the node, when it is another server of the cluster. */
  readonly node?: string
}

/** Servers that write to their sockets in the documented way only. */
const byStreamOnly = new WeakSet<ServerCore>()

/** Sockets of a server are written to by their streams from now on: the option `directWrite: false`. */
export const writeByStreamOnly = (core: ServerCore): void => {
  byStreamOnly.add(core)
}

/** The pump between a socket and its connection. */
export class SocketTransport implements ServerTransport {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localPort: number
  readonly secure: boolean
  readonly node: string | undefined
  readonly #core: ServerCore
  readonly #socket: Duplex
  readonly #taken: TakenSocket | undefined
  readonly #writer: DirectWriter | undefined
  /** Whether the stream may hold bytes, which what is written directly must not overtake. */
  #streaming = false
  readonly #connection: Connection
  #error: Error | undefined
  #paused = false

  /** @param accepted - A socket that nobody else reads, allowing half-open. */
  constructor(core: ServerCore, accepted: ByteStream, origin: Origin = {}) {
    this.#core = core
    this.remoteAddress = plainAddress(origin.remoteAddress ?? accepted.remoteAddress ?? '')
    this.remotePort = origin.remotePort ?? accepted.remotePort ?? 0
    this.localPort = origin.localPort ?? accepted.localPort ?? 0
    this.secure = origin.secure ?? accepted instanceof TLSSocket
    this.node = origin.node
    const early = accepted.readableLength > 0 ? (accepted.read() as Buffer | null) : null
    const plain = accepted instanceof Socket && !(accepted instanceof TLSSocket) && !accepted.readableEnded
    const taken = plain
      ? takeOver(accepted, (bytes) => this.#receive(bytes), !byStreamOnly.has(core))
      : undefined
    this.#taken = taken
    this.#writer = taken?.writer
    const socket = taken?.socket ?? accepted
    this.#socket = socket
    this.#connection = core.open(this)
    socket.on('error', (error) => {
      this.#error = error
    })
    socket.on('end', () => this.#connection.peerEnded(core.now()))
    socket.on('close', () => this.#connection.transportClosed(this.#error, core.now()))
    if (early !== null) this.#receive(early)
    if (taken === undefined) {
      socket.on('data', (bytes: Buffer) => this.#receive(bytes))
      if (!this.#paused) socket.resume()
    }
  }

  get pendingBytes(): number {
    const direct = this.#writer === undefined ? 0 : this.#writer.pendingBytes
    if (!this.#streaming) return direct
    const { writableLength } = this.#socket
    this.#streaming = writableLength > 0
    return writableLength + direct
  }

  write(bytes: Uint8Array, done?: () => void): void {
    if (done === undefined && !this.#streaming && this.#writer?.write(bytes) === true) return
    this.#streaming = true
    this.#socket.write(bufferOf(bytes), done)
  }

  pauseReading(paused: boolean): void {
    this.#paused = paused
    if (this.#taken !== undefined) this.#taken.setReading(!paused)
    else if (paused) this.#socket.pause()
    else this.#socket.resume()
  }

  finish(): void {
    this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #receive(bytes: Uint8Array): void {
    try {
      this.#connection.receive(bytes, this.#core.now())
    } catch (error) {
      this.#core.failed('a connection', error)
      this.#socket.destroy()
    }
  }
}
