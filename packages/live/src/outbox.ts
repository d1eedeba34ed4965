import type { Piece } from './batch-format.ts'
import { Frames } from './frames.ts'
import { HeldPieces } from './held-pieces.ts'
import type { MemoryLedger } from './memory-ledger.ts'

/** Where an outbox puts its pieces: a socket, a file, a consumer of frames, or something that stands for one in a test. */
export interface OutboxTransport<P extends Piece = Uint8Array> {
  /** Bytes that were written and that the transport still holds in memory. */
  readonly pendingBytes: number
  /**
   * Sends a piece behind those written before. It may be shared and is changed by nobody.
   *
   * @param done - Called later, never during the call, when the transport holds this piece no more. Need not be called
   *   once the transport has closed.
   */
  write(piece: P, done?: () => void): void
  /**
   * Adds the memory of all payloads that the transport holds, or whoever it has given them to. One that takes frames and
   * does not have this may keep them for ever: what it is given is never used again.
   */
  addMemoryTo?(memory: Set<ArrayBufferLike>): void
}

/** The most that may wait; see {@link Outbox.exceeds}. */
export interface QueueLimit {
  /** Here and in the transport. */
  readonly bytes: number
  /** Age of the oldest bytes, in milliseconds. */
  readonly ms: number
}

/** What is handed to a slow transport at a time: enough to fill a socket's buffer, little to be unable to take back. */
const IN_FLIGHT_BYTES = 256 * 1024

/** Each costs the transport a record of its own, however small it is. */
const IN_FLIGHT_PIECES = 256

/** Spent places at the front of the queue that are put up with before it is shifted. */
const SPENT = 64

/**
 * The way out to one subscriber, or to one connection with several: in order, and with an eye on what does not get away.
 *
 * As long as the transport keeps up, a write goes straight through. When it does not (backpressure), pieces wait here (by
 * reference, since batches are shared) with the time they came, so that the owner can see how much waits and for how long.
 *
 * @example
 * ```ts
 * const outbox = new Outbox({ pendingBytes: 0, write: (bytes) => socket.write(bytes) })
 * ```
 */
export class Outbox<P extends Piece = Uint8Array> {
  readonly #transport: OutboxTransport<P>
  #closed = false
  #congested = false
  /** A write whose end the transport will report. */
  #inFlight = false
  /** When the oldest bytes came that have not left. */
  #oldest = 0
  #queue: (P | undefined)[] | undefined
  #queuedAt: number[] | undefined
  #head = 0
  #waitingBytes = 0
  #onHandedOver: (() => void) | undefined
  #onDone: (() => void) | undefined
  #onDrained: (() => void) | undefined
  #totalBytes = 0
  /** The total at the end of the last catch-up. */
  #catchUpEnd = 0
  /** What has not left, as it is counted. */
  #held: HeldPieces<P> | undefined

  /** @param ledger - Where what waits is counted. Without it, it is counted where a subscriber joins a stream by this outbox. */
  constructor(transport: OutboxTransport<P>, ledger?: MemoryLedger) {
    this.#transport = transport
    if (ledger !== undefined) this.countIn(ledger)
  }

  /** Counts what is put in from now on, and waits here or in the transport, in a ledger; in one at most. */
  countIn(ledger: MemoryLedger): void {
    this.#held ??= new HeldPieces(ledger)
  }

  /** What has not left as far as it is known, with what it costs to keep it, in bytes; 0 where it is not counted. */
  get memoryBytes(): number {
    return this.#held === undefined ? 0 : this.#held.bytes
  }

