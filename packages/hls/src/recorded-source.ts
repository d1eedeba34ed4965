import type { MediaMessage } from '@rtmp/e-rtmp'

/** A place of a recording at which decoding can start. */
export interface RecordedStart {
  /** Milliseconds from the recording's beginning. */
  readonly time: number
  /** Of its first byte, in the file: distances of these are read as rates. */
  readonly position: number
}

/** A recording that is read piece by piece, as `openRecording` of `@rtmp/recorder` gives it. Asked for one thing at a time. */
export interface RecordedSource {
  /** From the first to the end of the last frame, in milliseconds; 0 where it is not known. */
  readonly durationMs: number
  /** In order of time; none where it is not known. */
  starts(): Promise<readonly RecordedStart[]>
  /** Goes to the last start at or before a time, in milliseconds. */
  seek(ms: number): Promise<number>
  /** The next messages, behind a {@link seek} with metadata and headers first; `undefined` at the end. */
  next(): Promise<readonly MediaMessage[] | undefined>
}
