import type { SeededRandom } from '@rtmp/testkit/fuzz'
import type { Connection } from '../src/core/connection.ts'
import type { ServerCore } from '../src/core/server-core.ts'
import type { ServerTransport } from '../src/core/transport.ts'
import type { EventQueue, Task } from './event-queue.ts'
import type { MemoryCheck } from './memory-check.ts'
import type { Trace } from './trace.ts'

/** What a way between a client and the server is like. */
export interface LinkProfile {
  /** Milliseconds one way, at least and at most. */
  readonly delay: readonly [number, number]
  /** What the client takes, in bytes per millisecond. */
  readonly rate: number
  /** Bytes that the network and both systems hold before the server's writes have to wait. */
  readonly capacity: number
  /** How often a piece is cut in two on its way, 0 to 1. */
  readonly cuts: number
  /** Whether the memory of what the server has received is overwritten at once. */
  readonly scribbles: boolean
}

/** The client's end of a link. */
export interface LinkEnd {
  /** Bytes from the server; not used after the call. */
  onBytes(bytes: Uint8Array, now: number): void
  /** The link is over, or the server has ended its side. */
  onEnd(now: number): void
}

/** What a link needs of the world around it. */
export interface LinkWorld {
  readonly events: EventQueue
  readonly random: SeededRandom
  readonly trace: Trace
  readonly core: ServerCore
  readonly memory: MemoryCheck
  /** The server's end is closed for good. */
  linkGone(link: Link): void
}

interface Waiting {
  bytes: Uint8Array
  readonly size: number
  readonly done: (() => void) | undefined
}

/** Each side's part of the handshake, which a session does not count. */
const HANDSHAKE_BYTES = 1 + 1536 + 1536

/** What a system's socket holds for a peer that takes nothing, in bytes. */
const SOCKET_BYTES = 256 * 1024

/** How often a slow client takes something, in milliseconds. */
const SIP_MS = 100

/**
 * A connection through a network that delays, cuts, stalls and dies as told.
 *
 * The server's writes go into the network as long as there is room, in parts if need be; what has no room is pending,
 * as in a socket. Order is kept in each direction and nowhere else.
 */
export class Link implements ServerTransport {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localPort = 1935
  readonly secure = false
  readonly id: number
  readonly connection: Connection
  readonly profile: LinkProfile
  /** Whether the client takes what it is sent. */
  reading = true
  readonly #events: EventQueue
  readonly #random: SeededRandom
  readonly #world: LinkWorld
  readonly #client: LinkEnd
  #dead = false
  #frozen = false
  #closed = false
  #pausedByServer = false
  // From the server.
  #waiting: Waiting[] = []
  #pendingBytes = 0
  #network: Uint8Array[] = []
  #networkBytes = 0
  /** Bytes that the server has written, and those that have reached it. */
  #written = 0
  #received = 0
  #downScheduled = false
  #serverEnds = false
  #serverEnded = false
  // From the client.
  #up: Uint8Array[] = []
  #upScheduled = false
  #clientEnds = false
  #clientEnded = false

  constructor(id: number, world: LinkWorld, client: LinkEnd, profile: LinkProfile) {
    this.id = id
    this.remoteAddress = `10.${(id >> 16) & 255}.${(id >> 8) & 255}.${id & 255}`
    this.remotePort = 1024 + (id % 60_000)
    this.#events = world.events
    this.#random = world.random
    this.#world = world
    this.#client = client
    this.profile = profile
    this.connection = world.core.open(this)
    if (profile.capacity < Number.POSITIVE_INFINITY) world.memory.narrow(this)
  }

  get pendingBytes(): number {
    return this.#pendingBytes
  }

  /** Whether the server still has this connection. */
  get isClosed(): boolean {
    return this.#closed
  }

