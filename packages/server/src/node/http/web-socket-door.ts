import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { ServerCore } from '../../core/server-core.ts'
import { plainAddress } from '../socket-transport.ts'
import { WebSocketTransport } from './web-socket-transport.ts'

/** The largest message that is taken; the byte stream may be cut anywhere, so nobody needs larger ones. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024

const SUBPROTOCOL = 'rtmp'

/** Takes WebSockets and hands them to the core as connections. */
export class WebSocketDoor {
  readonly #core: ServerCore
  readonly #server: WebSocketServer

  constructor(core: ServerCore) {
    this.#core = core
    this.#server = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE_BYTES,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    })
  }

  enter(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const address = plainAddress(request.socket.remoteAddress ?? '')
    if (!this.#core.admits(address)) {
      socket.destroy()
      return
    }
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      new WebSocketTransport(this.#core, webSocket, request.socket)
    })
  }
}
