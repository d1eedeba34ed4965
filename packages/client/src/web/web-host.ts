import type { ClientHost } from '../core/host.ts'
import { RtmpClientError } from '../core/errors.ts'
import { isTransport } from '../core/is-streams.ts'
import { StreamTransport } from '../core/stream-transport.ts'
import type { ByteStreams, DialTarget, ClientTransport } from '../core/transport.ts'
import { openWebSocket } from './web-socket-transport.ts'

/** How connections are made where there are no sockets. */
export interface WebDialOptions {
  /**
   * Where the server takes RTMP over a WebSocket, `ws://` or `wss://`; or a function that opens a pair of Web Streams or
   * a transport. Called for every connection.
   */
  readonly dial:
    | string
    | ((target: DialTarget) => ByteStreams | ClientTransport | Promise<ByteStreams | ClientTransport>)
}

/** The clock, timers and chance of a browser, Deno, Bun or a worker. */
export const webHost = ({ dial }: WebDialOptions): ClientHost => ({
  now: () => performance.now(),
  schedule(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
  crypto: { randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
  async dial(target) {
    try {
      if (typeof dial === 'string') return await openWebSocket(dial, target.signal)
      const opened = await dial(target)
      return isTransport(opened) ? opened : new StreamTransport(opened, `${target.host}:${target.port}`)
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause)
      throw new RtmpClientError('DIAL_FAILED', message, { stage: 'dial', canRetry: true, cause })
    }
  },
})
