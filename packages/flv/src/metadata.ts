import { type Amf0Object, type Amf0Plain, ecmaArray } from '@rtmp/amf0'
import { type MetadataCodec, metadataCodec } from './codec-id.ts'
import type { KeyframeIndex } from './facts.ts'
import { keyframesProperty, readKeyframeIndex } from './keyframe-index.ts'
import type { FourCcName } from './rules.ts'
import { encodeScriptData, type ScriptData } from './script-data.ts'

/**
 * onMetaData with its usual properties under one name and type each (FLV §E.5). Values are advice of whoever wrote the
 * stream: decide from the media. Seconds, pixels, Hz, kbit/s and bytes, as on the wire.
 */
export interface FlvMetadata {
  /** Seconds; 0 or absent in live streams. */
  readonly duration?: number
  /** Pixels; what the encoder was told, not always what it sends. */
  readonly width?: number
  /** Pixels, as `width`. */
  readonly height?: number
  /** Frames a second; a mean or a wish. */
  readonly frameRate?: number
  /** kbit/s. */
  readonly videoDataRate?: number
  /** kbit/s. */
  readonly audioDataRate?: number
  /** Hz. */
  readonly audioSampleRate?: number
  /** Bits; 16 for what is compressed. */
  readonly audioSampleSize?: number
  /** How many: not of FLV §E.5, and written by OBS. */
  readonly audioChannels?: number
  /** Bytes of the whole file; from `fileSize` too. */
  readonly fileSize?: number
  /** Bytes of all tags, as tools that index files write it. */
  readonly dataSize?: number
  /** Bytes of all video tags, as such tools write it. */
  readonly videoSize?: number
  /** Bytes of all audio tags, as such tools write it. */
  readonly audioSize?: number
  /** Seconds: of the last tag. */
  readonly lastTimestamp?: number
  /** Seconds: of the last key frame. */
  readonly lastKeyframeTimestamp?: number
  /** Bytes from the file's beginning to the last key frame. */
  readonly lastKeyframeLocation?: number
  /** Whether the sound is stereo. */
  readonly stereo?: boolean
  /** Whether the last video frame is a key frame (FLV §E.5). */
  readonly canSeekToEnd?: boolean
  /** Written by tools that index files, as are the next three. */
  readonly hasVideo?: boolean
  /** See `hasVideo`. */
  readonly hasAudio?: boolean
  /** See `hasVideo`. */
  readonly hasMetadata?: boolean
  /** See `hasVideo`: whether `keyframes` is there. */
  readonly hasKeyframes?: boolean
  /** The software that wrote it, in its own words. */
  readonly encoder?: string
  /** In whatever form the writer chose; `creationdate` on the wire. */
  readonly creationDate?: string
  /** From `videocodecid`; not written back, change the property for that. */
  readonly videoCodec?: MetadataCodec
  /** From `audiocodecid`; not written back, change the property for that. */
  readonly audioCodec?: MetadataCodec
  /** Where the key frames are. */
  readonly keyframes?: KeyframeIndex
  /** All properties as they came, in their order, known ones and others. */
  readonly properties: Amf0Object
}

/** The fields that are of a type, each with the names that it has on the wire. */
type FieldNames<Value> = {
  readonly [Field in keyof FlvMetadata as NonNullable<FlvMetadata[Field]> extends Value
    ? Field
    : never]-?: readonly string[]
}

/** Numbers of onMetaData: field, then the names it has on the wire; new ones are written with the first. */
const NUMBERS: FieldNames<number> = {
  duration: ['duration'],
  width: ['width'],
  height: ['height'],
  frameRate: ['framerate', 'videoframerate'],
  videoDataRate: ['videodatarate'],
  audioDataRate: ['audiodatarate'],
  audioSampleRate: ['audiosamplerate'],
  audioSampleSize: ['audiosamplesize'],
  audioChannels: ['audiochannels'],
  fileSize: ['filesize', 'fileSize'],
  dataSize: ['datasize'],
  videoSize: ['videosize'],
  audioSize: ['audiosize'],
  lastTimestamp: ['lasttimestamp'],
  lastKeyframeTimestamp: ['lastkeyframetimestamp'],
  lastKeyframeLocation: ['lastkeyframelocation'],
}

