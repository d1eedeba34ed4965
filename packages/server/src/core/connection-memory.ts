import type { Outbox } from '@rtmp/live/engine'
import type { Activities } from './activities.ts'
import type { ClientSession } from './client-protocol.ts'
import type { MemoryCounter } from './connection-services.ts'
import { CONNECTION_BYTES, TLS_BYTES } from './memory-costs.ts'
import type { MemoryPayer, MemoryShare } from './memory-share.ts'

/** For how many seconds of what it moves a connection may hold memory. */
const SECONDS_HELD = 4

/** What a publisher may hold beside: a frame that is coming, and the memory it is cut from. */
const PUBLISHER_BYTES = 131_072

/** What of a connection is counted. */
export interface CountedConnection {
  readonly remoteAddress: string
  readonly secure: boolean
  readonly outbox: Outbox
  readonly activities: Activities
  /** What the transport keeps of what has come. */
  readonly unfinishedBytes: number
  /** What the session holds, and whether it is over. */
  readonly session: Pick<ClientSession, 'memoryBytes' | 'state'>
  /** More memory was needed than there is: the connection ends. */
  payMemory(now: number, isCrowd: boolean): void
}

/** What a connection holds, and what it may. */
export class ConnectionMemory implements MemoryPayer {
  readonly share: MemoryShare
  readonly #counter: MemoryCounter
  readonly #connection: CountedConnection
  readonly #base: number
  #received = 0
  /** All that has been moved when it was last sampled, and within the second before. */
  #sampled = 0
  #perSecond = 0

  constructor(counter: MemoryCounter, connection: CountedConnection) {
    this.#counter = counter
    this.#connection = connection
    this.#base = CONNECTION_BYTES + (connection.secure ? TLS_BYTES : 0)
    this.share = counter.open(connection.remoteAddress, this)
    this.share.set(this.#base, 0)
  }

  /** Seconds of what it moves, and what it costs in any case. */
  get allowedBytes(): number {
    const recent = Math.max(this.#perSecond, this.#moved - this.#sampled, 0)
    const publishes = this.#connection.activities.publishings.length > 0
    return this.#base + recent * SECONDS_HELD + (publishes ? PUBLISHER_BYTES : 0)
  }

  /** See {@link MemoryPayer.isLeaving}. */
  get isLeaving(): boolean {
    return this.#connection.session.state === 'closed'
  }

  /** Bytes have come. */
  received(bytes: number): void {
    this.#received += bytes
  }

  /** Looks at how much is moved; once a second. */
  sample(): void {
    const moved = this.#moved
    this.#perSecond = moved - this.#sampled
    this.#sampled = moved
    this.#connection.outbox.settleMemory()
    this.count()
  }

  /** Counts what is held now. @param early - Bytes that wait for the `connection` hook. */
  count(early = 0): void {
    const { activities, outbox, session, unfinishedBytes } = this.#connection
    const own = this.#base + session.memoryBytes + activities.memoryBytes + unfinishedBytes + early
    this.share.set(own, outbox.memoryBytes + activities.slabBytes)
  }

  /** See {@link MemoryPayer.trim}. */
  trim(): void {
    this.#connection.activities.trim()
    this.count()
  }

  /** See {@link MemoryPayer.payMemory}. */
  payMemory(now: number, isCrowd: boolean): void {
    this.#connection.payMemory(now, isCrowd)
  }

  /** The connection has gone. */
  close(): void {
    this.#connection.activities.release()
    this.#counter.close(this.share)
  }

  /** Bytes that have come and gone on, and that have left. What is begun and not finished has only come. */
  get #moved(): number {
    const { outbox, session } = this.#connection
    return this.#received - session.memoryBytes + outbox.totalBytes - outbox.queuedBytes
  }
}
