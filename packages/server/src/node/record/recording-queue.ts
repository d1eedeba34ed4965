import type { Frames, OutboxTransport } from '@rtmp/live/engine'

interface Entry {
  readonly frames: Frames
  readonly done: (() => void) | undefined
}

/**
 * What waits to be written to a file: bounded by its subscriber, and known to the stream, whose publisher's memory is used again
 * once it has been written.
 */
export class RecordingQueue implements OutboxTransport<Frames>, AsyncIterable<Frames>, AsyncIterator<Frames> {
  #entries: Entry[] = []
  #bytes = 0
  /** What was taken last, and is being written. */
  #taken: Entry | undefined
  #ended = false
  #waiting: ((result: IteratorResult<Frames>) => void) | undefined

  get pendingBytes(): number {
    return this.#bytes
  }

  write(frames: Frames, done?: () => void): void {
    if (this.#ended) return
    this.#bytes += frames.length
    this.#entries.push({ frames, done })
    const resolve = this.#waiting
    this.#waiting = undefined
    if (resolve !== undefined) queueMicrotask(() => resolve(this.#take()))
  }

  addMemoryTo(memory: Set<ArrayBufferLike>): void {
    this.#taken?.frames.addMemoryTo(memory)
    for (const { frames } of this.#entries) frames.addMemoryTo(memory)
  }

  /** Nothing more comes; what waits can still be taken. */
  end(): void {
    this.#ended = true
    this.#waiting?.({ done: true, value: undefined })
    this.#waiting = undefined
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Frames>> {
    this.#release()
    if (this.#entries.length > 0 || this.#ended) return Promise.resolve(this.#take())
    return new Promise((resolve) => {
      this.#waiting = resolve
    })
  }

  return(): Promise<IteratorResult<Frames>> {
    this.#release()
    this.#entries = []
    this.#bytes = 0
    this.end()
    return Promise.resolve({ done: true, value: undefined })
  }

  #take(): IteratorResult<Frames> {
    this.#taken = this.#entries.shift()
    return this.#taken === undefined
      ? { done: true, value: undefined }
      : { done: false, value: this.#taken.frames }
  }

  #release(): void {
    const taken = this.#taken
    if (taken === undefined) return
    this.#taken = undefined
    this.#bytes -= taken.frames.length
    taken.done?.()
  }
}