  /** What is wrong with the server's count of bytes, if anything. */
  get miscount(): string | undefined {
    const { connection } = this
    if (!connection.isOpen) return undefined
    const { bytesReceived, bytesSent } = connection.stats
    const received = Math.max(0, this.#received - HANDSHAKE_BYTES)
    const all = this.#written + connection.outbox.queuedBytes - this.#pendingBytes
    const sent = Math.max(0, all - HANDSHAKE_BYTES)
    if (bytesReceived !== received) return `${received} received, counted ${bytesReceived}`
    return bytesSent === sent ? undefined : `${sent} sent, counted ${bytesSent}`
  }

  // The server's end.

  write(bytes: Uint8Array, done?: () => void): void {
    if (this.#dead) return
    this.#written += bytes.length
    if (this.#waiting.length === 0 && bytes.length <= this.#room) {
      this.#enter(bytes)
      if (done !== undefined) this.#events.after(this.#random.below(3), { run: () => this.#dead || done() })
      return
    }
    this.#pendingBytes += bytes.length
    this.#waiting.push({ bytes, size: bytes.length, done })
    this.#fill()
  }

  finish(): void {
    this.#serverEnds = true
    this.#scheduleDown(this.#delay())
  }

  destroy(): void {
    this.#die(undefined)
  }

  pauseReading(paused: boolean): void {
    this.#pausedByServer = paused
    if (!paused) this.#scheduleUp(0)
  }

  // The client's end.

  /** Sends bytes to the server. */
  send(pieces: readonly Uint8Array[]): void {
    if (this.#dead || this.#clientEnds || pieces.length === 0) return
    for (const piece of pieces) this.#up.push(piece)
    this.#scheduleUp(this.#delay())
  }

  /** Ends the client's side behind what it has sent. */
  end(): void {
    if (this.#dead || this.#clientEnds) return
    this.#clientEnds = true
    this.#scheduleUp(this.#delay())
  }

  /** The connection breaks: both ends learn of it, each in its time; what is on the way is lost. */
  cut(): void {
    this.#die(new Error('read ECONNRESET'))
  }

  /** From now on nothing gets through in either direction, and nobody is told. */
  freeze(): void {
    this.#frozen = true
    if (!this.#closed) this.#world.memory.narrow(this)
  }

  /** The client reads again. */
  resume(): void {
    this.reading = true
    this.#scheduleDown(0)
  }

  /** Bytes that can be written at once. */
  get #room(): number {
    const { capacity } = this.profile
    return (this.#frozen ? Math.min(capacity, SOCKET_BYTES) : capacity) - this.#networkBytes
  }

  #delay(): number {
    const [least, most] = this.profile.delay
    return least + this.#random.below(most - least + 1)
  }

  #die(error: Error | undefined): void {
    if (this.#dead) return
    this.#dead = true
    this.#waiting = []
    this.#network = []
    this.#up = []
    this.#events.after(this.#random.below(3), { run: (now) => this.#close(error, now) })
    if (this.#frozen) return
    this.#events.after(this.#delay(), { run: (now) => this.#client.onEnd(now) })
  }

  #close(error: Error | undefined, now: number): void {
    if (this.#closed) return
    this.#closed = true
    this.#dead = true
    this.#world.trace.event(now, 'link closed', this.id)
    this.connection.transportClosed(error, now)
    this.#world.linkGone(this)
  }

  #enter(bytes: Uint8Array): void {
    this.#network.push(bytes)
    this.#networkBytes += bytes.length
    this.#scheduleDown(this.profile.rate === Number.POSITIVE_INFINITY ? this.#delay() : SIP_MS)
  }

  /** Lets in what there is room for, and tells the server of each write that is wholly in. */
  #fill(): void {
    while (this.#waiting.length > 0) {
      const first = this.#waiting[0] as Waiting
      const room = this.#room
      if (room <= 0) return
      const part = first.bytes.subarray(0, room)
      this.#enter(part)
      first.bytes = first.bytes.subarray(part.length)
      if (first.bytes.length > 0) return
      this.#waiting.shift()
      this.#pendingBytes -= first.size
      const { done } = first
      if (done !== undefined) this.#events.after(0, { run: () => this.#dead || done() })
    }
  }

  readonly #downTask: Task = { run: (now) => this.#down(now) }

  #scheduleDown(delay: number): void {
    if (this.#downScheduled || this.#frozen || !this.reading) return
    this.#downScheduled = true
    this.#events.after(delay, this.#downTask)
  }

  /** Bytes reach the client. */
  #down(now: number): void {
    this.#downScheduled = false
    if (this.#dead || this.#frozen || !this.reading) return
    const { rate } = this.profile
    let budget = rate === Number.POSITIVE_INFINITY ? rate : Math.ceil(rate * SIP_MS)
    const pieces = this.#network
    this.#network = []
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i] as Uint8Array
      const takes = this.#takes(piece, budget)
      if (takes > 0) {
        this.#networkBytes -= takes
        budget -= takes
        const part = takes === piece.length ? piece : piece.subarray(0, takes)
        this.#world.trace.bytes(now, 'to client', this.id, part)
        this.#client.onBytes(part, now)
        if (this.#dead) return
      }
      if (takes < piece.length || !this.reading) {
        const left = takes < piece.length ? [piece.subarray(takes)] : []
        this.#network = [...left, ...pieces.slice(i + 1), ...this.#network]
        break
      }
    }
    this.#fill()
    if (this.#network.length > 0) {
      this.#scheduleDown(rate === Number.POSITIVE_INFINITY ? this.#random.below(3) : SIP_MS)
    } else if (this.#serverEnds && this.#waiting.length === 0 && !this.#serverEnded) {
      this.#serverEnded = true
      this.#client.onEnd(now)
      this.#bothEnded()
    }
  }

  #takes(piece: Uint8Array, budget: number): number {
    const most = Math.min(piece.length, budget)
    return most > 1 && this.#random.chance(this.profile.cuts) ? 1 + this.#random.below(most - 1) : most
  }

  readonly #upTask: Task = { run: (now) => this.#deliverUp(now) }

  #scheduleUp(delay: number): void {
    if (this.#upScheduled || this.#frozen) return
    this.#upScheduled = true
    this.#events.after(delay, this.#upTask)
  }

  /** Bytes reach the server. */
  #deliverUp(now: number): void {
    this.#upScheduled = false
    if (this.#dead || this.#frozen || this.#pausedByServer) return
    const pieces = this.#up
    this.#up = []
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i] as Uint8Array
      const takes = this.#takes(piece, Number.POSITIVE_INFINITY)
      this.#toServer(takes === piece.length ? piece : piece.subarray(0, takes), now)
      if (this.#dead) return
      if (takes < piece.length || this.#pausedByServer) {
        const left = takes < piece.length ? [piece.subarray(takes)] : []
        this.#up = [...left, ...pieces.slice(i + 1), ...this.#up]
        if (!this.#pausedByServer) this.#scheduleUp(this.#random.below(3))
        return
      }
    }
    if (this.#up.length > 0) this.#scheduleUp(this.#delay())
    else if (this.#clientEnds && !this.#clientEnded) {
      this.#clientEnded = true
      this.#world.trace.event(now, 'client ended', this.id)
      this.connection.peerEnded(now)
      this.#bothEnded()
    }
  }

  #toServer(bytes: Uint8Array, now: number): void {
    this.#world.trace.bytes(now, 'to server', this.id, bytes)
    this.#received += bytes.length
    this.#world.memory.heard(this.connection)
    if (!this.profile.scribbles) {
      this.connection.receive(bytes, now)
      return
    }
    const borrowed = bytes.slice()
    this.connection.receive(borrowed, now)
    borrowed.fill(0xee)
  }

  #bothEnded(): void {
    if (!this.#serverEnded || !this.#clientEnded || this.#dead) return
    this.#dead = true
    this.#events.after(1, { run: (now) => this.#close(undefined, now) })
  }
}
