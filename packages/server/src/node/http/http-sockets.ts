import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ServerCore } from '../../core/server-core.ts'
import { plainAddress } from '../../transport/address.ts'
import { REQUEST_BYTES } from '../../core/memory-costs.ts'
import { CountedSocket } from '../counted-socket.ts'
import { headBytes } from './head-bytes.ts'

/** How long sockets of the HTTP port may take, in milliseconds. */
export interface HttpTimes {
  /** For the head of a request, from the beginning of the connection or the end of the answer before. */
  readonly idleMs: number
  /** From the head of a request to the end of its answer; of one that is kept open, from one byte of it to the next. */
  readonly answerMs: number
  /** From a refused upgrade to the end. */
  readonly refusedMs: number
}

export const HTTP_TIMES: HttpTimes = { idleMs: 10_000, answerMs: 30_000, refusedMs: 2000 }

/** Requests of HTTP/1 that may be unanswered on one socket: browsers and proxies send the next one when the last was answered. */
const MOST_PIPELINED = 16

/** Requests of one socket that may be refused for their number, beside as many as were answered; then it is ended. */
const MOST_REFUSED = 100

/** One request on a socket. */
export interface HttpExchange {
  /** There are too many of its address: it is to be answered with 429, and is nothing else. */
  readonly isTooMuch: boolean
  /** The answer takes as long as it is read. */
  readonly keepOpen: () => void
  /** The request is counted, and ended, by somebody else; and so is the socket, unless others go over it as well. */
  readonly handOver: () => void
  /**
   * Its answer holds so many bytes until it has been sent: they are counted in the budget of memory.
   *
   * @param lent - A body that others may be sent as well, and that is held beside them.
   */
  readonly holds: (own: number, lent?: Uint8Array) => void
  /** It has been answered, or has gone. */
  readonly answered: () => void
}

interface Entry {
  readonly counted: CountedSocket
  deadline: NodeJS.Timeout | undefined
  /** Requests that have not been answered, and those of them that are kept open. */
  asked: number
  readonly kept: Set<ServerResponse>
  /** What requests and their answers hold, in bytes: for this socket alone, and lent. */
  own: number
  lent: number
}

/**
 * The sockets of the HTTP port: counted in the server's limits and its budget of memory as long as they are open, and each with a deadline, whatever it does.
 */
export class HttpSockets {
  readonly #core: ServerCore
  readonly #times: HttpTimes
  readonly #areSecure: boolean
  /** Those that are counted: whom for, and what ends them. A socket that has gone knows its address no more. */
  readonly #open = new Map<Socket, Entry>()

  /** Requests that have not been answered, whoever counts the socket. */
  readonly #unanswered = new WeakMap<Socket, number>()
  /** How many more were refused for their number than answered. */
  readonly #refused = new WeakMap<Socket, number>()
  /** Those whose end is listened to. */
  readonly #seen = new WeakSet<Socket>()

  /** @param areSecure - Whether TLS is spoken over them. */
  constructor(core: ServerCore, times: HttpTimes, areSecure: boolean) {
    this.#core = core
    this.#times = times
    this.#areSecure = areSecure
  }

  /** Sockets that are counted now. */
  get size(): number {
    return this.#open.size
  }

  /** Takes a socket up, or ends it when a limit does not let it in; whether it is in. */
  enter(socket: Socket): boolean {
    const address = plainAddress(socket.remoteAddress ?? '')
    if (!this.#core.admits(address, socket.remotePort, socket.localPort, 'http')) {
      socket.destroy()
      return false
    }
    this.#count(socket, address)
    return true
  }

  /** Another socket stands for one from now on: what is encrypted, for what carries it. */
  replace(carrier: Socket, socket: Socket): void {
    const entry = this.#open.get(carrier)
    this.release(carrier)
    this.#count(socket, entry?.counted.address ?? plainAddress(carrier.remoteAddress ?? ''))
  }

