import type { MediaMessage } from '@rtmp/e-rtmp'

/** A place at which decoding can start. */
export interface RecordingStart {
  /** Milliseconds from the beginning. */
  readonly time: number
  /** Of its first byte, in the file. */
  readonly position: number
}

/** A recording that is read from some position on. Times are milliseconds from its beginning. */
export interface RecordingReader {
  /** To the end of its last frame. 0 for one without frames. */
  readonly durationMs: number
  /** Memory that it takes at the moment, in bytes, with what {@link next} has given last. */
  readonly heldBytes: number
  /**
   * Where decoding can start, in order: key frames of the first video track, without video sound some seconds apart. Files with more
   * than 100,000 of them have not all of them here.
   */
  starts(): Promise<readonly RecordingStart[]>
  /** Goes to the last key frame at or before a time, or the first one. @returns its time */
  seek(ms: number): Promise<number>
  /**
   * The next messages in order, with what a decoder needs first after a {@link seek} and at the beginning: metadata, then
   * headers. `undefined` at the end. What is held at once is bounded.
   */
  next(): Promise<readonly MediaMessage[] | undefined>
  /** Frees the file and what is held of it: call it at the end, too. */
  close(): Promise<void>
}
