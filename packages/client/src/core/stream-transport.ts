import type { ByteStreams, ClientTransport, ClientTransportHandler } from './transport.ts'

/** Web Streams as a transport: for WebTransport, WebSocketStream, or anything that pipes bytes. */
export class StreamTransport implements ClientTransport {
  readonly remote: string
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>
  #handler: ClientTransportHandler | undefined
  #pending = 0
  #paused = false
  #resume: (() => void) | undefined
  #readEnded = false
  #writeEnded = false
  #over = false

  constructor({ readable, writable }: ByteStreams, remote: string) {
    this.remote = remote
    this.#reader = readable.getReader()
    this.#writer = writable.getWriter()
  }

  get pendingBytes(): number {
    return this.#pending
  }

  start(handler: ClientTransportHandler): void {
    this.#handler = handler
    this.#writer.closed.catch((error: unknown) => this.#close(error))
    void this.#read(handler)
  }

  write(pieces: readonly Uint8Array[]): void {
    if (this.#writeEnded || this.#over) return
    for (const piece of pieces) {
      this.#pending += piece.length
      this.#writer.write(piece).then(
        () => {
          this.#pending -= piece.length
          if (!this.#over) this.#handler?.drained()
        },
        (error: unknown) => this.#close(error),
      )
    }
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#resume?.()
    this.#resume = undefined
  }

  finish(): void {
    if (this.#writeEnded || this.#over) return
    this.#writeEnded = true
    this.#writer.close().then(
      () => this.#bothEnded(),
      (error: unknown) => this.#close(error),
    )
  }

  destroy(): void {
    if (this.#over) return
    void this.#reader.cancel().catch(() => {})
    void this.#writer.abort().catch(() => {})
    this.#close(undefined)
  }

  async #read(handler: ClientTransportHandler): Promise<void> {
    try {
      for (;;) {
        if (this.#paused) await new Promise<void>((resolve) => (this.#resume = resolve))
        const { done, value } = await this.#reader.read()
        if (this.#over) return
        if (done) break
        handler.received(value)
      }
      this.#readEnded = true
      handler.ended()
      this.#bothEnded()
    } catch (error) {
      this.#close(error)
    }
  }

  #bothEnded(): void {
    if (this.#readEnded && this.#writeEnded) this.#close(undefined)
  }

  #close(error: unknown): void {
    if (this.#over) return
    this.#over = true
    this.resume()
    const failure = new Error('the stream failed', { cause: error })
    this.#handler?.closed(error === undefined || error instanceof Error ? error : failure)
  }
}
