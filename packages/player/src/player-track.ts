import type { MediaKind } from '@rtmp/e-rtmp'

/** A track of the stream, as far as it is known. */
export interface PlayerTrack {
  /** Whether it is sound or pictures. */
  readonly kind: MediaKind
  /** As in the stream: 0 to 255. Pictures and sound count separately. */
  readonly trackId: number
  /** The name of `@rtmp/e-rtmp`: `'h264'`, `'opus'`. */
  readonly codec: string
  /** What people call it: `'H.264'`, `'Opus'`. */
  readonly title: string
  /** RFC 6381; absent as long as it is not known, or where MP4 has no place for the codec. */
  readonly codecString?: string
  /** What was asked of the browser; absent as `codecString`. */
  readonly mimeType?: string
  /** Whether this browser says that it plays it; `undefined` as long as too little is known. */
  readonly playable: boolean | undefined
  /** Whether it is what is seen or heard, or will be from its next key frame on. */
  readonly selected: boolean
  /** Pixels; 0 for sound. */
  readonly width: number
  /** Pixels; 0 for sound. */
  readonly height: number
  /** Hz; 0 for pictures. */
  readonly sampleRate: number
  /** 0 for pictures. */
  readonly channels: number
}
