import type { RecordingSummary } from './recording-events.ts'
import type { RecordingReader } from './recording-reader.ts'

/** A recording that is under way; see {@link record}. */
export interface Recording {
  /** Resolves when all is written; never rejects: what fails is told as an event, and tried again. */
  readonly ended: Promise<RecordingSummary>
  /** The file that is being written, under the name that it has as yet. */
  readonly file: string | undefined
  /** Of all files so far. */
  readonly bytes: number
  /** Of all files so far, in milliseconds. */
  readonly durationMs: number
  /** Memory that it takes at the moment, in bytes; what waits in its source is not in it. */
  readonly heldBytes: number
  /** Whether nothing can be written at the moment. */
  readonly isInterrupted: boolean
  /**
   * Reads what is being recorded from the key frame before some time ago on, as far back as its files reach, and what comes then, until it
   * ends. Where nothing has come for now, the reader gives no messages and asks to be asked again. Times count from where it begins.
   *
   * @param ms - How long ago.
   * @returns `undefined` while nothing has been written
   */
  readBack(ms: number): Promise<RecordingReader | undefined>
  /** Ends it. Resolves when the last file is finished. */
  stop(): Promise<RecordingSummary>
}
