import { type ClientEvent, ClientSession } from '@rtmp/session'
import type { ServerConnection, ServerCore, ServerTransport } from '@rtmp/server/engine'

/** Chunk size of everything that is sent to the server, so that bytes may follow that nobody announced a size for. */
const CHUNK_SIZE = 128

export const crypto = { randomBytes: (count: number): Uint8Array => new Uint8Array(count).fill(7) }

interface Write {
  readonly bytes: Uint8Array
  readonly done: (() => void) | undefined
}

/** A client and its way to the server, in memory: in order at first, and then any bytes at all. */
export class MemoryClient implements ServerTransport {
  readonly remoteAddress = '192.0.2.7'
  readonly remotePort = 5000
  readonly localPort = 1935
  readonly secure = false
  readonly session = new ClientSession({ crypto, chunkSize: CHUNK_SIZE })
  readonly connection: ServerConnection
  /** Whether the client takes what it is sent. */
  reads = true
  /** Whether the server does not read at present. */
  unread = false
  destroyed = false
  readonly #onEvent: ((event: ClientEvent) => void) | undefined
  #toClient: Write[] = []
  #pendingBytes = 0

  constructor(core: ServerCore, onEvent?: (event: ClientEvent) => void) {
    this.#onEvent = onEvent
    this.connection = core.open(this)
  }

  get pendingBytes(): number {
    return this.#pendingBytes
  }

  write(bytes: Uint8Array, done?: () => void): void {
    this.#pendingBytes += bytes.length
    this.#toClient.push({ bytes, done })
  }

  pauseReading(paused: boolean): void {
    this.unread = paused
  }

  finish(): void {
    // The server's side has ended; what was written before it can still be read.
  }

  destroy(): void {
    this.destroyed = true
  }

  /** Moves bytes both ways until nothing moves any more. */
  pump(now: number): this {
    for (let moved = true; moved && !this.destroyed; ) {
      moved = this.take((bytes) => this.session.receive(bytes, now))
      for (let event = this.session.nextEvent(); event !== undefined; event = this.session.nextEvent()) {
        this.#onEvent?.(event)
      }
      for (const bytes of this.session.takeOutput()) {
        moved = true
        this.connection.receive(bytes, now)
      }
    }
    return this
  }

  /** Takes what has been sent, if it reads at all. Returns whether there was anything. */
  take(look?: (bytes: Uint8Array) => void): boolean {
    if (!this.reads || this.#toClient.length === 0) return false
    const writes = this.#toClient
    this.#toClient = []
    for (const { bytes, done } of writes) {
      this.#pendingBytes -= bytes.length
      look?.(bytes)
      done?.()
    }
    return true
  }

  connect(app: string, now: number): this {
    this.session.connect({ app, tcUrl: `rtmp://h/${app}` })
    return this.pump(now)
  }

  open(app: string, now: number): this {
    this.connect(app, now).session.createStream()
    return this.pump(now)
  }

  publish(app: string, streamName: string, now: number): this {
    this.open(app, now).session.publish(1, { streamName })
    return this.pump(now)
  }

  play(app: string, streamName: string, now: number): this {
    this.open(app, now).session.play(1, { streamName })
    return this.pump(now)
  }
}
