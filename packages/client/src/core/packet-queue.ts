import type { MediaMessage } from '@rtmp/e-rtmp'
import { Deferred } from './waiting.ts'

/** Packets that have come and have not been read; one reader. */
export class PacketQueue {
  readonly #maxBytes: number
  readonly #full: (full: boolean) => void
  #packets: MediaMessage[] = []
  #head = 0
  #bytes = 0
  #isFull = false
  #waiting: Deferred<void> | undefined
  #ended = false
  #error: unknown

  /** @param full - Called when more should not come for now, and when it may again. */
  constructor(maxBytes: number, full: (full: boolean) => void) {
    this.#maxBytes = maxBytes
    this.#full = full
  }

  /** Payload bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /** Whether more should not come for now. */
  get isFull(): boolean {
    return this.#isFull
  }

  push(packet: MediaMessage): void {
    if (this.#ended) return
    this.#packets.push(packet)
    this.#bytes += packet.payload.length
    this.#wake()
    if (!this.#isFull && this.#bytes > this.#maxBytes) {
      this.#isFull = true
      this.#full(true)
    }
  }

  /** No more comes; what has come can still be read. */
  end(error?: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    this.#wake()
  }

  /** Throws away what has come. */
  clear(): void {
    this.#packets = []
    this.#head = 0
    this.#bytes = 0
    this.#room()
  }

  /** The next packet; `undefined` at the end. @throws what {@link end} was given, after the last packet */
  async next(): Promise<MediaMessage | undefined> {
    for (;;) {
      const packet = this.#packets[this.#head]
      if (packet !== undefined) {
        this.#head += 1
        this.#bytes -= packet.payload.length
        if (this.#head > 64 && this.#head * 2 > this.#packets.length) {
          this.#packets = this.#packets.slice(this.#head)
          this.#head = 0
        }
        this.#room()
        return packet
      }
      if (this.#ended) {
        if (this.#error !== undefined) throw this.#error
        return undefined
      }
      this.#waiting ??= new Deferred()
      await this.#waiting.promise
    }
  }

  #room(): void {
    if (!this.#isFull || this.#bytes > this.#maxBytes / 2) return
    this.#isFull = false
    this.#full(false)
  }

  #wake(): void {
    this.#waiting?.resolve()
    this.#waiting = undefined
  }
}
