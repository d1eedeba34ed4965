import type { Outbox } from '@rtmp/live/engine'
import type { ClientSession } from './client-protocol.ts'

/** What a session wants to send, on its way to the outbox, in which batches of streams lie beside it. */
export class SessionOutput {
  readonly #session: ClientSession
  readonly #outbox: Outbox
  /** Bytes that came from the session, of those put into the outbox. */
  #sessionBytes = 0
  /** Other bytes the session has been told of. */
  #notedBytes = 0

  constructor(session: ClientSession, outbox: Outbox) {
    this.#session = session
    this.#outbox = outbox
  }

  /** Writes what the session has to say. */
  write(now: number): void {
    if (!this.#session.hasOutput) return
    for (const piece of this.#session.takeOutput()) {
      this.#sessionBytes += piece.length
      this.#outbox.write(piece, now)
    }
  }

  /** Tells the session of the bytes that batches have sent beside it. */
  noteBytes(): void {
    const others = this.#outbox.totalBytes - this.#sessionBytes
    if (others === this.#notedBytes) return
    this.#session.noteBytesSent(others - this.#notedBytes)
    this.#notedBytes = others
  }

  /** Drops what can still be taken back. */
  discard(): void {
    this.noteBytes()
    this.#outbox.discard()
    this.#notedBytes = this.#outbox.totalBytes - this.#sessionBytes
  }
}
