import type { MediaKind } from '@rtmp/e-rtmp'
import type { CmafTrack } from './track-config.ts'

/** A track of a {@link CmafWriter}: which of the stream's it is, and how it stands in MP4. */
export interface CmafWriterTrack extends CmafTrack {
  /** As in the stream: 0 to 255. Sound and pictures count separately. */
  readonly trackId: number
}

/** What has to be read before the fragments that follow it; whatever was read before it no longer counts. */
export interface InitPiece {
  /** Tells it from the other pieces of a file. */
  readonly kind: 'init'
  /** `ftyp` and `moov`, whole; not written to again. */
  readonly bytes: Uint8Array
  /** Those that the fragments behind it may hold, until the next init segment. */
  readonly tracks: readonly CmafWriterTrack[]
  /** For `MediaSource.isTypeSupported` and `addSourceBuffer`: `'video/mp4; codecs="avc1.64001f,mp4a.40.2"'`. */
  readonly mimeType: string
}

/** What a fragment holds of one track. */
export interface FragmentTrack {
  /** track_ID in the init segment before it. */
  readonly id: number
  /** Whether it is sound or pictures. */
  readonly kind: MediaKind
  /** As in the stream: 0 to 255. */
  readonly trackId: number
  /** How many frames. */
  readonly samples: number
  /** Decode time of the first frame, in milliseconds. */
  readonly start: number
  /** Decode time behind the last frame, in milliseconds. */
  readonly end: number
  /** Decoding can start at its first frame. */
  readonly keyFrame: boolean
}

/** A run of frames: a part, or what a segment is made of. */
export interface FragmentPiece {
  /** Tells it from the other pieces of a file. */
  readonly kind: 'fragment'
  /** 1 and up. */
  readonly sequenceNumber: number
  /** What to send or store, in order. All but the first are views of the frames' payloads. */
  readonly slices: readonly Uint8Array[]
  /** Of all slices. */
  readonly byteLength: number
  /** Those that have frames in it, which need not be all. */
  readonly tracks: readonly FragmentTrack[]
  /** The earliest decode time in it, in milliseconds. */
  readonly start: number
  /** The latest end in it, in milliseconds. */
  readonly end: number
  /** Decoding can start here: each video track in it begins with a key frame. */
  readonly independent: boolean
}

/** What a {@link CmafWriter} writes. */
export type CmafPiece = InitPiece | FragmentPiece
