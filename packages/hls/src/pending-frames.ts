import type { MediaFrame } from '@rtmp/e-rtmp'

/** Frames of a track that are in no part yet. */
export class PendingFrames {
  #frames: MediaFrame[] = []
  #bytes = 0

  /** Bytes of their payloads. */
  get bytes(): number {
    return this.#bytes
  }

  keep(frame: MediaFrame): void {
    this.#frames.push(frame)
    this.#bytes += frame.payload.length
  }

  /** All of them; none is left. */
  take(): readonly MediaFrame[] {
    const frames = this.#frames
    this.#frames = []
    this.#bytes = 0
    return frames
  }

  /** Adds the memory of their payloads. */
  addMemoryTo(memory: Set<ArrayBufferLike>): void {
    for (const { payload } of this.#frames) memory.add(payload.buffer)
  }
}
