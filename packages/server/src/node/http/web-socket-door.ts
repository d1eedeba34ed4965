import { WebSocketServer } from 'ws'
import type { ServerCore } from '../../core/server-core.ts'
import type { HttpOutput } from './http-output.ts'
import { WebSocketTransport } from './web-socket-transport.ts'

/** The largest message that is taken; the byte stream may be cut anywhere, so nobody needs larger ones. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024

const SUBPROTOCOL = 'rtmp'

/** A browser that offers subprotocols gives up when none is taken; what is spoken is RTMP whatever its name. */
const chosen = (offered: ReadonlySet<string>): string | false => {
  const [first = false] = offered
  return offered.has(SUBPROTOCOL) ? SUBPROTOCOL : first
}

/** RTMP over WebSocket, at `/rtmp`: hands WebSockets to the core as connections. */
export const rtmpOverWebSocket = (core: ServerCore): HttpOutput => {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    handleProtocols: chosen,
  })
  return {
    places: {
      '/rtmp': {
        audience: 'page',
        answers: {},
        upgrade: ({ origin }, { request, socket, head, release }) => {
          release()
          if (!core.admits(origin.remoteAddress)) {
            socket.destroy()
            return
          }
          server.handleUpgrade(request, socket, head, (webSocket) => {
            new WebSocketTransport(core, webSocket, request.socket, head.length)
          })
        },
      },
    },
  }
}
