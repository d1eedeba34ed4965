import { Buffer } from 'node:buffer'
import type { Connection } from '../../../core/connection.ts'
import type { ServerCore } from '../../../core/server-core.ts'
import type { ServerTransport } from '../../../core/transport.ts'
import { flvHead } from '../../../web/flv-head.ts'
import { framed } from '../../../web/framings.ts'
import type { WebAnswer } from '../../../web/web-answer.ts'
import type { WebRequest } from '../../../web/web-request.ts'
import type { CallOrigin } from '../http-output.ts'
import { OriginTransport } from '../origin-transport.ts'
import type { BodySink } from './body-sink.ts'

/** The way to a player over HTTP. The answer begins with its first media, so that what has none is answered by a status. */
export class PlayTransport extends OriginTransport implements ServerTransport {
  readonly #sink: BodySink
  readonly #request: WebRequest
  #state: 'waiting' | 'open' | 'refused' = 'waiting'
  #answer: WebAnswer = { status: 200, description: 'end of stream' }

  constructor(core: ServerCore, origin: CallOrigin, sink: BodySink, request: WebRequest) {
    super(core, origin)
    this.#sink = sink
    this.#request = request
  }

  /** Whose way it is. */
  belongTo(connection: Connection): void {
    this.connection = connection
    this.#sink.whenClosed((error) => connection.transportClosed(error, this.core.now()))
  }

  /** The request is over. */
  answered(answer: WebAnswer): void {
    this.#answer = answer
    if (this.#state !== 'waiting') return
    this.#state = 'refused'
    this.#sink.refuse(answer)
  }

  get pendingBytes(): number {
    return this.#state === 'open' ? this.#sink.pendingBytes : 0
  }

  write(bytes: Uint8Array, done?: () => void): void {
    if (this.#state === 'waiting') this.#open()
    if (this.#state === 'open') this.#sink.write(bytes, done)
  }

  finish(): void {
    if (this.#state === 'open') this.#sink.end(this.#answer)
    else this.gone()
  }

  destroy(): void {
    if (this.#state === 'open') this.#sink.destroy()
    else this.gone()
  }

  #open(): void {
    this.#state = 'open'
    this.#sink.open()
    const { context } = this.connection?.activities.playbacks[0] ?? {}
    const stream = context && this.core.registry.find(context.app, context.streamName)
    const head = flvHead(stream, this.#request, this.core.now())
    this.#sink.write(framed(this.#sink.framing, Buffer.from(head)))
  }
}
