import type { Socket } from 'node:net'
import type { Framing } from '@rtmp/live/engine'
import type { WebSocket, WebSocketServer } from 'ws'
import { webSocketFraming } from '../../../web/framings.ts'
import type { WebAnswer } from '../../../web/web-answer.ts'
import type { DirectWriter } from '../../direct-writer.ts'
import type { HttpUpgrade } from '../http-output.ts'
import type { BodySink } from './body-sink.ts'
import { directWriterOf } from './node-sink.ts'

/** Close codes (RFC 6455 §7.4.1 and the registry of IANA). */
const NORMAL = 1000
const POLICY = 1008
const TRY_AGAIN_LATER = 1013

/** The most of a reason that fits into a close frame, in ASCII characters. */
const MOST_REASON = 120

const PHRASES: Readonly<Record<number, string>> = {
  302: 'Found',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  409: 'Conflict',
  503: 'Service Unavailable',
}

/** A WebSocket, whose frames are made once for everybody and written past it. What it says itself stands between them. */
export class SocketSink implements BodySink {
  readonly framing: Framing = webSocketFraming
  readonly #server: WebSocketServer
  readonly #upgrade: HttpUpgrade
  readonly #socket: Socket
  #webSocket: WebSocket | undefined
  #writer: DirectWriter | undefined
  #error: Error | undefined

  constructor(server: WebSocketServer, upgrade: HttpUpgrade) {
    this.#server = server
    this.#upgrade = upgrade
    this.#socket = upgrade.socket
    this.#socket.on('error', (error) => {
      this.#error = error
    })
    // Nothing comes before the upgrade but the end.
    this.#socket.resume()
  }

  get pendingBytes(): number {
    return this.#socket.writableLength + (this.#writer?.pendingBytes ?? 0)
  }

  open(): void {
    const { request, socket, head } = this.#upgrade
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      this.#webSocket = webSocket
      webSocket.on('error', (error) => {
        this.#error = error
      })
    })
    this.#writer = directWriterOf(socket)
  }

  write(bytes: Uint8Array, done?: () => void): void {
    if (done === undefined && this.#socket.writableLength === 0 && this.#writer?.write(bytes) === true) return
    this.#socket.write(bytes, done)
  }

  end({ status, description }: WebAnswer): void {
    const code = status === 200 || status === 404 ? NORMAL : status === 503 ? TRY_AGAIN_LATER : POLICY
    this.#webSocket?.close(code, description.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, MOST_REASON))
  }

  refuse({ status }: WebAnswer): void {
    this.#upgrade.refuse(`${status} ${PHRASES[status] ?? 'Error'}`)
  }

  destroy(): void {
    if (this.#webSocket === undefined) this.#socket.destroy()
    else this.#webSocket.terminate()
  }

  whenClosed(call: (error: Error | undefined) => void): void {
    this.#socket.once('close', () => call(this.#error))
  }
}
