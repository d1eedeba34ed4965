import { AUDIO_FOUR_CCS, type FourCc, fourCcFromNumber, VIDEO_FOUR_CCS } from './four-cc.ts'

/** What `onMetaData` says about a video track; further properties are kept. */
export interface VideoTrackInfo {
  /** Pixels. */
  readonly width?: number
  /** Pixels. */
  readonly height?: number
  /** kbit/s. */
  readonly videodatarate?: number
  /** A legacy codec id, or a FourCC as a number: see {@link codecIdFourCc}. */
  readonly videocodecid?: number
  readonly [property: string]: unknown
}

/** What `onMetaData` says about an audio track; further properties are kept. */
export interface AudioTrackInfo {
  /** kbit/s. */
  readonly audiodatarate?: number
  readonly channels?: number
  /** Hz. */
  readonly samplerate?: number
  /** A legacy sound format, or a FourCC as a number: see {@link codecIdFourCc}. */
  readonly audiocodecid?: number
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

/**
 * The FourCC in `videocodecid` or `audiocodecid` of `onMetaData`: a number whose four bytes are printable, or a text of
 * four characters. GStreamer's bytes in reverse order (`'1cvh'`) are put right when that gives a codec of E-RTMP.
 *
 * @returns `undefined` for legacy codec ids and everything else.
 */
export const codecIdFourCc = (codecId: unknown): FourCc | undefined => {
  const text = typeof codecId === 'number' && codecId > 0xff ? fourCcFromNumber(codecId) : codecId
  if (typeof text !== 'string' || !/^[\x20-\x7e]{4}$/.test(text)) return undefined
  const reversed = [...text].reverse().join('')
  return REVERSIBLE.has(reversed) ? reversed : text
}

const REVERSIBLE: ReadonlySet<string> = new Set([...VIDEO_FOUR_CCS, ...AUDIO_FOUR_CCS])
