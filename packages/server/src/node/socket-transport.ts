import { Buffer } from 'node:buffer'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { Connection } from '../core/connection.ts'
import type { ServerCore } from '../core/server-core.ts'
import type { Transport } from '../core/transport.ts'
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

/** An IPv4 address as such, though it came over a socket that speaks IPv6 as well. */
export const plainAddress = (address: string): string =>
  address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address

/** A socket, or another stream of bytes both ways. */
export type ByteStream = Duplex & {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
  readonly localPort?: number | undefined
}

/** What is known of a connection better than its socket knows. */
export interface Origin {
  readonly remoteAddress?: string
  readonly remotePort?: number
  readonly localPort?: number
  /** Whether the way is encrypted; by default what the socket says. */
  readonly secure?: boolean
}

/** The pump between a socket and its connection. */
export class SocketTransport implements Transport {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localPort: number
  readonly secure: boolean
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
    this.remoteAddress = origin.remoteAddress ?? plainAddress(accepted.remoteAddress ?? '')
    this.remotePort = origin.remotePort ?? accepted.remotePort ?? 0
    this.localPort = origin.localPort ?? accepted.localPort ?? 0
    this.secure = origin.secure ?? accepted instanceof TLSSocket
    const early = accepted.readableLength > 0 ? (accepted.read() as Buffer | null) : null
    const plain = accepted instanceof Socket && !(accepted instanceof TLSSocket) && !accepted.readableEnded
    const taken = plain ? takeOver(accepted, (bytes) => this.#receive(bytes)) : undefined
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
