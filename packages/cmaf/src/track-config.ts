import type { MediaKind } from '@rtmp/e-rtmp'

/** What an init segment says of a track: everything a decoder has to know before the first sample. */
export interface TrackConfig {
  /** Whether it is sound or pictures. */
  readonly kind: MediaKind
  /** The one name of `@rtmp/e-rtmp`: `'h264'`, `'eac3'`. */
  readonly codec: string
  /** RFC 6381, for `MediaSource.isTypeSupported` and the CODECS of HLS: `'avc1.64001f'`, `'mp4a.40.2'`, `'Opus'`. */
  readonly codecString: string
  /** The whole sample entry box (`avc1`, `mp4a`, …) with its configuration. */
  readonly sampleEntry: Uint8Array
  /** Pixels; 0 for sound. */
  readonly width: number
  /** Pixels; 0 for sound. */
  readonly height: number
  /** Hz, as heard; 0 for video. */
  readonly sampleRate: number
  /** 0 for video. */
  readonly channels: number
  /** How long a frame usually lasts in milliseconds, a fraction in most cases; absent where nothing says so. */
  readonly frameDuration?: number
}

/** A track of an init segment. */
export interface CmafTrack {
  /** track_ID, 1 or more, different for each track of an init segment. */
  readonly id: number
  /** Goes into the init segment (`stsd`); its codec string into the MIME type. */
  readonly config: TrackConfig
  /**
   * Units of a second in which this track's times are written, 1000 to 1,000,000,000. Default 1000: RTMP's own
   * milliseconds, so that nothing is rounded, here or by a reader.
   */
  readonly timescale?: number
}

/** Milliseconds, the unit of RTMP's timestamps. */
export const DEFAULT_TIMESCALE = 1000

/** The MIME type of one or several tracks: `'video/mp4; codecs="avc1.64001f,mp4a.40.2"'`. */
export const mimeTypeOf = (configs: readonly TrackConfig[]): string => {
  const kind = configs.some((config) => config.kind === 'video') ? 'video' : 'audio'
  return `${kind}/mp4; codecs="${configs.map((config) => config.codecString).join(',')}"`
}
