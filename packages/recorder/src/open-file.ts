import type { MediaMessage } from '@rtmp/e-rtmp'
import { Block } from './block.ts'
import type { FileBuilder, FileStart } from './file-builder.ts'
import { fileName, type NameParts, numberedName, unfinishedName } from './file-name.ts'
import { failureCode, type RecordingFile, type RecordingFiles } from './files.ts'
import type { RecordedFile } from './recording-events.ts'
import type { RecordingStart } from './recording-reader.ts'

/** What is gathered before it is written, in bytes. */
const BLOCK_BYTES = 128 * 1024

/** How many names are tried. */
const MOST_NAMES = 10_000

/** A file that is being written. Its methods reject with what the file system says; then only {@link abandon} is left. */
export class OpenFile {
  /** Its name in the end. */
  readonly path: string
  readonly index: number
  readonly #files: RecordingFiles
  readonly #file: RecordingFile
  readonly #builder: FileBuilder
  readonly #block = new Block(BLOCK_BYTES)
  #written = 0
  #syncing: Promise<void> | undefined
  #syncFailure: { readonly error: unknown } | undefined
  #firstAt: number | undefined
  #lastAt = 0
  #keptLastAt = 0

  private constructor(
    files: RecordingFiles,
    file: RecordingFile,
    path: string,
    index: number,
    builder: FileBuilder,
  ) {
    this.#files = files
    this.#file = file
    this.path = path
    this.index = index
    this.#builder = builder
  }

  /** Creates a file under a name that nobody has. */
  static async create(
    files: RecordingFiles,
    template: string,
    parts: NameParts,
    builder: FileBuilder,
    start: FileStart,
  ): Promise<OpenFile> {
    const wanted = fileName(template, parts)
    for (let number = 1; number <= MOST_NAMES; number++) {
      const path = numberedName(wanted, number)
      const unfinished = unfinishedName(path)
      let file: RecordingFile
      try {
        file = await files.create(unfinished)
      } catch (error) {
        if (failureCode(error) === 'EEXIST') continue
        throw error
      }
      // Whoever has the unfinished name has the finished one.
      if ((await files.facts(path)) !== undefined) {
        await file.close()
        await files.remove(unfinished)
        continue
      }
      const open = new OpenFile(files, file, path, parts.index, builder)
      builder.begin(start, open.#block)
      return open
    }
    throw new Error(`${MOST_NAMES} files are called like ${wanted}`)
  }

  get unfinished(): string {
    return unfinishedName(this.path)
  }

  /** What is in it and what will be, in bytes. */
  get bytes(): number {
    return this.#builder.bytes
  }

  get durationMs(): number {
    return this.#builder.durationMs
  }

  /** Where decoding can start in what has been written. */
  get starts(): readonly RecordingStart[] {
    return this.#builder.starts.filter(({ position }) => position < this.#written)
  }

  /** Memory that it takes: both buffers, what the builder holds back, places of its index. In bytes. */
  get heldBytes(): number {
    return this.#block.heldBytes + this.#builder.bytes - this.#builder.position + this.#builder.indexBytes
  }

  /** Whether enough was gathered to be written. */
  get isFull(): boolean {
    return this.#block.length >= BLOCK_BYTES
  }

  /** @param time - Milliseconds from the beginning of the file. @param at - Milliseconds since 1970. */
  add(message: MediaMessage, time: number, at: number): void {
    this.#builder.add(message, time, this.#block)
    if (!message.isCoded) return
    this.#firstAt ??= at
    this.#lastAt = at
  }

  /** Writes what was gathered. */
  async flush(): Promise<void> {
    if (this.#syncFailure !== undefined) throw this.#syncFailure.error
    if (this.#block.length === 0) return
    const bytes = this.#block.take()
    await this.#file.write(bytes, this.#written)
    this.#written += bytes.length
    this.#keptLastAt = this.#lastAt
    this.#builder.keep()
  }

  /** Lets what was written survive a power cut, while writing goes on. What fails is told by the next {@link flush}. */
  beginSync(): void {
    this.#syncing ??= this.#file
      .touch()
      .then(() => this.#file.sync())
      .catch((error: unknown) => {
        this.#syncFailure = { error }
      })
      .finally(() => {
        this.#syncing = undefined
      })
  }

  /** Whether it is still where it was put. */
  async isThere(): Promise<boolean> {
    return (await this.#files.facts(this.unfinished)) !== undefined
  }

  /**
   * Finishes it: index, duration, name.
   *
   * @returns `undefined` when nothing came of what was added; then there is no file
   */
  async finish(): Promise<RecordedFile | undefined> {
    this.#builder.cut(this.#block)
    await this.flush()
    this.#builder.finish(this.#block)
    await this.flush()
    await this.#patch()
    await this.#syncing
    await this.#file.sync()
    await this.#file.close()
    if (this.#written === 0) {
      await this.#files.remove(this.unfinished)
      return undefined
    }
    await this.#files.rename(this.unfinished, this.path)
    return this.#recorded(this.#lastAt)
  }

  /**
   * Saves what can be saved after something has failed: the file ends with the last bytes that were written whole.
   *
   * @returns `undefined` when nothing was
   */
  async abandon(): Promise<RecordedFile | undefined> {
    const builder = this.#builder
    builder.revert()
    await this.#syncing
    const attempt = async (act: () => Promise<unknown>): Promise<boolean> =>
      act().then(
        () => true,
        () => false,
      )
    await attempt(() => this.#file.truncate(this.#written))
    if (this.#written > 0) {
      this.#block.take()
      builder.finish(this.#block)
      const end = this.#block.take()
      const hasEnd = await attempt(() => this.#file.write(end, this.#written))
      if (hasEnd) this.#written += end.length
      else await attempt(() => this.#file.truncate(this.#written))
      await attempt(() => this.#patch())
    }
    await attempt(() => this.#file.sync())
    await attempt(() => this.#file.close())
    if (this.#written === 0 || this.#firstAt === undefined || this.#keptLastAt === 0) {
      await attempt(() => this.#files.remove(this.unfinished))
      return undefined
    }
    const isNamed = await attempt(() => this.#files.rename(this.unfinished, this.path))
    return isNamed ? this.#recorded(this.#keptLastAt) : undefined
  }

  async #patch(): Promise<void> {
    for (const { position, bytes } of this.#builder.patches()) await this.#file.write(bytes, position)
  }

  #recorded(lastAt: number): RecordedFile {
    const { path: file, index, durationMs } = this
    return { file, index, bytes: this.#written, durationMs, firstAt: this.#firstAt ?? lastAt, lastAt }
  }
}
