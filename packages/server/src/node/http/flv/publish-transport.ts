import type { Readable } from 'node:stream'
import type { Connection } from '../../../core/connection.ts'
import type { ServerCore } from '../../../core/server-core.ts'
import type { ServerTransport } from '../../../core/transport.ts'
import type { WebAnswer } from '../../../web/web-answer.ts'
import type { WebSession } from '../../../web/web-session.ts'
import type { CallOrigin } from '../http-output.ts'
import { OriginTransport } from '../origin-transport.ts'
import { responseOf } from './answer-response.ts'

const NOTHING = new Uint8Array(0)

/** The way from a publisher over HTTP: the body of its request. It is sent nothing but the answer at the end. */
export class PublishTransport extends OriginTransport implements ServerTransport {
  readonly pendingBytes: number = 0
  readonly #body: Readable
  readonly #respond: (response: Response) => void
  #isAnswered = false

  constructor(core: ServerCore, origin: CallOrigin, body: Readable, respond: (response: Response) => void) {
    super(core, origin)
    this.#body = body
    this.#respond = respond
  }

  /** Whose way it is; begins to read. */
  belongTo(connection: Connection, session: WebSession): void {
    this.connection = connection
    let error: Error | undefined
    const receive = (bytes: Uint8Array): void => connection.receive(bytes, this.core.now())
    this.#body.on('data', receive)
    this.#body.on('error', (thrown: Error) => {
      error = thrown
    })
    this.#body.on('end', () => {
      session.bodyEnded()
      receive(NOTHING)
    })
    this.#body.on('close', () => {
      if (!this.#body.readableEnded) connection.transportClosed(error, this.core.now())
    })
  }

  /** The request is over. */
  answered(answer: WebAnswer): void {
    if (this.#isAnswered) return
    this.#isAnswered = true
    const response = responseOf(answer)
    // What is left of the body is not waited for.
    if (!this.#body.readableEnded) response.headers.set('connection', 'close')
    this.#respond(response)
  }

  write(_bytes: Uint8Array, done?: () => void): void {
    if (done !== undefined) setImmediate(done)
  }

  pauseReading(paused: boolean): void {
    if (paused) this.#body.pause()
    else this.#body.resume()
  }

  finish(): void {
    this.gone()
  }

  destroy(): void {
    this.finish()
  }
}
