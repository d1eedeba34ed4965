import type { DecodeError } from '@rtmp/bytes'
import type { MediaFrame } from '@rtmp/e-rtmp'

/** A file that a recording has written. */
export interface RecordedFile {
  /** Its path, as the template has it; `path` of one that is being written has `.part` in it. */
  readonly file: string
  /** Which file of the recording it is, from 1 on. */
  readonly index: number
  /** Its size, so far for one that is being written. */
  readonly bytes: number
  /** From its first frame to the end of its last, in milliseconds. */
  readonly durationMs: number
  /** When its first frame came, in milliseconds since 1970. */
  readonly firstAt: number
  /** When its last frame came, in milliseconds since 1970. */
  readonly lastAt: number
}

/** Why a recording ended: its source did, it was stopped, or it had failed and did not recover until then. */
export type RecordingEndReason = 'sourceEnded' | 'stopped'

/** Why files could not be written. */
export type InterruptionReason =
  /** No room on the disk, or less than is to be left free. */
  | 'diskFull'
  /** The file or its folder was removed or moved. */
  | 'fileGone'
  /** Anything else; the error says what. */
  | 'failed'

/** What happens to a recording. */
export type RecordingEvent =
  /** The first file was begun. */
  | { readonly kind: 'started'; readonly file: string; readonly at: number }
  /** A file was begun. */
  | {
      readonly kind: 'fileStarted'
      readonly file: string
      readonly unfinished: string
      readonly index: number
    }
  /** A file is finished: it has its index, its duration and its name. */
  | ({ readonly kind: 'fileCompleted' } & RecordedFile)
  /** Nothing can be written for now; what comes is left out. */
  | { readonly kind: 'interrupted'; readonly reason: InterruptionReason; readonly error: unknown }
  /** It goes on, with a new file. */
  | { readonly kind: 'resumed'; readonly missedMs: number }
  /** The disk was too slow: so much of the stream is missing. */
  | { readonly kind: 'gap'; readonly missedMs: number }
  /** Frames that the format has no place for; told once for each codec. */
  | { readonly kind: 'unsupported'; readonly fault: DecodeError; readonly frame: MediaFrame }
  /** It is over. */
  | ({ readonly kind: 'ended' } & RecordingSummary)

/** What a recording amounts to. */
export interface RecordingSummary {
  /** Why it has ended. */
  readonly reason: RecordingEndReason
  /** Finished ones. */
  readonly files: number
  /** Of all its files. */
  readonly bytes: number
  /** Of all its files together. */
  readonly durationMs: number
  /** When its first frame came, in milliseconds since 1970; `undefined` when there was none. */
  readonly firstAt: number | undefined
  /** When its last frame came, in milliseconds since 1970; `undefined` when there was none. */
  readonly lastAt: number | undefined
  /** What is missing, in milliseconds: gaps and interruptions. */
  readonly missedMs: number
}
