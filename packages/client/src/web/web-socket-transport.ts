import type { ClientTransport, ClientTransportHandler } from '../core/transport.ts'

/** The part of a browser's WebSocket that is used here; that of Node 22 and the `ws` package have it too. */
export interface WebSocketLike {
  /** Set to `'arraybuffer'`. */
  binaryType: string
  /** Bytes that were sent and have not left: backpressure goes by it. */
  readonly bufferedAmount: number
  /** One binary message. The bytes must not be changed any more. */
  send(bytes: Uint8Array<ArrayBuffer>): void
  /** Nothing is sent behind it. */
  close(): void
  /** Called when it is open, has closed, or has failed. */
  addEventListener(name: 'open' | 'close' | 'error', listener: () => void): void
  /** Called with each message: `data` is an `ArrayBuffer` of what is binary. */
  addEventListener(name: 'message', listener: (event: { readonly data: unknown }) => void): void
}

/** How often a WebSocket is asked how much it still has to send, in milliseconds. */
const POLL_MS = 20

/**
 * A WebSocket as a transport: binary messages carry the bytes of the connection, cut anywhere. Reading cannot be
 * paused: a WebSocket delivers whatever comes.
 */
export class WebSocketTransport implements ClientTransport {
  /** Name and port of the server. */
  readonly remote: string
  readonly #socket: WebSocketLike
  #handler: ClientTransportHandler | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #over = false

  /** @param socket - Open. */
  constructor(socket: WebSocketLike, remote: string) {
    this.#socket = socket
    this.remote = remote
  }

  /** What the browser has not sent yet. */
  get pendingBytes(): number {
    return this.#socket.bufferedAmount
  }

  /** Once. What the server sends before is lost. */
  start(handler: ClientTransportHandler): void {
    this.#handler = handler
    const socket = this.#socket
    socket.addEventListener('message', ({ data }) => {
      if (this.#over) return
      if (data instanceof ArrayBuffer) handler.received(new Uint8Array(data))
      else this.#close(new Error('the server sent a text message where bytes belong'))
    })
    socket.addEventListener('close', () => this.#close(undefined))
    socket.addEventListener('error', () => this.#close(new Error('the WebSocket failed')))
  }

  /** One message for each piece. */
  write(pieces: readonly Uint8Array[]): void {
    if (this.#over) return
    for (const piece of pieces) this.#socket.send(piece as Uint8Array<ArrayBuffer>)
    this.#poll()
  }

  /** Does nothing: a WebSocket cannot be told to read no further. */
  pause(): void {}

  /** Does nothing, as {@link pause}. */
  resume(): void {}

  /** Ends both directions: a WebSocket has no end of one. */
  finish(): void {
    if (this.#over) return
    this.#socket.close()
  }

  /** Ends it; the handler is told at once. */
  destroy(): void {
    this.#socket.close()
    this.#close(undefined)
  }

  #poll(): void {
    if (this.#timer !== undefined || this.#over) return
    const before = this.#socket.bufferedAmount
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#over) return
      const { bufferedAmount } = this.#socket
      if (bufferedAmount < before || before === 0) this.#handler?.drained()
      if (bufferedAmount > 0) this.#poll()
    }, POLL_MS)
  }

  #close(error: Error | undefined): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#timer)
    if (error !== undefined) this.#socket.close()
    this.#handler?.closed(error)
  }
}

/** Opens a WebSocket. @throws what went wrong, as far as browsers tell */
export const openWebSocket = (url: string, signal: AbortSignal): Promise<ClientTransport> =>
  new Promise((resolve, reject) => {
    const { WebSocket: Socket } = globalThis as unknown as {
      readonly WebSocket: new (url: string) => WebSocketLike
    }
    const socket = new Socket(url)
    socket.binaryType = 'arraybuffer'
    const stop = (): void => {
      socket.close()
      reject(signal.reason)
    }
    signal.addEventListener('abort', stop, { once: true })
    socket.addEventListener('open', () => {
      signal.removeEventListener('abort', stop)
      resolve(new WebSocketTransport(socket, new URL(url).host))
    })
    socket.addEventListener('error', () =>
      reject(new Error(`no WebSocket could be opened to ${new URL(url).host}`)),
    )
    socket.addEventListener('close', () =>
      reject(new Error(`the WebSocket to ${new URL(url).host} was closed`)),
    )
  })
