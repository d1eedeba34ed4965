import type { MediaFrame, MediaKind } from '@rtmp/e-rtmp'

/** How long a kind that is announced is waited for, in milliseconds. */
const PATIENCE = 1000

/** The most that is held, in bytes. */
const MOST_HELD = 32 << 20

/** Frames that came before it was known what to play. */
export class HeldFrames {
  #frames: MediaFrame[] = []
  #bytes = 0
  #since: number | undefined
  readonly #kinds = new Set<MediaKind>()

  get hasCoded(): boolean {
    return this.#since !== undefined
  }

  /** Whether frames of a kind have come, not only headers. */
  has(kind: MediaKind): boolean {
    return this.#kinds.has(kind)
  }

  /** Milliseconds since the first frame. */
  age(now: number): number {
    return this.#since === undefined ? 0 : now - this.#since
  }

  isOverdue(now: number): boolean {
    return this.age(now) >= PATIENCE
  }

  push(frame: MediaFrame, now: number): void {
    if (frame.type === 'coded') {
      this.#since ??= now
      this.#kinds.add(frame.kind)
    }
    this.#frames.push(frame)
    this.#bytes += frame.payload.length
    while (this.#bytes > MOST_HELD) this.#bytes -= this.#frames.shift()?.payload.length ?? this.#bytes
  }

  take(): readonly MediaFrame[] {
    const frames = this.#frames
    this.#frames = []
    this.#bytes = 0
    return frames
  }
}
