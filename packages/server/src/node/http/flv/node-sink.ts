import type { ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Framing } from '@rtmp/live/engine'
import { chunkFraming, plainFraming } from '../../../web/framings.ts'
import type { WebAnswer } from '../../../web/web-answer.ts'
import { DirectWriter, type WritableHandle } from '../../direct-writer.ts'
import { alreadySent } from '../already-sent.ts'
import type { NodeExchange } from '../http-output.ts'
import { responseOf } from './answer-response.ts'
import type { BodySink } from './body-sink.ts'

/** A writer to the handle of a socket, where it is a plain one. */
export const directWriterOf = (socket: Socket): DirectWriter | undefined => {
  if (!(socket instanceof Socket) || socket instanceof TLSSocket) return undefined
  const { _handle: handle } = socket as unknown as { readonly _handle?: Partial<WritableHandle> | null }
  return handle === null || handle === undefined ? undefined : DirectWriter.for(socket, handle)
}

/** An answer of Node's HTTP server. */
abstract class NodeSink implements BodySink {
  abstract readonly framing: Framing
  abstract readonly pendingBytes: number
  protected readonly outgoing: ServerResponse
  readonly #headers: Readonly<Record<string, string>>
  readonly #respond: (response: Response) => void
  #error: Error | undefined

  /** @param respond - Given what answers the request, as far as it is not written past it. */
  constructor(
    { outgoing }: NodeExchange,
    headers: Readonly<Record<string, string>>,
    respond: (response: Response) => void,
  ) {
    this.outgoing = outgoing
    this.#headers = headers
    this.#respond = respond
    outgoing.on('error', (error) => {
      this.#error = error
    })
  }

  abstract write(bytes: Uint8Array, done?: () => void): void

  open(): void {
    this.outgoing.writeHead(200, { ...this.#headers, ...this.moreHeaders() })
    this.outgoing.flushHeaders()
    this.#respond(alreadySent())
  }

  end(): void {
    this.outgoing.end()
  }

  refuse(why: WebAnswer): void {
    this.#respond(responseOf(why))
  }

  destroy(): void {
    this.outgoing.destroy()
  }

  whenClosed(call: (error: Error | undefined) => void): void {
    this.outgoing.once('close', () => call(this.#error))
  }

  protected moreHeaders(): Readonly<Record<string, string>> {
    return {}
  }
}

/** Through the response: HTTP/2, whose frames Node makes, and requests that wait for their turn. */
class ResponseSink extends NodeSink {
  readonly framing: Framing = plainFraming

  get pendingBytes(): number {
    return this.outgoing.writableLength
  }

  write(bytes: Uint8Array, done?: () => void): void {
    this.outgoing.write(bytes, done)
  }
}

/** Past the response, to the socket of HTTP/1: the chunks are made once for everybody, as the batches are. */
class SocketSink extends NodeSink {
  readonly framing: Framing
  readonly #socket: Socket
  readonly #writer: DirectWriter | undefined

  constructor(
    exchange: NodeExchange,
    headers: Readonly<Record<string, string>>,
    respond: (response: Response) => void,
  ) {
    super(exchange, headers, respond)
    this.framing = exchange.incoming.httpVersionMinor === 0 ? plainFraming : chunkFraming
    this.#socket = exchange.incoming.socket
    this.#writer = directWriterOf(this.#socket)
  }

  get pendingBytes(): number {
    return this.#socket.writableLength + (this.#writer?.pendingBytes ?? 0)
  }

  write(bytes: Uint8Array, done?: () => void): void {
    if (done === undefined && this.#socket.writableLength === 0 && this.#writer?.write(bytes) === true) return
    this.#socket.write(bytes, done)
  }

  protected override moreHeaders(): Readonly<Record<string, string>> {
    return this.framing === chunkFraming ? { 'transfer-encoding': 'chunked' } : {}
  }
}

/** Where the body of a request to Node's HTTP server goes. */
export const nodeSink = (
  exchange: NodeExchange,
  headers: Readonly<Record<string, string>>,
  respond: (response: Response) => void,
): BodySink => {
  const { incoming, outgoing } = exchange
  const isDirect = incoming.httpVersionMajor === 1 && outgoing.socket === incoming.socket
  const all = incoming.httpVersionMajor === 1 ? { ...headers, connection: 'close' } : headers
  return new (isDirect ? SocketSink : ResponseSink)(exchange, all, respond)
}
