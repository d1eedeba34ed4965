import type { MediaMessage } from '@rtmp/e-rtmp'
import type { FileIndex, Loan } from './file-shelf.ts'
import { FlvIndex } from './flv-index.ts'
import { FlvReading } from './flv-reading.ts'
import { FragmentIndex } from './fragment-index.ts'
import { Mp4Reading } from './mp4-reading.ts'
import { openRecording } from './open-recording.ts'
import type { OpenFile } from './open-file.ts'
import type { RecordingReader, RecordingStart } from './recording-reader.ts'
import type { ResolvedOptions } from './recording-options.ts'
import type { Trail, TrailFile } from './trail.ts'

/** How long it waits at the end of what has been written, in milliseconds. */
const WAIT_MS = 200

/** What is recorded, and where. */
export interface ReadBackSource extends Pick<ResolvedOptions, 'files' | 'format' | 'clock'> {
  readonly trail: Trail
  /** How long it is as yet, in milliseconds. */
  readonly recording: { readonly durationMs: number }
}

/**
 * A recording that goes on, read from some time ago on: over its files, and at the end of what has been written with what comes, until
 * the recording ends. Its times count from where it begins.
 */
export class ReadBack implements RecordingReader {
  readonly #source: ReadBackSource
  #file: TrailFile
  #reader: RecordingReader
  /** Where it begins, in milliseconds of the recording. */
  #origin = 0
  #wake: (() => void) | undefined

  private constructor(source: ReadBackSource, file: TrailFile, reader: RecordingReader) {
    this.#source = source
    this.#file = file
    this.#reader = reader
  }

  /** @param ms - How long ago. @returns `undefined` while there is nothing to read */
  static async open(source: ReadBackSource, ms: number): Promise<ReadBack | undefined> {
    const { trail, recording } = source
    const from = Math.max(0, recording.durationMs - ms)
    const wanted = trail.at(from)
    if (wanted === undefined) return undefined
    const { file, reader } = await opened(source, wanted)
    const back = new ReadBack(source, file, reader)
    back.#origin = file.startMs + (await reader.seek(from - file.startMs))
    return back
  }

  get durationMs(): number {
    return this.#source.recording.durationMs - this.#origin
  }

  get heldBytes(): number {
    return this.#reader.heldBytes
  }

  async starts(): Promise<readonly RecordingStart[]> {
    const starts = await this.#reader.starts()
    return starts
      .map(({ time, position }) => ({ time: time + this.#shift, position }))
      .filter(({ time }) => time >= 0)
  }

  async seek(ms: number): Promise<number> {
    const wanted = this.#origin + Math.max(0, ms)
    const file = this.#source.trail.at(wanted) ?? this.#file
    if (file !== this.#file) await this.#goTo(file)
    return (await this.#reader.seek(wanted - this.#file.startMs)) + this.#shift
  }

  async next(): Promise<readonly MediaMessage[] | undefined> {
    const { isOver } = this.#source.trail
    const messages = await this.#reader.next()
    if (messages !== undefined && messages.length > 0)
      return messages.map((message) => message.at(Math.max(0, Math.round(message.timestamp + this.#shift))))
    const { next } = this.#file
    if (messages === undefined && next !== undefined) {
      await this.#goTo(next)
      return this.next()
    }
    if (messages === undefined && isOver) return undefined
    await this.#wait()
    return []
  }

  async close(): Promise<void> {
    this.#wake?.()
    await this.#reader.close()
  }

  /** What comes to the times of the file that is read. */
  get #shift(): number {
    return this.#file.startMs - this.#origin
  }

  async #goTo(file: TrailFile): Promise<void> {
    const { file: found, reader } = await opened(this.#source, file)
    await this.#reader.close()
    this.#reader = reader
    this.#file = found
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#source.clock.after(WAIT_MS, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }
}

/** Opens a file; where it is gone, the one behind it. */
const opened = async (
  source: ReadBackSource,
  file: TrailFile,
): Promise<{ readonly file: TrailFile; readonly reader: RecordingReader }> => {
  try {
    return { file, reader: await readerOf(source, file) }
  } catch (error) {
    if (file.next === undefined) throw error
    return opened(source, file.next)
  }
}

const readerOf = async (source: ReadBackSource, file: TrailFile): Promise<RecordingReader> => {
  const { writing, path } = file
  if (writing === undefined) return openRecording(source.files, path)
  try {
    return await growing(source, file, writing)
  } catch (error) {
    // It may have been finished just now, and is called otherwise.
    if (file.writing !== undefined) throw error
    return openRecording(source.files, path)
  }
}

const growing = async (
  { files, format }: ReadBackSource,
  trailed: TrailFile,
  { unfinished, starts, durationMs }: OpenFile,
): Promise<RecordingReader> => {
  const file = await files.open(unfinished, 'read')
  const grows = (): boolean => trailed.writing !== undefined
  try {
    return format === 'flv'
      ? new FlvReading(file, own(await FlvIndex.growing(file, starts, durationMs)), grows)
      : new Mp4Reading(file, own(await FragmentIndex.growing(file, starts, durationMs)), grows)
  } catch (error) {
    await file.close()
    throw error
  }
}

/** An index of one's own: of a file that grows, each who comes has another one. */
const own = <Index extends FileIndex>(index: Index): Loan<Index> => ({
  index,
  get heldBytes() {
    return index.heldBytes
  },
  leave: () => {},
})
