import type { MediaMessage } from '@rtmp/e-rtmp'
import type { Awaitable } from '../contract/awaitable.ts'

/** What was recorded, read from some position on. Times are milliseconds from its beginning. */
export interface RecordedReader {
  readonly durationMs: number
  /** Memory that it takes at the moment, in bytes, with what {@link next} has given last. */
  readonly heldBytes: number
  /** Where decoding can start, in order: times, and positions in the file, in bytes. */
  starts(): Promise<readonly { readonly time: number; readonly position: number }[]>
  /** Goes to the last key frame at or before a time. @returns its time */
  seek(ms: number): Promise<number>
  /** The next messages, with what a decoder needs first after a seek and at the beginning; `undefined` at the end. */
  next(): Promise<readonly MediaMessage[] | undefined>
  close(): Promise<void>
}

/** Opens what was recorded. @param onHeld - Told how many bytes that takes, until there is a reader that says it. */
export type OpenRecorded = (onHeld?: (bytes: number) => void) => Promise<RecordedReader>

/** Recorded streams that can be played; nothing is open before it is played. */
export interface RecordedStreams {
  /** Below which paths they are: `'vod/'`. */
  readonly prefix: string
  /** What opens a stream by its path; `undefined` where there is none. */
  find(path: string): Awaitable<OpenRecorded | undefined>
  /** What opens a live stream some milliseconds ago, and goes on with it; `undefined` for one that is not recorded at present. */
  past(path: string, ms: number): OpenRecorded | undefined
}
