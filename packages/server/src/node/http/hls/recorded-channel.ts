import { type HlsAnswer, type HlsRequest, RecordedHls, type RecordedSource } from '@rtmp/hls'
import type { StreamPlace } from '@rtmp/message'
import { type Timed, WheelTimer } from '@rtmp/live/engine'
import type { MemoryPayer, MemoryShare } from '../../../core/memory-share.ts'
import type { OpenRecorded, RecordedReader } from '../../../core/recorded-stream.ts'
import type { ServerCore } from '../../../core/server-core.ts'
import type { WatchedHls } from './watched-hls.ts'

/** Whoever has paused asks for nothing for long. Milliseconds. */
const PAUSE_MS = 600_000

/** How long a file stays open without viewers, in milliseconds. */
const LINGER_MS = 30_000

/** What is kept of a recording's segments, in bytes. */
const KEPT_BYTES = 16 * 1024 * 1024

/** There was not enough memory for it. */
const GIVEN_UP: HlsAnswer = {
  status: 503,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store', 'retry-after': '1' },
  body: 'The server has no memory for it now\n',
}

/** A recording as HLS: its file, open while somebody watches. */
export class RecordedChannel implements WatchedHls, Timed, MemoryPayer {
  readonly idleMs: number = PAUSE_MS
  readonly allowedBytes: number = KEPT_BYTES * 2
  readonly #core: ServerCore
  readonly #path: string
  readonly #reader: Promise<RecordedReader>
  readonly #hls: Promise<RecordedHls>
  readonly #memory: MemoryShare
  readonly #gone: (channel: RecordedChannel) => void
  readonly #timer: WheelTimer = new WheelTimer(this)
  #viewers = 0
  #asking = 0
  #isClosed = false
  /** What is asked now is not waited for either. */
  #isGivenUp = false
  #file: RecordedReader | undefined

  /**
   * @param address - Whoever came first answers for what it holds.
   * @param gone - Called when it has let everything go.
   */
  constructor(
    core: ServerCore,
    path: string,
    open: OpenRecorded,
    address: string,
    gone: (channel: RecordedChannel) => void,
  ) {
    this.#core = core
    this.#path = path
    this.#gone = gone
    this.#memory = core.memory.open(address, this)
    this.#reader = open((bytes) => this.#hold(bytes))
    this.#hls = this.#reader.then((reader) => {
      this.#file = reader
      this.#hold(0)
      return RecordedHls.open(this.#sourceOf(reader), {
        maxBytes: KEPT_BYTES,
        onFault: (fault) => core.failed(`HLS of ${path}`, fault),
        onHeld: (bytes) => this.#hold(bytes),
      })
    })
    // Whoever asks is told.
    this.#hls.catch(() => this.close())
  }

  isAt({ path }: StreamPlace): boolean {
    return !this.#isClosed && path === this.#path
  }

  /** Whether nobody can watch it any more. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  join(): void {
    this.#viewers += 1
    this.#core.wheel.cancel(this.#timer)
  }

  leave(): void {
    this.#viewers -= 1
    if (this.#viewers === 0 && !this.#isClosed) {
      this.#core.wheel.set(this.#timer, this.#core.now() + LINGER_MS)
    }
  }

  async answer(request: HlsRequest): Promise<HlsAnswer> {
    this.#asking += 1
    try {
      const hls = await this.#hls
      const answer = await hls.answer(request)
      // It may have been cut short.
      return this.#isGivenUp ? GIVEN_UP : answer
    } finally {
      this.#asking -= 1
      if (this.#isClosed && this.#asking === 0) this.#release()
    }
  }

  /** @internal */
  onTimer(): void {
    if (this.#viewers === 0) this.close()
  }

  /** See {@link MemoryPayer.payMemory}: it begins anew for whoever asks again. */
  payMemory(): void {
    this.#isGivenUp = true
    this.close()
  }

  /** Lets everything go, when what is asked now has been answered. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#core.wheel.cancel(this.#timer)
    this.#core.memory.close(this.#memory)
    this.#gone(this)
    if (this.#asking === 0) this.#release()
  }

  /** What is cut ends where it is as soon as it has been given up. */
  #sourceOf(reader: RecordedReader): RecordedSource {
    return {
      durationMs: reader.durationMs,
      starts: () => reader.starts(),
      seek: (ms) => reader.seek(ms),
      next: async () => (this.#isGivenUp ? undefined : reader.next()),
    }
  }

  /** Counts what it holds now. */
  #hold(bytes: number): void {
    if (this.#isClosed) return
    this.#memory.set(bytes + (this.#file?.heldBytes ?? 0), 0)
    if (this.#core.memory.isOver) this.#core.memory.shed(this.#core.now())
  }

  #release(): void {
    const failed = (error: unknown): void => this.#core.failed(`closing ${this.#path}`, error)
    this.#reader.then(
      (reader) => void reader.close().catch(failed),
      // It was never open, as whoever has asked was told.
      () => {},
    )
  }
}
