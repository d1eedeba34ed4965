import { Buffer } from 'node:buffer'
import type { Socket } from 'node:net'
import type { Connection } from '../core/connection.ts'
import type { ServerCore } from '../core/server-core.ts'
import type { Transport } from '../core/transport.ts'
import { takeOver } from './take-over.ts'

// A batch is written to many sockets in a row: its Buffer is made once.
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
const plainAddress = (address: string): string =>
  address.startsWith('::ffff:') && address.includes('.') ? address.slice('::ffff:'.length) : address

/** The pump between a socket and its connection. */
export class SocketTransport implements Transport {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localPort: number
  readonly secure: boolean
  readonly #core: ServerCore
  readonly #socket: Socket
  readonly #connection: Connection
  #error: Error | undefined

  /** @param accepted - A socket that was accepted paused, allowing half-open. */
  constructor(core: ServerCore, accepted: Socket, secure = false) {
    this.#core = core
    this.remoteAddress = plainAddress(accepted.remoteAddress ?? '')
    this.remotePort = accepted.remotePort ?? 0
    this.localPort = accepted.localPort ?? 0
    this.secure = secure
    const taken = secure ? undefined : takeOver(accepted, (bytes) => this.#receive(bytes))
    const socket = taken ?? accepted
    this.#socket = socket
    this.#connection = core.open(this)
    socket.on('error', (error) => {
      this.#error = error
    })
    socket.on('end', () => this.#connection.peerEnded(core.now()))
    socket.on('close', () => this.#connection.transportClosed(this.#error, core.now()))
    if (taken === undefined) {
      socket.on('data', (bytes: Buffer) => this.#receive(bytes))
      socket.resume()
    }
  }

  get pendingBytes(): number {
    return this.#socket.writableLength
  }

  write(bytes: Uint8Array, done?: () => void): void {
    this.#socket.write(bufferOf(bytes), done)
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
