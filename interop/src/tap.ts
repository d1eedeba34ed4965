import { createServer, connect, type Server, type Socket } from 'node:net'

import { LOOPBACK } from './loopback.ts'

/** The bytes of one tapped connection so far. */
export interface TappedConnection {
  readonly clientToServer: Buffer
  readonly serverToClient: Buffer
  /** True while both ends are open. */
  readonly open: boolean
}

class Recording implements TappedConnection {
  readonly chunks: { c2s: Uint8Array[]; s2c: Uint8Array[] } = { c2s: [], s2c: [] }
  open = true

  get clientToServer(): Buffer {
    return Buffer.concat(this.chunks.c2s)
  }

  get serverToClient(): Buffer {
    return Buffer.concat(this.chunks.s2c)
  }
}

/** A TCP proxy on the loopback that keeps the bytes of every connection in both directions. */
export class Tap {
  readonly port: number
  readonly #server: Server
  readonly #recordings: Recording[]
  readonly #sockets: Set<Socket>

  private constructor(port: number, server: Server, recordings: Recording[], sockets: Set<Socket>) {
    this.port = port
    this.#server = server
    this.#recordings = recordings
    this.#sockets = sockets
  }

  /** Listens on `listenPort` (0: any) and passes every connection on to `targetPort`. */
  static async open(targetPort: number, listenPort = 0): Promise<Tap> {
    const recordings: Recording[] = []
    const sockets = new Set<Socket>()
    const server = createServer({ allowHalfOpen: true }, (client) => {
      const recording = new Recording()
      recordings.push(recording)
      const target = connect({ port: targetPort, host: LOOPBACK, allowHalfOpen: true })
      const close = (): void => {
        recording.open = false
        client.destroy()
        target.destroy()
      }
      client.on('data', (bytes: Uint8Array) => {
        recording.chunks.c2s.push(bytes)
        target.write(bytes)
      })
      target.on('data', (bytes: Uint8Array) => {
        recording.chunks.s2c.push(bytes)
        client.write(bytes)
      })
      client.on('end', () => target.end())
      target.on('end', () => client.end())
      for (const socket of [client, target]) {
        socket.setNoDelay(true)
        sockets.add(socket)
        socket.on('error', close)
        socket.on('close', () => {
          sockets.delete(socket)
          close()
        })
      }
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(listenPort, LOOPBACK, resolve)
    })
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('the tap has no port')
    return new Tap(address.port, server, recordings, sockets)
  }

  /** Every connection so far, oldest first. */
  get connections(): readonly TappedConnection[] {
    return this.#recordings
  }

  /** Cuts every open connection without a FIN from either end reaching the other first (RST). */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }
}