const BOOLEANS: FieldNames<boolean> = {
  stereo: ['stereo'],
  canSeekToEnd: ['canSeekToEnd'],
  hasVideo: ['hasVideo'],
  hasAudio: ['hasAudio'],
  hasMetadata: ['hasMetadata'],
  hasKeyframes: ['hasKeyframes'],
}

const STRINGS: FieldNames<string> = { encoder: ['encoder'], creationDate: ['creationdate'] }

const FIELDS: Readonly<Record<string, readonly string[]>> = { ...NUMBERS, ...BOOLEANS, ...STRINGS }

/** Numbers also as texts, as some encoders write them; booleans also as 0 and 1. */
const coerce = (field: string, value: Amf0Plain): number | boolean | string | undefined => {
  if (field in NUMBERS) {
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    return typeof number === 'number' && Number.isFinite(number) ? number : undefined
  }
  if (field in BOOLEANS) {
    if (typeof value === 'boolean') return value
    return value === 0 || value === 1 ? value === 1 : undefined
  }
  return typeof value === 'string' ? value : undefined
}

const wireName = (names: readonly string[], properties: Amf0Object): string | undefined =>
  names.find((name) => Object.hasOwn(properties, name))

/**
 * The typed view of onMetaData's object. Never fails: what has an unexpected type is only in `properties`.
 *
 * @param value - The object, or whatever came in its place.
 * @param fourCcName - Names of FourCCs: `flvRules.fourCcName` of `@rtmp/e-rtmp`. Without it those codecs are `'unknown'`, with
 *   their FourCC beside it.
 */
export const readMetadata = (value: Amf0Plain, fourCcName?: FourCcName): FlvMetadata => {
  const plain = typeof value === 'object' && value !== null && !Array.isArray(value)
  const properties = plain ? (value as Amf0Object) : {}
  const metadata: Record<string, unknown> & Pick<FlvMetadata, 'properties'> = { properties }
  for (const field of Object.keys(FIELDS)) {
    const name = wireName(FIELDS[field] as readonly string[], properties)
    const known = name === undefined ? undefined : coerce(field, properties[name])
    if (known !== undefined) metadata[field] = known
  }
  const videoCodec = metadataCodec(own(properties, 'videocodecid'), 'video', fourCcName)
  const audioCodec = metadataCodec(own(properties, 'audiocodecid'), 'audio', fourCcName)
  const keyframes = readKeyframeIndex(own(properties, 'keyframes'))
  if (videoCodec !== undefined) metadata['videoCodec'] = videoCodec
  if (audioCodec !== undefined) metadata['audioCodec'] = audioCodec
  if (keyframes !== undefined) metadata['keyframes'] = keyframes
  return metadata
}

const own = (properties: Amf0Object, name: string): Amf0Plain =>
  Object.hasOwn(properties, name) ? properties[name] : undefined

/** The typed view of script data, or `undefined` when they are not onMetaData. */
export const metadataOf = (data: ScriptData, fourCcName?: FourCcName): FlvMetadata | undefined =>
  data.name === 'onMetaData' ? readMetadata(data.values[0], fourCcName) : undefined

/**
 * The properties of onMetaData for the wire: `properties` as they are, and over them the typed fields that differ.
 * Properties keep their place and their form where nothing changed, new ones come last.
 */
export const metadataProperties = (metadata: Partial<FlvMetadata>): Amf0Object => {
  const properties: Amf0Object = { ...metadata.properties }
  for (const field of Object.keys(FIELDS)) {
    const names = FIELDS[field] as readonly string[]
    const value = (metadata as Record<string, Amf0Plain>)[field]
    if (value === undefined) continue
    const name = wireName(names, properties) ?? (names[0] as string)
    if (coerce(field, own(properties, name)) !== value) properties[name] = value
  }
  if (metadata.keyframes !== undefined) properties['keyframes'] = keyframesProperty(metadata.keyframes)
  return properties
}

/** The payload of an onMetaData script tag, an ECMA array as the specification asks. */
export const encodeMetadata = (metadata: Partial<FlvMetadata>): Uint8Array<ArrayBuffer> =>
  encodeScriptData('onMetaData', [ecmaArray(metadataProperties(metadata))])
