import type { Duplex } from 'node:stream'
import type { ClientTransport, ClientTransportHandler } from '../core/transport.ts'

/** A TCP or TLS socket, or any duplex byte stream of Node. */
export class SocketTransport implements ClientTransport {
  readonly remote: string
  readonly #socket: Duplex
  readonly #written = (): void => this.#handler?.drained()
  #handler: ClientTransportHandler | undefined
  #error: Error | undefined

  constructor(socket: Duplex, remote: string) {
    this.#socket = socket
    this.remote = remote
  }

  get pendingBytes(): number {
    return this.#socket.writableLength
  }

  start(handler: ClientTransportHandler): void {
    this.#handler = handler
    const socket = this.#socket
    socket.on('error', (error: Error) => {
      this.#error ??= error
    })
    socket.on('data', (bytes: Uint8Array) => handler.received(bytes))
    socket.on('end', () => handler.ended())
    socket.on('close', () => {
      this.#handler = undefined
      handler.closed(this.#error)
    })
    if (socket.destroyed) queueMicrotask(() => handler.closed(this.#error))
  }

  write(pieces: readonly Uint8Array[]): void {
    const socket = this.#socket
    if (socket.destroyed || socket.writableEnded) return
    const last = pieces.length - 1
    if (last > 0) socket.cork()
    pieces.forEach((piece, at) => {
      if (at === last) socket.write(piece, this.#written)
      else socket.write(piece)
    })
    if (last > 0) socket.uncork()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  finish(): void {
    if (!this.#socket.destroyed && !this.#socket.writableEnded) this.#socket.end()
  }

  destroy(): void {
    this.#socket.destroy()
  }
}
