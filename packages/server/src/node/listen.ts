import { type AddressInfo, createServer, type Server } from 'node:net'
import type { ServerCore } from '../core/server-core.ts'
import { SocketTransport } from './socket-transport.ts'

/** Where to listen. */
export interface ListenOptions {
  /** 0 chooses a free one. */
  readonly port: number
  /** Address or host name; every address, IPv4 and IPv6, unless given. */
  readonly host?: string
  /** Connections that wait to be accepted. Default 511. */
  readonly backlog?: number
}

/** A port that listens. */
export interface Listener {
  readonly address: AddressInfo
  /** Takes no more connections; those there are go on. */
  close(): void
}

/** The most a listener's queue is asked for; the system may allow less. */
const BACKLOG = 511

/**
 * Listens for RTMP.
 *
 * @throws Error of Node: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`, …
 */
export const listenRtmp = async (core: ServerCore, options: ListenOptions): Promise<Listener> => {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (socket) => {
    try {
      new SocketTransport(core, socket)
    } catch (error) {
      core.failed('accepting a connection', error)
      socket.destroy()
    }
  })
  await listening(server, options)
  server.on('error', (error) => core.failed('listening', error))
  return {
    address: server.address() as AddressInfo,
    close: () => {
      server.close()
    },
  }
}

const listening = (server: Server, { port, host, backlog = BACKLOG }: ListenOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, backlog, ...(host === undefined ? {} : { host }) }, () => {
      server.off('error', reject)
      resolve()
    })
  })
