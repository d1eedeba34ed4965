import { createHash } from 'node:crypto'
import { hmacSha256, SeededRandom, VirtualClock } from '@rtmp/testkit'
import type { ClientHost } from '../../src/core/host.ts'
import type { DialTarget, ClientTransport, ClientTransportHandler } from '../../src/core/transport.ts'
import { type Peer, TestServer } from './test-server.ts'

/** Lets everything run that waits for nothing but its turn. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Servers by `host:port`, lines between them and the client, and one clock for all. */
export class MemoryNetwork implements ClientHost {
  readonly clock: VirtualClock = new VirtualClock(1000)
  readonly servers = new Map<string, TestServer>()
  readonly lines: MemoryLine[] = []
  readonly dialled: DialTarget[] = []
  /** Milliseconds from one end to the other. */
  latency = 5
  /** Bytes per millisecond from the client to a server. */
  rate = Number.POSITIVE_INFINITY
  /** How the next dials end. */
  refusal: (() => Error) | 'never' | undefined
  readonly #random = new SeededRandom(7)
  readonly crypto: ClientHost['crypto'] = {
    hmacSha256,
    randomBytes: (count) => Uint8Array.from({ length: count }, () => this.#random.below(256)),
  }

  now(): number {
    return this.clock.now()
  }

  schedule(delayMs: number, run: () => void): () => void {
    return this.clock.schedule(delayMs, run)
  }

  random(): number {
    return this.#random.below(1000) / 1000
  }

  md5(text: string): Uint8Array {
    return createHash('md5').update(text).digest()
  }

  async dial(target: DialTarget): Promise<ClientTransport> {
    this.dialled.push(target)
    const { refusal } = this
    if (refusal === 'never') return new Promise(() => {})
    if (refusal !== undefined) throw refusal()
    const server = this.servers.get(`${target.host}:${target.port}`)
    if (server === undefined) throw new Error(`no server at ${target.host}:${target.port}`)
    const line = new MemoryLine(this, server, `${target.host}:${target.port}`)
    this.lines.push(line)
    return line
  }

  /** Adds a server. */
  serve(address: string, server: TestServer = new TestServer()): TestServer {
    this.servers.set(address, server)
    return server
  }

  /** The line made last. */
  get line(): MemoryLine {
    const line = this.lines.at(-1)
    if (line === undefined) throw new Error('nobody has dialled')
    return line
  }

  /** Lets time pass, with all that happens meanwhile. */
  async pass(ms: number): Promise<void> {
    const end = this.clock.now() + ms
    for (;;) {
      await turn()
      const next = this.clock.nextAt()
      if (next === undefined || next > end) break
      this.clock.advance(Math.max(0, next - this.clock.now()))
    }
    this.clock.advance(end - this.clock.now())
    await turn()
  }

  /** Lets time pass until something is settled, at most `limitMs`. */
  async until<Value>(promise: Promise<Value>, limitMs = 120_000): Promise<Value> {
    let settled = false
    const watched = promise.finally(() => {
      settled = true
    })
    watched.catch(() => {})
    const end = this.clock.now() + limitMs
    while (!settled && this.clock.now() < end) await this.pass(10)
    if (!settled) throw new Error(`not settled after ${limitMs} ms`)
    return watched
  }
}

/** A connection in memory, with what can go wrong with one. */
export class MemoryLine implements ClientTransport {
  readonly remote: string
  readonly peer: Peer
  pendingBytes = 0
  readonly #network: MemoryNetwork
  #handler: ClientTransportHandler | undefined
  #paused = false
  #held: Uint8Array[] = []
  #serverEnded = false
  #clientEnded = false
  #over = false
  #silent = false
  #busyUntil = 0

  constructor(network: MemoryNetwork, server: TestServer, remote: string) {
    this.#network = network
    this.remote = remote
    this.peer = server.accept({
      write: (pieces) => this.#later(() => this.#deliver(pieces)),
      end: () => this.#later(() => this.#endOfServer()),
    })
  }

  get isOver(): boolean {
    return this.#over
  }

  get isPaused(): boolean {
    return this.#paused
  }

  /** Bytes held back while reading is paused. */
  get heldBytes(): number {
    return this.#held.reduce((sum, piece) => sum + piece.length, 0)
  }

  start(handler: ClientTransportHandler): void {
    this.#handler = handler
  }

  write(pieces: readonly Uint8Array[]): void {
    if (this.#over || this.#clientEnded) return
    const { clock, latency, rate } = this.#network
    for (const piece of pieces) {
      const copy = piece.slice()
      this.pendingBytes += copy.length
      this.#busyUntil = Math.max(this.#busyUntil, clock.now()) + copy.length / rate
      clock.schedule(this.#busyUntil - clock.now(), () => {
        if (this.#over || this.#silent) return
        this.pendingBytes -= copy.length
        clock.schedule(latency, () => {
          if (!this.#silent && !this.peer.isClosed) this.peer.receive(copy, clock.now())
        })
        this.#handler?.drained()
      })
    }
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    const held = this.#held
    this.#held = []
    if (held.length > 0) this.#deliver(held)
  }

  finish(): void {
    if (this.#clientEnded || this.#over) return
    this.#clientEnded = true
    const { clock, latency } = this.#network
    clock.schedule(Math.max(0, this.#busyUntil - clock.now()) + latency + 0.001, () => {
      if (this.#silent || this.#over) return
      this.peer.transportClosed(clock.now())
      this.#serverEnded = true
      this.#end(undefined)
    })
  }

  destroy(): void {
    if (this.#over) return
    this.#over = true
    if (!this.#silent) this.peer.transportClosed(this.#network.clock.now())
    queueMicrotask(() => this.#handler?.closed(undefined))
  }

  /** Both ends see the connection break. */
  cut(): void {
    this.peer.transportClosed(this.#network.clock.now())
    this.#end(new Error('read ECONNRESET'))
  }

  /** Nothing passes any more, and nobody is told: the cable is out. */
  silence(): void {
    this.#silent = true
  }

  #later(run: () => void): void {
    this.#network.clock.schedule(this.#network.latency, () => {
      if (!this.#silent && !this.#over) run()
    })
  }

  #deliver(pieces: readonly Uint8Array[]): void {
    for (const piece of pieces) {
      if (this.#over) return
      if (this.#paused) this.#held.push(piece)
      else this.#handler?.received(piece)
    }
  }

  #endOfServer(): void {
    if (this.#serverEnded) return
    this.#serverEnded = true
    this.#handler?.ended()
  }

  #end(error: Error | undefined): void {
    if (this.#over) return
    this.#over = true
    this.#handler?.closed(error)
  }
}
