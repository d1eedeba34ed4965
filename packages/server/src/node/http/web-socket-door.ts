import { WebSocketServer } from 'ws'
import type { ServerCore } from '../../core/server-core.ts'
import type { HttpOutput } from './http-output.ts'
import { WebSocketTransport } from './web-socket-transport.ts'

/** The largest message that is taken; the byte stream may be cut anywhere, so nobody needs larger ones. */
const MAX_MESSAGE_BYTES = 4 * 1024 * 1024

/**
 * Frames that a message may come in, and reads until it is whole: each costs far more memory than the byte that it may bring. Browsers cut
 * messages into frames of 100 kB; 4 MiB in the smallest segments that networks make are some 8000 reads.
 */
const MOST_FRAMES = 4096
const MOST_READS = 16_384

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
    maxFragments: MOST_FRAMES,
    maxBufferedChunks: MOST_READS,
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