  /** Looks whether what was written last has left, which the transport does not report. Call it about once a second. */
  settleMemory(): void {
    const held = this.#held
    if (held === undefined || held.size === 0 || this.congested) return
    if (this.#transport.pendingBytes === 0) held.drop(held.size)
  }

  /** Whether the transport has fallen behind and not caught up since. */
  get congested(): boolean {
    if (this.#congested && !this.#inFlight && this.#transport.pendingBytes === 0) this.#congested = false
    return this.#congested
  }

  /** Bytes that have not left, here and in the transport. */
  get queuedBytes(): number {
    return this.#waitingBytes + this.#transport.pendingBytes
  }

  /** Bytes ever put in. */
  get totalBytes(): number {
    return this.#totalBytes
  }

  /** Sends a piece as soon as it is its turn. It must not change any more. */
  write(piece: P, now: number): void {
    if (this.#closed || piece.length === 0) return
    this.#totalBytes += piece.length
    if (!this.#congested) {
      if (this.#transport.pendingBytes === 0) {
        this.#writeThrough(piece)
        return
      }
      this.#congested = true
      this.#oldest = now
    }
    this.#queue ??= []
    this.#queuedAt ??= []
    this.#queue.push(piece)
    this.#queuedAt.push(now)
    this.#waitingBytes += piece.length
    this.#held?.add(piece)
    if (!this.#inFlight) this.#handOver()
  }

  /** How long the oldest bytes have been waiting, in milliseconds; 0 when nothing waits. */
  age(now: number): number {
    return this.congested ? Math.max(0, now - this.#oldest) : 0
  }

  /** Whether more waits than a limit allows, not counting the first `exempt` bytes. */
  exceeds(limit: QueueLimit, now: number, exempt = 0): boolean {
    return this.queuedBytes - exempt > limit.bytes || this.age(now) > limit.ms
  }

  /** What was put in last belongs to a catch-up: no subscriber gets another one before it has left. */
  markCatchUp(): void {
    this.#catchUpEnd = this.#totalBytes
  }

  /** How many bytes have not left of what was put in up to the end of the last catch-up. */
  get catchUpBytes(): number {
    return Math.max(0, this.#catchUpEnd - (this.#totalBytes - this.queuedBytes))
  }

  /** Adds the memory of all payloads that wait, here and in the transport; none when the pieces are bytes of their own. */
  addMemoryTo(memory: Set<ArrayBufferLike>): void {
    for (const piece of this.#queue ?? []) if (piece instanceof Frames) piece.addMemoryTo(memory)
    this.#transport.addMemoryTo?.(memory)
  }

  /** Whether it is known of every payload whether somebody still holds it; not so when the transport cannot say. */
  get tellsMemory(): boolean {
    return this.#transport.addMemoryTo !== undefined
  }

  /** Takes back what has not been handed to the transport; each write is whole or gone. Returns the bytes dropped. */
  discard(): number {
    const dropped = this.#waitingBytes
    this.#held?.takeBack(this.#waiting)
    this.#queue = undefined
    this.#queuedAt = undefined
    this.#head = 0
    this.#waitingBytes = 0
    this.#totalBytes -= dropped
    this.#catchUpEnd = Math.min(this.#catchUpEnd, this.#totalBytes)
    return dropped
  }

  /** Calls once, now or later, when nothing waits here any more; the transport may still hold bytes. */
  whenHandedOver(call: () => void): void {
    if (this.#waitingBytes === 0) call()
    else this.#onHandedOver = call
  }

  /** Calls once, later, when the transport has caught up; not when it keeps up as it is. */
  whenDrained(call: () => void): void {
    this.#onDrained = call
  }

  /** Drops what waits; nothing is sent any more and nobody is called back. */
  close(): void {
    this.#closed = true
    this.discard()
    this.#held?.drop(this.#held.size)
    this.#onHandedOver = undefined
    this.#onDrained = undefined
    this.#congested = false
  }

  /** How many pieces wait here. */
  get #waiting(): number {
    return this.#queue === undefined ? 0 : this.#queue.length - this.#head
  }

  /** What was written before has left. */
  #writeThrough(piece: P): void {
    const held = this.#held
    if (held !== undefined && held.size > 0) held.drop(held.size)
    this.#transport.write(piece)
    if (held !== undefined && this.#transport.pendingBytes !== 0) held.add(piece)
  }

  #handOver(): void {
    const queue = this.#queue as P[]
    let end = this.#head
    let size = 0
    while (end < queue.length && end - this.#head < IN_FLIGHT_PIECES && size < IN_FLIGHT_BYTES) {
      size += (queue[end++] as P).length
    }
    this.#inFlight = true
    this.#waitingBytes -= size
    this.#onDone ??= () => this.#done()
    for (let i = this.#head; i < end; i++) {
      const piece = queue[i] as P
      // So that the queue does not keep it alive.
      ;(queue as (P | undefined)[])[i] = undefined
      this.#transport.write(piece, i === end - 1 ? this.#onDone : undefined)
    }
    this.#head = end
    this.#forgetSpent(queue)
    if (this.#waitingBytes === 0) this.#handedOver()
  }

  #forgetSpent(queue: P[]): void {
    const queuedAt = this.#queuedAt as number[]
    if (this.#head === queue.length) {
      queue.length = 0
      queuedAt.length = 0
    } else if (this.#head > SPENT && this.#head * 2 > queue.length) {
      queue.splice(0, this.#head)
      queuedAt.splice(0, this.#head)
    } else return
    this.#head = 0
  }

  #done(): void {
    this.#inFlight = false
    if (this.#closed) return
    this.#held?.drop(this.#held.size - this.#waiting)
    const oldest = this.#queuedAt?.[this.#head]
    if (oldest !== undefined) {
      this.#oldest = oldest
      this.#handOver()
    } else if (this.#transport.pendingBytes === 0) {
      this.#congested = false
      const call = this.#onDrained
      this.#onDrained = undefined
      call?.()
    }
  }

  #handedOver(): void {
    const call = this.#onHandedOver
    this.#onHandedOver = undefined
    call?.()
  }
}
