import type { FileFacts, RecordingFile, RecordingFiles } from './files.ts'

/** What is known of a file, the same for all who read it. */
export interface FileIndex {
  /** Memory that it takes, in bytes. */
  readonly heldBytes: number
}

/** What somebody who reads a file has of its index. */
export interface Loan<Index extends FileIndex = FileIndex> {
  readonly index: Index
  /** His share of the memory that it takes, in bytes. */
  readonly heldBytes: number
  /** He reads it no more. */
  leave(): void
}

/** An index that is lent to somebody, or will be in a moment. */
interface Shared<Index> {
  readonly facts: FileFacts
  readonly index: Promise<Index>
  users: number
}

/** Indexes of files that are being read: of many viewers of a file, each would else look through it, and hold all of its index. */
export class FileShelf<Index extends FileIndex> {
  readonly #shared = new Map<string, Shared<Index>>()

  /**
   * The index of a file, for as long as its `leave` has not been called.
   *
   * @param look - Makes it, of a file that nobody reads. What it throws is thrown.
   */
  async take(
    files: RecordingFiles,
    path: string,
    file: RecordingFile,
    look: (file: RecordingFile, facts: FileFacts) => Promise<Index>,
  ): Promise<Loan<Index>> {
    const facts = (await files.facts(path)) ?? { bytes: await file.size(), changedAt: 0 }
    const found = this.#shared.get(path)
    const isSame = found?.facts.bytes === facts.bytes && found.facts.changedAt === facts.changedAt
    const shared = found !== undefined && isSame ? found : { facts, index: look(file, facts), users: 0 }
    this.#shared.set(path, shared)
    shared.users += 1
    let isLent = true
    const leave = (): void => {
      if (!isLent) return
      isLent = false
      shared.users -= 1
      if (shared.users === 0 && this.#shared.get(path) === shared) this.#shared.delete(path)
    }
    try {
      const index = await shared.index
      return {
        index,
        get heldBytes() {
          return isLent ? index.heldBytes / shared.users : 0
        },
        leave,
      }
    } catch (error) {
      leave()
      throw error
    }
  }
}