  /**
   * A request has come.
   *
   * @param isShared - Whether others may come before it is answered (HTTP/2).
   */
  asked(socket: Socket, request: IncomingMessage, response: ServerResponse, isShared = false): HttpExchange {
    const entry = this.#open.get(socket)
    let isHandedOver = false
    const unanswered = (this.#unanswered.get(socket) ?? 0) + 1
    this.#unanswered.set(socket, unanswered)
    const { ledger } = this.#core.memory
    let isAnswered = false
    const head = headBytes(request) + (isShared || unanswered > 1 ? REQUEST_BYTES : 0)
    let own = 0
    let lent: Uint8Array | undefined
    const count = (bytes: number, body: Uint8Array | undefined): void => {
      if (body !== undefined) ledger.hold(body.buffer)
      if (lent !== undefined) ledger.release(lent.buffer)
      if (entry !== undefined) {
        entry.own += bytes - own
        entry.lent += (body?.length ?? 0) - (lent?.length ?? 0)
        entry.counted.hold(entry.own, entry.lent)
      }
      own = bytes
      lent = body
    }
    if (entry !== undefined) entry.asked += 1
    // What is behind it in what was read is not looked at any more.
    if (!isShared && unanswered > MOST_PIPELINED) socket.destroy()
    count(head, undefined)
    this.#look(socket)
    const keepOpen = (): void => {
      if (entry === undefined || entry.kept.has(response)) return
      entry.kept.add(response)
      this.#look(socket)
    }
    return {
      isTooMuch: !this.mayAsk(socket),
      keepOpen,
      handOver: () => {
        if (isShared) keepOpen()
        else if (this.#open.has(socket)) {
          isHandedOver = true
          this.release(socket)
        }
      },
      holds: (bytes, body) => {
        if (!isAnswered) count(head + bytes, body)
      },
      answered: () => {
        isAnswered = true
        count(0, undefined)
        this.#unanswered.set(socket, (this.#unanswered.get(socket) ?? 1) - 1)
        if (isHandedOver && !socket.destroyed) this.#count(socket, entry?.counted.address ?? '')
        if (entry !== undefined) {
          entry.asked -= 1
          entry.kept.delete(response)
        }
        this.#look(socket)
      },
    }
  }

  /** Whether one more request of a socket is to be answered, by the limits; it has been counted. Who goes on without is ended. */
  mayAsk(socket: Socket): boolean {
    const address = this.#open.get(socket)?.counted.address
    if (address === undefined) return true
    const refused = this.#refused.get(socket) ?? 0
    const isAnswered = this.#core.answers(address, socket.remotePort, socket.localPort)
    if (!isAnswered || refused > 0) this.#refused.set(socket, refused + (isAnswered ? -1 : 1))
    if (!isAnswered && refused >= MOST_REFUSED) socket.destroy()
    return isAnswered
  }

  /** Answers a request for an upgrade that is refused, and ends the socket whether the client does or not. */
  refuse(socket: Socket, status: string): void {
    if (socket.destroyed) return
    // It may have been a client already: what is refused is one no more.
    if (!this.#open.has(socket)) this.#count(socket, plainAddress(socket.remoteAddress ?? ''))
    this.#within(this.#times.refusedMs, socket)
    socket.on('error', () => {})
    socket.resume() // what still comes is not read by anybody, and would keep the answer from arriving
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  }

  /** The socket is somebody else's from now on, or has gone. */
  release(socket: Socket): void {
    const entry = this.#open.get(socket)
    if (entry === undefined) return
    clearTimeout(entry.deadline)
    this.#open.delete(socket)
    entry.counted.release()
  }

  #count(socket: Socket, address: string): void {
    const counted = new CountedSocket(this.#core, socket, address, this.#areSecure, 'http')
    this.#open.set(socket, { counted, deadline: undefined, asked: 0, kept: new Set(), own: 0, lent: 0 })
    this.#look(socket)
    if (this.#seen.has(socket)) return
    this.#seen.add(socket)
    socket.once('close', () => this.release(socket))
  }

  /** Sees to the deadline that holds now. */
  #look(socket: Socket): void {
    const entry = this.#open.get(socket)
    if (entry !== undefined && entry.kept.size > 0) this.#watch(socket)
    else
      this.#within(entry !== undefined && entry.asked > 0 ? this.#times.answerMs : this.#times.idleMs, socket)
  }

  /** Ends a socket of which nothing is read. */
  #watch(socket: Socket): void {
    const entry = this.#open.get(socket)
    if (entry === undefined) return
    clearTimeout(entry.deadline)
    const sent = sentBy(socket)
    const look = (): void => {
      const isAwaited = Array.from(entry.kept).some(({ writableLength }) => writableLength > 0)
      if (sentBy(socket) === sent && isAwaited) socket.destroy()
      else this.#watch(socket)
    }
    entry.deadline = setTimeout(look, this.#times.answerMs).unref()
  }

  #within(ms: number, socket: Socket): void {
    const entry = this.#open.get(socket)
    if (entry === undefined) return
    clearTimeout(entry.deadline)
    entry.deadline = setTimeout(() => socket.destroy(), ms).unref()
  }
}

/** Bytes of a socket that its system has taken. */
const sentBy = ({ bytesWritten, writableLength }: Socket): number => bytesWritten - writableLength
