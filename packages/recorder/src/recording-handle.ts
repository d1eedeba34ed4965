import type { RecordingSummary } from './recording-events.ts'

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
  /** Ends it. Resolves when the last file is finished. */
  stop(): Promise<RecordingSummary>
}
