import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { WebSocket } from 'ws'
import type { Connection } from '../../core/connection.ts'
import type { ServerCore } from '../../core/server-core.ts'
import type { ServerTransport } from '../../core/transport.ts'
import { plainAddress } from '../../transport/address.ts'

/** Close codes (RFC 6455 §7.4.1). */
const NORMAL = 1000
const UNSUPPORTED_DATA = 1003

/** What Node reads from a socket at once, in bytes. */
const READ_BYTES = 65_536

/** What a read costs that is kept until a message is whole, beside its bytes. */
const KEPT_READ_BYTES = 192

/** A client's frame beside what it carries: two bytes, a longer length where it is needed, and a mask (RFC 6455 §5.2). */
const frameBytes = (size: number): number => size + (size < 126 ? 6 : size < READ_BYTES ? 8 : 14)

/** The pump between a WebSocket, whose binary messages are an RTMP byte stream cut anywhere, and its connection. */
export class WebSocketTransport implements ServerTransport {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localPort: number
  readonly secure: boolean
  readonly #core: ServerCore
  readonly #webSocket: WebSocket
  readonly #connection: Connection
  readonly #socket: Socket
  #error: Error | undefined
  /** What of all that has come was taken, at least. */
  #taken: number
  /** Reads since the last message that was whole: each is kept as what it is. */
  #reads = 0

  /** @param ahead - Bytes that came in the same read as the request, and are still to be looked at. */
  constructor(core: ServerCore, webSocket: WebSocket, socket: Socket, ahead: number) {
    this.#core = core
    this.#webSocket = webSocket
    this.#socket = socket
    this.#taken = socket.bytesRead - ahead
    this.remoteAddress = plainAddress(socket.remoteAddress ?? '')
    this.remotePort = socket.remotePort ?? 0
    this.localPort = socket.localPort ?? 0
    this.secure = socket instanceof TLSSocket
    this.#connection = core.open(this)
    socket.on('data', () => (this.#reads += 1))
    webSocket.on('message', (data, isBinary) => {
      if (isBinary) this.#receive(data as Buffer)
      else webSocket.close(UNSUPPORTED_DATA, 'RTMP is binary')
    })
    // Between the frames of a message; what comes of it stays where it is.
    webSocket.on('ping', (data) => (this.#taken += frameBytes(data.length)))
    webSocket.on('pong', (data) => (this.#taken += frameBytes(data.length)))
    webSocket.on('error', (error) => {
      this.#error = error
    })
    webSocket.on('close', () => this.#connection.transportClosed(this.#error, core.now()))
  }

  /** A message is kept until it has come whole, in however many frames. */
  get unfinishedBytes(): number {
    const bytes = this.#socket.bytesRead - this.#taken
    return bytes > 0 ? bytes + this.#reads * KEPT_READ_BYTES : bytes
  }

  get pendingBytes(): number {
    return this.#webSocket.bufferedAmount
  }

  write(bytes: Uint8Array, done?: () => void): void {
    this.#webSocket.send(bytes, { binary: true }, done)
  }

  pauseReading(paused: boolean): void {
    if (paused) this.#webSocket.pause()
    else this.#webSocket.resume()
  }

  finish(): void {
    this.#webSocket.close(NORMAL)
  }

  destroy(): void {
    this.#webSocket.terminate()
  }

  #receive(bytes: Uint8Array): void {
    this.#reads = 0
    // Further frames of it had heads of their own; no more than a read can be behind it.
    this.#taken = Math.max(this.#taken + frameBytes(bytes.length), this.#socket.bytesRead - READ_BYTES)
    try {
      this.#connection.receive(bytes, this.#core.now())
    } catch (error) {
      this.#core.failed('a connection', error)
      this.#webSocket.terminate()
    }
  }
}
