/** Where an outbox puts its bytes: a socket, or something that stands for one in a test. */
export interface OutboxTransport {
  /** Bytes that were written and that the transport still holds in memory. */
  readonly pendingBytes: number
  /**
   * Sends bytes behind those written before. They may be shared and are changed by nobody.
   *
   * @param done - Called later, never during the call, when the transport holds these bytes no more. Need not be called
   *   once the transport has closed.
   */
  write(bytes: Uint8Array, done?: () => void): void
}

/** The most that may wait; see {@link Outbox.exceeds}. */
export interface QueueLimit {
  readonly bytes: number
  /** Age of the oldest bytes, in milliseconds. */
  readonly ms: number
}

/** What is handed to a slow transport at a time: enough to fill a socket's buffer, little to be unable to take back. */
const IN_FLIGHT_BYTES = 256 * 1024

/** Spent places at the front of the queue that are put up with before it is shifted. */
const SPENT = 64

/**
 * The way out of one connection: in order, and with an eye on what does not get away.
 *
 * As long as the transport keeps up, a write goes straight through. When it does not, bytes wait here (by reference,
 * since batches are shared) with the time they came, so that the owner can see how much waits and for how long.
 */
export class Outbox {
  readonly #transport: OutboxTransport
  #closed = false
  #congested = false
  /** A write whose end the transport will report. */
  #inFlight = false
  /** When the oldest bytes came that have not left. */
  #oldest = 0
  #queue: Uint8Array[] | undefined
  #queuedAt: number[] | undefined
  #head = 0
  #waitingBytes = 0
  #onHandedOver: (() => void) | undefined
  #onDone: (() => void) | undefined
  #totalBytes = 0

  constructor(transport: OutboxTransport) {
    this.#transport = transport
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

  /** Sends bytes as soon as it is their turn. They must not change any more. */
  write(bytes: Uint8Array, now: number): void {
    if (this.#closed || bytes.length === 0) return
    this.#totalBytes += bytes.length
    if (!this.#congested) {
      if (this.#transport.pendingBytes === 0) {
        this.#transport.write(bytes)
        return
      }
      this.#congested = true
      this.#oldest = now
    }
    this.#queue ??= []
    this.#queuedAt ??= []
    this.#queue.push(bytes)
    this.#queuedAt.push(now)
    this.#waitingBytes += bytes.length
    if (!this.#inFlight) this.#handOver()
  }

  /** How long the oldest bytes have been waiting, in milliseconds; 0 when nothing waits. */
  age(now: number): number {
    return this.congested ? Math.max(0, now - this.#oldest) : 0
  }

  /** Whether more waits than a limit allows, not counting `exempt` bytes. */
  exceeds(limit: QueueLimit, now: number, exempt = 0): boolean {
    return this.queuedBytes - exempt > limit.bytes || this.age(now) > limit.ms
  }

  /** How many of the first `total` bytes ever put in have not left. */
  remainingOf(total: number): number {
    return Math.max(0, total - (this.#totalBytes - this.queuedBytes))
  }

  /** Takes back what has not been handed to the transport; each write is whole or gone. Returns the bytes dropped. */
  discard(): number {
    const dropped = this.#waitingBytes
    this.#queue = undefined
    this.#queuedAt = undefined
    this.#head = 0
    this.#waitingBytes = 0
    this.#totalBytes -= dropped
    return dropped
  }

  /** Calls once, now or later, when nothing waits here any more; the transport may still hold bytes. */
  whenHandedOver(call: () => void): void {
    if (this.#waitingBytes === 0) call()
    else this.#onHandedOver = call
  }

  /** Drops what waits; nothing is sent any more and nobody is called back. */
  close(): void {
    this.#closed = true
    this.discard()
    this.#onHandedOver = undefined
    this.#congested = false
  }

  #handOver(): void {
    const queue = this.#queue as Uint8Array[]
    let end = this.#head
    let size = 0
    while (end < queue.length && size < IN_FLIGHT_BYTES) size += (queue[end++] as Uint8Array).length
    this.#inFlight = true
    this.#waitingBytes -= size
    this.#onDone ??= () => this.#done()
    for (let i = this.#head; i < end; i++) {
      const bytes = queue[i] as Uint8Array
      queue[i] = SENT
      this.#transport.write(bytes, i === end - 1 ? this.#onDone : undefined)
    }
    this.#head = end
    this.#forgetSpent(queue)
    if (this.#waitingBytes === 0) this.#handedOver()
  }

  #forgetSpent(queue: Uint8Array[]): void {
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
    const oldest = this.#queuedAt?.[this.#head]
    if (oldest !== undefined) {
      this.#oldest = oldest
      this.#handOver()
    } else if (this.#transport.pendingBytes === 0) {
      this.#congested = false
    }
  }

  #handedOver(): void {
    const call = this.#onHandedOver
    this.#onHandedOver = undefined
    call?.()
  }
}

/** Takes the place of an array that has been handed over, so that the queue does not keep it alive. */
const SENT = new Uint8Array(0)
