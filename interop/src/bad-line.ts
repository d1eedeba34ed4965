import { once } from 'node:events'
import { createServer, connect, type Server, type Socket } from 'node:net'

import { LOOPBACK } from './loopback.ts'

/** Payload of a TCP segment on Ethernet: what is lost is lost in such pieces. */
const SEGMENT = 1448
/** What TCP waits at least before it sends again what was lost, in milliseconds (Linux; RFC 6298 says 1 s). */
const RESEND_MS = 200
/** Room in the line: a sender that is ahead by more has to wait, as with a full socket. */
const ROOM = 64 * 1024

/** How a line behaves; can be changed while it is in use. */
export interface Weather {
  /** Milliseconds from one end to the other. */
  delayMs: number
  /** Share of segments that are lost: they come one retransmission later, and everything behind them waits, as TCP has it. */
  loss: number
  /** Bytes per second, each way. */
  rate: number
  /** Nothing passes and nobody is told, neither of connections that there are nor of new ones. */
  silent: boolean
}

/** A TCP proxy on the loopback whose line is as bad as it is told to be. */
export class BadLine {
  readonly weather: Weather
  readonly #target: number
  readonly #sockets = new Set<Socket>()
  #port = 0
  #server: Server | undefined
  /** Connections so far. */
  connections = 0
  /** Most bytes that have been in the line at a time. */
  mostBytes = 0

  private constructor(target: number, weather: Partial<Weather>) {
    this.#target = target
    this.weather = { delayMs: 0, loss: 0, rate: Number.POSITIVE_INFINITY, silent: false, ...weather }
  }

  /** Listens on a free port and passes every connection on to `target`. */
  static async open(target: number, weather: Partial<Weather> = {}): Promise<BadLine> {
    const line = new BadLine(target, weather)
    await line.up()
    return line
  }

  /** Address of a stream behind the line; `path` is `app/name`. */
  url(path: string): string {
    return `rtmp://${LOOPBACK}:${this.#port}/${path}`
  }

  /** Takes connections, at the port of before. */
  async up(): Promise<void> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client))
    server.listen(this.#port, LOOPBACK)
    await once(server, 'listening')
    this.#port = (server.address() as { port: number }).port
    this.#server = server
  }

  /** Resets every connection; new ones are refused. */
  async down(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    server.close()
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await once(server, 'close')
  }

  #accept(client: Socket): void {
    this.connections += 1
    if (this.weather.silent) {
      this.#keep(client)
      client.resume()
      return
    }
    const server = connect({ port: this.#target, host: LOOPBACK, allowHalfOpen: true, noDelay: true })
    this.#join(client, server)
    this.#join(server, client)
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
  }

  #join(from: Socket, to: Socket): void {
    this.#keep(from)
    const way = new Way(this.weather)
    from.on('data', (bytes: Buffer) => {
      for (let at = 0; at < bytes.length; at += SEGMENT) {
        const segment = bytes.subarray(at, at + SEGMENT)
        way.carry(segment.length, () => {
          if (!to.destroyed) to.write(segment)
          if (way.bytes < ROOM / 2) from.resume()
        })
      }
      this.mostBytes = Math.max(this.mostBytes, way.bytes)
      if (way.bytes > ROOM) from.pause()
    })
    from.on('end', () => way.carry(0, () => to.end()))
    from.on('close', () => way.carry(0, () => to.destroy()))
  }
}

/** One direction of a connection: what goes in comes out later, in order, or never. */
class Way {
  readonly #weather: Weather
  readonly #queue: { readonly due: number; readonly size: number; readonly arrive: () => void }[] = []
  /** Bytes on their way. */
  bytes = 0
  #busyUntil = 0
  #lastDue = 0
  #owedLoss = 0

  constructor(weather: Weather) {
    this.#weather = weather
  }

  carry(size: number, arrive: () => void): void {
    const { delayMs, rate, silent } = this.#weather
    if (silent) return
    this.#busyUntil = Math.max(this.#busyUntil, performance.now()) + (size * 1000) / rate
    const resent = this.#isLost() ? RESEND_MS + 2 * delayMs : 0
    this.#lastDue = Math.max(this.#lastDue, this.#busyUntil + delayMs + resent)
    this.bytes += size
    this.#queue.push({ due: this.#lastDue, size, arrive })
    if (this.#queue.length === 1) this.#wait(this.#lastDue)
  }

  #isLost(): boolean {
    this.#owedLoss += this.#weather.loss
    if (this.#owedLoss < 1) return false
    this.#owedLoss -= 1
    return true
  }

  #wait(due: number): void {
    setTimeout(() => this.#arrivals(), Math.max(0, due - performance.now()))
  }

  #arrivals(): void {
    const now = performance.now()
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      if (first.due > now) {
        this.#wait(first.due)
        return
      }
      this.#queue.shift()
      this.bytes -= first.size
      if (!this.#weather.silent) first.arrive()
    }
  }
}
