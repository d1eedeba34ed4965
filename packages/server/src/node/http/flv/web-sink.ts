import type { Framing } from '@rtmp/live/engine'
import { plainFraming } from '../../../web/framings.ts'
import type { WebAnswer } from '../../../web/web-answer.ts'
import { responseOf } from './answer-response.ts'
import type { BodySink } from './body-sink.ts'

/** A stream of the web, for servers that are not ours: whoever reads it says by reading how fast it may come. */
export class WebSink implements BodySink {
  readonly framing: Framing = plainFraming
  readonly #headers: Readonly<Record<string, string>>
  readonly #respond: (response: Response) => void
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #onDone: (() => void)[] = []
  #onClosed: ((error: Error | undefined) => void) | undefined
  #isOver = false

  /** @param signal - Aborted when the client has gone. */
  constructor(
    headers: Readonly<Record<string, string>>,
    respond: (response: Response) => void,
    signal: AbortSignal | undefined,
  ) {
    this.#headers = headers
    this.#respond = respond
    signal?.addEventListener('abort', () => this.#close(), { once: true })
  }

  get pendingBytes(): number {
    const { desiredSize } = this.#controller ?? {}
    return typeof desiredSize === 'number' ? Math.max(0, 1 - desiredSize) : 0
  }

  open(): void {
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => this.#taken(),
        cancel: () => this.#close(),
      },
      // What it holds is shared with others: it must not be a stream of bytes, which takes memory away.
      { highWaterMark: 1, size: (bytes?: Uint8Array) => bytes?.length ?? 0 },
    )
    this.#respond(new Response(body, { headers: this.#headers }))
  }

  write(bytes: Uint8Array, done?: () => void): void {
    if (this.#isOver) return
    this.#controller?.enqueue(bytes)
    if (done === undefined) return
    this.#onDone.push(done)
    if (this.pendingBytes === 0) this.#taken()
  }

  end(): void {
    if (this.#isOver) return
    this.#controller?.close()
    this.#close()
  }

  refuse(why: WebAnswer): void {
    this.#respond(responseOf(why))
  }

  destroy(): void {
    if (this.#isOver) return
    this.#controller?.error(new Error('the server has cut this off'))
    this.#close()
  }

  whenClosed(call: (error: Error | undefined) => void): void {
    this.#onClosed = call
  }

  /** All has been read. Never within a call of {@link write}. */
  #taken(): void {
    const calls = this.#onDone
    if (calls.length === 0) return
    this.#onDone = []
    queueMicrotask(() => {
      for (const call of calls) call()
    })
  }

  #close(): void {
    if (this.#isOver) return
    this.#isOver = true
    setImmediate(() => this.#onClosed?.(undefined))
  }
}
