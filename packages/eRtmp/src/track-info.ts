/** What `onMetaData` says about a video track; further properties are kept. */
export interface VideoTrackInfo {
  /** Pixels. */
  readonly width?: number
  /** Pixels. */
  readonly height?: number
  /** kbit/s. */
  readonly videodatarate?: number
  /** A legacy codec id, or a FourCC as a number: `metadataCodec` of `@rtmp/flv` tells them apart. */
  readonly videocodecid?: number
  /** As it was sent: whatever AMF value the sender chose. */
  readonly [property: string]: unknown
}

/** What `onMetaData` says about an audio track; further properties are kept. */
export interface AudioTrackInfo {
  /** kbit/s. */
  readonly audiodatarate?: number
  /** How many, the subwoofer's included. */
  readonly channels?: number
  /** Hz. */
  readonly samplerate?: number
  /** A legacy sound format, or a FourCC as a number: `metadataCodec` of `@rtmp/flv` tells them apart. */
  readonly audiocodecid?: number
  /** As it was sent: whatever AMF value the sender chose. */
  readonly [property: string]: unknown
}

/** The tracks beside track 0, which the top level of `onMetaData` describes (E-RTMP v2, "Enhancing onMetaData"). */
export interface TrackInfoMaps {
  /** Track id, 1 to 255, → description. */
  readonly video: ReadonlyMap<number, VideoTrackInfo>
  /** Track id, 1 to 255, → description. */
  readonly audio: ReadonlyMap<number, AudioTrackInfo>
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const mapFrom = (value: unknown): ReadonlyMap<number, Readonly<Record<string, unknown>>> => {
  const map = new Map<number, Readonly<Record<string, unknown>>>()
  if (!isObject(value)) return map
  for (const [key, info] of Object.entries(value)) {
    const trackId = /^\d{1,3}$/.test(key) ? Number(key) : 256
    if (trackId < 256 && isObject(info)) map.set(trackId, info)
  }
  return map
}

/**
 * `videoTrackIdInfoMap` and `audioTrackIdInfoMap` of an `onMetaData` object. Never throws; keys that are no track ids and
 * values that are no objects are left out. They are hints, which few encoders send: decide by the stream itself.
 */
export const parseTrackInfoMaps = (metadata: unknown): TrackInfoMaps => ({
  video: mapFrom(isObject(metadata) ? metadata['videoTrackIdInfoMap'] : undefined),
  audio: mapFrom(isObject(metadata) ? metadata['audioTrackIdInfoMap'] : undefined),
})

/** The two properties to add to an `onMetaData` object; a map without entries is left out. */
export const buildTrackInfoMaps = (maps: Partial<TrackInfoMaps>): Record<string, unknown> => ({
  ...(maps.audio?.size ? { audioTrackIdInfoMap: Object.fromEntries(maps.audio) } : {}),
  ...(maps.video?.size ? { videoTrackIdInfoMap: Object.fromEntries(maps.video) } : {}),
})
