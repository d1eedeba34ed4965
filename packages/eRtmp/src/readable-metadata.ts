import { decodeAmf0, decodeAmf0Prefix, ecmaArray, encodeAmf0 } from '@rtmp/amf0'
import { isDecodeError, isUsageError } from '@rtmp/bytes'
import { codecNameOf, fourCcFromNumber, legacyIdOf, type MediaKind } from './codec-lookup.ts'
import type { FourCc } from './four-cc.ts'

/** What the receiver of metadata can read. */
export interface MetadataReader {
  /** Whether it reads a codec in FourCC form. */
  reads(kind: MediaKind, fourCc: FourCc): boolean
  /** Whether it is sent tracks beside track 0. */
  readonly multitrack: boolean
}

const METADATA = 'onMetaData'

/** What metadata says of the main track of a kind; the first names its codec. */
const PROPERTIES = {
  video: ['videocodecid', 'width', 'height', 'framerate', 'videodatarate'],
  audio: ['audiocodecid', 'audiodatarate', 'audiosamplerate', 'audiosamplesize', 'audiochannels', 'stereo'],
} as const

/** Where it describes the other tracks (E-RTMP v2, "Enhancing onMetaData"): track id → properties. */
const TRACK_MAPS = { video: 'videoTrackIdInfoMap', audio: 'audioTrackIdInfoMap' } as const

/** Legacy codec ids take four bits; a FourCC is a number of four bytes. */
const LARGEST_LEGACY_ID = 15

type Properties = Record<string, unknown>

/**
 * A data message's payload (AMF0) as such a reader is to get it: `onMetaData` without the tracks and codecs that it is
 * not sent, since a player that is told of a track waits for it; codecs with a legacy form under its number.
 *
 * @returns New bytes, or `undefined` where nothing is to be changed: for other data too. Never throws.
 */
export const readableMetadata = (
  payload: Uint8Array,
  reader: MetadataReader,
): Uint8Array<ArrayBuffer> | undefined => {
  try {
    if (decodeAmf0Prefix(payload).value !== METADATA) return undefined
    const [, metadata, ...more] = decodeAmf0(payload, { partial: true })
    if (Object.prototype.toString.call(metadata) !== '[object Object]') return undefined
    const properties = { ...(metadata as Properties) }
    let changed = false
    for (const kind of ['video', 'audio'] as const) {
      if (withoutMain(kind, properties, reader)) changed = true
      if (withoutTracks(kind, properties, reader)) changed = true
    }
    if (!changed) return undefined
    return encodeAmf0([METADATA, ecmaArray(properties), ...more])
  } catch (error) {
    if (isDecodeError(error) || isUsageError(error)) return undefined
    throw error
  }
}

/** The number a reader is told for a codec, or `undefined` when it does not get it. */
const readableCodec = (kind: MediaKind, codec: unknown, reader: MetadataReader): unknown => {
  if (typeof codec !== 'number' || codec <= LARGEST_LEGACY_ID) return codec
  const fourCc = fourCcFromNumber(codec)
  return reader.reads(kind, fourCc) ? codec : legacyIdOf(kind, codecNameOf(kind, fourCc))
}

const withoutMain = (kind: MediaKind, properties: Properties, reader: MetadataReader): boolean => {
  const names = PROPERTIES[kind]
  const codec = properties[names[0]]
  const readable = readableCodec(kind, codec, reader)
  if (readable === codec) return false
  if (readable === undefined) for (const name of names) delete properties[name]
  else properties[names[0]] = readable
  return true
}

const withoutTracks = (kind: MediaKind, properties: Properties, reader: MetadataReader): boolean => {
  const name = TRACK_MAPS[kind]
  const tracks = properties[name]
  if (typeof tracks !== 'object' || tracks === null) return false
  const entries = Object.entries(tracks as Properties)
  const readable = reader.multitrack
    ? entries.filter(([, info]) => {
        const codec = (info as Properties | null)?.[PROPERTIES[kind][0]]
        return readableCodec(kind, codec, reader) === codec
      })
    : []
  if (readable.length === entries.length) return false
  if (readable.length === 0) delete properties[name]
  else properties[name] = Object.fromEntries(readable)
  return true
}
