import type { OpenFile } from './open-file.ts'

/** A file of a recording, as one who reads it back finds it. */
export interface TrailFile {
  /** Where it begins: milliseconds of all files before it. */
  readonly startMs: number
  /** Its name in the end. */
  readonly path: string
  /** While it is being written. */
  writing: OpenFile | undefined
  /** The one behind it. */
  next: TrailFile | undefined
}

/** How many files back it goes. */
const MOST_FILES = 1000

/** The files that a recording has made, and the one it is at: for who reads it back while it goes on. */
export class Trail {
  #files: readonly TrailFile[] = []
  /** No file comes any more. */
  isOver = false

  /** A file has begun. */
  began(writing: OpenFile, startMs: number): void {
    const file: TrailFile = { startMs, path: writing.path, writing, next: undefined }
    const last = this.#files.at(-1)
    if (last !== undefined) last.next = file
    this.#files = [...this.#files.slice(1 - MOST_FILES), file]
  }

  /** The last file that has begun is as it will be, or is gone. */
  ended(): void {
    const last = this.#files.at(-1)
    if (last !== undefined) last.writing = undefined
  }

  /** The file in which a time lies; before all of them, the first. */
  at(ms: number): TrailFile | undefined {
    return this.#files.findLast(({ startMs }) => startMs <= ms) ?? this.#files[0]
  }
}
