import { mkdir, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SegmentStorage } from '../segment-storage.ts'

/** Segments of one stream as files in a folder of its own, which is emptied when it is opened and when it is closed. */
export class DiskStorage implements SegmentStorage {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * Makes an empty store in a folder.
   * @param folder - It and all in it is deleted first: give each stream one that holds nothing else.
   * @throws what the file system says, when the folder cannot be made
   */
  static async open(folder: string): Promise<DiskStorage> {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    return new DiskStorage(folder)
  }

  /** Writes a file of that name. Rejects with what the file system says; what was written of it may stay until the folder goes. */
  async put(name: string, bytes: Uint8Array): Promise<void> {
    await writeFile(join(this.#folder, name), bytes)
  }

  /** Rejects with what the file system says, unless it is that there is no such file. */
  async get(name: string): Promise<Uint8Array | undefined> {
    try {
      return await readFile(join(this.#folder, name))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  /** Returns at once; a file that cannot be deleted goes with the folder. */
  delete(name: string): void {
    // What is left behind goes when the folder does.
    unlink(join(this.#folder, name)).catch(() => {})
  }

  /** Deletes the folder. */
  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }
}
