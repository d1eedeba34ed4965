import type { DecodeError } from '@rtmp/bytes'
import type { MediaFrame, MediaMessage } from '@rtmp/e-rtmp'
import type { Block } from './block.ts'
import type { RecordingStart } from './recording-reader.ts'

/** What a file begins with. */
export interface FileStart {
  /** The headers in force, in the order in which they came. */
  readonly headers: readonly MediaMessage[]
  /** The newest onMetaData. */
  readonly metadata: MediaMessage | undefined
  /** Tracks that the file will have, as far as is known. */
  readonly tracks: readonly { readonly kind: 'audio' | 'video'; readonly trackId: number }[]
  readonly hasAudio: boolean
  readonly hasVideo: boolean
}

/** Bytes to write over those at a position of a file. */
export interface FilePatch {
  readonly position: number
  readonly bytes: Uint8Array
}

/** How files of all formats are built. */
export interface BuilderOptions {
  /** How many places the index has. */
  readonly indexEntries: number
  /** Length of the fragments of an MP4 file, in milliseconds. */
  readonly fragmentMs: number
  /** Told of what the format has no place for. */
  readonly onFault?: (fault: DecodeError, frame: MediaFrame) => void
}

/** What a place in an index takes in memory, in bytes. */
export const PLACE_BYTES = 80

/** Makes the bytes of one file, message by message. It does no I/O. */
export interface FileBuilder {
  /** `flv` or `mp4`. */
  readonly extension: string
  /** How many bytes have come out, so that the next one belongs at that position. */
  readonly position: number
  /** What has come out and what is held back for later, in bytes. */
  readonly bytes: number
  /** What its index takes in memory, in bytes. */
  readonly indexBytes: number
  /** From the file's beginning to the end of its last frame, in milliseconds. */
  readonly durationMs: number
  /** Where decoding can start, as far as its index has room. */
  readonly starts: readonly RecordingStart[]
  begin(start: FileStart, out: Block): void
  /** @param time - Milliseconds from the file's beginning. */
  add(message: MediaMessage, time: number, out: Block): void
  /** Puts out what is held back, so that a file that ends here is whole. */
  cut(out: Block): void
  /** What has come out up to now has been written. */
  keep(): void
  /** Goes back to where it was at the last {@link keep}. */
  revert(): void
  /** What goes behind everything else, in the end. */
  finish(out: Block): void
  /** What is corrected in the end. */
  patches(): readonly FilePatch[]
}
