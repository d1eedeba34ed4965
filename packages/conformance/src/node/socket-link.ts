import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Dial, Link, LinkEnd, LinkHandler } from '../wire/link.ts'

/** A TCP or TLS socket as a {@link Link}. */
export class SocketLink implements Link {
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('error', () => {})
  }

  listen(handler: LinkHandler): void {
    let told = false
    const end = (how: LinkEnd): void => {
      if (told) return
      told = true
      handler.ended(how)
    }
    this.#socket.on('data', (bytes: Uint8Array) => handler.bytes(Uint8Array.from(bytes)))
    this.#socket.on('end', () => end('fin'))
    this.#socket.on('close', () => end('reset'))
  }

  write(bytes: Uint8Array): void {
    if (!this.#socket.destroyed && this.#socket.writable) this.#socket.write(bytes)
  }

  end(): void {
    this.#socket.end()
  }

  reset(): void {
    if (typeof this.#socket.resetAndDestroy === 'function' && !('encrypted' in this.#socket))
      this.#socket.resetAndDestroy()
    else this.#socket.destroy()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  get congested(): boolean {
    return this.#socket.writableLength > 0
  }
}

/** Where to dial. */
export interface DialTarget {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  /** Whether certificates are checked; default false, since a server under test rarely has one that is known. */
  readonly verify?: boolean
}

/** Dials a server, each time anew, waiting at most ten seconds. */
export const dialSocket =
  ({ host, port, secure, verify = false }: DialTarget): Dial =>
  () =>
    new Promise((resolve, reject) => {
      const socket = secure
        ? connectTls({ host, port, servername: host, rejectUnauthorized: verify })
        : connectTcp({ host, port, allowHalfOpen: true })
      const timer = setTimeout(() => socket.destroy(new Error('no answer in 10 s')), 10_000)
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        clearTimeout(timer)
        socket.off('error', reject)
        resolve(new SocketLink(socket))
      })
      socket.once('error', (error) => {
        clearTimeout(timer)
        reject(error)
      })
    })
