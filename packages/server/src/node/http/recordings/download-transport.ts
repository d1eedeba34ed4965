import type { ReadStream } from 'node:fs'
import type { Connection } from '../../../core/connection.ts'
import type { ServerCore } from '../../../core/server-core.ts'
import type { ServerTransport } from '../../../core/transport.ts'
import type { ViewerSession } from '../../../web/viewer-session.ts'
import type { HttpCall, NodeExchange } from '../http-output.ts'
import { OriginTransport } from '../origin-transport.ts'
import { ANSWER_BYTES } from './file-answer.ts'

/** The way to somebody who fetches a file: the engine sees a client that plays for as long as the file takes, and can end it. */
export class DownloadTransport extends OriginTransport implements ServerTransport {
  readonly pendingBytes: number = 0
  #reading: ReadStream | undefined
  readonly #exchange: NodeExchange | undefined
  #isOver = false

  constructor(core: ServerCore, { origin, exchange }: HttpCall) {
    super(core, origin)
    this.#exchange = exchange
  }

  /** Whose way it is. */
  belongTo(connection: Connection): void {
    this.connection = connection
  }

  /** What is sent, and ends with it. */
  sends(reading: ReadStream, session: ViewerSession): void {
    this.#reading = reading
    session.answerBytes = ANSWER_BYTES
    if (this.#isOver) reading.destroy()
    reading.once('close', () => {
      session.noteBytesSent(reading.bytesRead)
      if (reading.readableEnded) this.connection?.close('completed', 'the file was sent', this.core.now())
      else this.gone()
    })
  }

  write(): void {}

  finish(): void {
    this.#end()
  }

  destroy(): void {
    this.#end()
  }

  #end(): void {
    this.#isOver = true
    // An answer that has begun can only be broken off; what is read for it ends with it, or by itself where nobody sends it.
    const reading = this.#reading
    if (reading?.readableEnded === false && this.#exchange !== undefined) this.#exchange.outgoing.destroy()
    else reading?.destroy()
    this.gone()
  }
}
