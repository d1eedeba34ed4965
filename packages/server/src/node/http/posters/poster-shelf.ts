import type { MemoryLedger } from '@rtmp/live/engine'

/** A picture of a stream. */
export interface Poster {
  /** `image/jpeg`, or `video/mp4` with one picture where nothing can decode it. */
  readonly type: 'image/jpeg' | 'video/mp4'
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** How long a picture is good for, in milliseconds. */
const KEPT_MS = 3000

/** How many are kept, and how much of them, in bytes. */
const MOST = 200
const MOST_BYTES = 16 * 1024 * 1024

interface Entry {
  readonly at: number
  readonly making: Promise<Poster | undefined>
  /** What it is, once it has been made. */
  memory: Uint8Array | undefined
}

/** The pictures of the last seconds, by stream: however many ask, each is made once. */
export class PosterShelf {
  readonly #now: () => number
  readonly #ledger: Pick<MemoryLedger, 'hold' | 'release'>
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  /**
   * @param now - Milliseconds of any clock.
   * @param ledger - Where pictures are counted as long as they are kept.
   */
  constructor(now: () => number, ledger: Pick<MemoryLedger, 'hold' | 'release'>) {
    this.#now = now
    this.#ledger = ledger
  }

  /** The picture of a stream, from the shelf or made now. */
  of(path: string, make: () => Promise<Poster | undefined>): Promise<Poster | undefined> {
    const now = this.#now()
    for (const [known, { at }] of this.#entries) {
      if (now - at < KEPT_MS) break
      this.#drop(known)
    }
    const known = this.#entries.get(path)
    if (known !== undefined) return known.making
    const entry: Entry = { at: now, making: make(), memory: undefined }
    this.#entries.set(path, entry)
    entry.making.then(
      (poster) => this.#made(path, entry, poster?.bytes),
      () => this.#forget(path, entry),
    )
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MOST) break
      this.#drop(oldest)
    }
    return entry.making
  }

  #made(path: string, entry: Entry, bytes: Uint8Array | undefined): void {
    if (bytes === undefined || this.#entries.get(path) !== entry) return
    entry.memory = bytes
    this.#bytes += bytes.length
    this.#ledger.hold(bytes.buffer)
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= MOST_BYTES) break
      this.#drop(oldest)
    }
  }

  #forget(path: string, entry: Entry): void {
    if (this.#entries.get(path) === entry) this.#drop(path)
  }

  #drop(path: string): void {
    const memory = this.#entries.get(path)?.memory
    if (memory !== undefined) {
      this.#bytes -= memory.length
      this.#ledger.release(memory.buffer)
    }
    this.#entries.delete(path)
  }
}
