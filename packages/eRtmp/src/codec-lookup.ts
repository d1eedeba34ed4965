import { soundFormatName, videoCodecName } from '@rtmp/flv'
import type { Codec, VideoCodec } from './codecs/codec.ts'
import { AUDIO_CODECS, VIDEO_CODECS } from './codecs/list.ts'
import { type FourCc, fourCcToNumber, fourCcText } from './four-cc.ts'

/** What messages are: RTMP message or FLV tag type 8 is audio, 9 is video. */
export type MediaKind = 'audio' | 'video'

const byFourCc = <C extends Codec>(codecs: readonly C[]): ReadonlyMap<number, C> =>
  new Map(
    codecs.flatMap((codec) => (codec.fourCc === undefined ? [] : [[fourCcToNumber(codec.fourCc), codec]])),
  )

const videoByFourCc = byFourCc(VIDEO_CODECS)
const audioByFourCc = byFourCc(AUDIO_CODECS)

/** Codecs without a FourCC, and HEVC by its old id, are found by the name that `@rtmp/flv` gives the id. */
const videoByLegacyId: readonly (VideoCodec | undefined)[] = Array.from({ length: 16 }, (_, id) =>
  VIDEO_CODECS.find(({ name }) => name === videoCodecName(id)),
)

/** A video codec by its FourCC's number. */
export const videoCodecOf = (fourCc: number): VideoCodec | undefined => videoByFourCc.get(fourCc)

/** A video codec by its legacy id, 0 to 15. */
export const legacyVideoCodec = (codecId: number): VideoCodec | undefined => videoByLegacyId[codecId]

/** FourCCs of the codecs whose CodedFrames begin with an offset; few, so that a walk is faster than a hash. */
const WITH_OFFSET: readonly number[] = VIDEO_CODECS.flatMap(({ fourCc, hasCompositionTimeOffset: has }) =>
  fourCc !== undefined && has ? [fourCcToNumber(fourCc)] : [],
)

/** Whether CodedFrames of a video codec begin with a composition time offset (E-RTMP v2, ExVideoTagBody). */
export const hasCompositionTimeOffset = (fourCc: number): boolean => WITH_OFFSET.includes(fourCc)

/** The text of a FourCC number; each byte is one character, so that every number survives the way there and back. */
export const fourCcFromNumber = (value: number): FourCc =>
  videoByFourCc.get(value)?.fourCc ?? audioByFourCc.get(value)?.fourCc ?? fourCcText(value)

/** Stands before a FourCC that is not known here, so that it is not taken for a name. */
const UNKNOWN_FOUR_CC = 'fourCc:'

/** As {@link codecNameOf}, of a number on the wire. */
export const nameOfFourCcNumber = (kind: MediaKind, fourCc: number): string =>
  (kind === 'video' ? videoByFourCc : audioByFourCc).get(fourCc)?.name ?? UNKNOWN_FOUR_CC + fourCcText(fourCc)

/** The usual name of a FourCC's codec (`'hvc1'` → `'hevc'`); `'fourCc:xyz1'` for one that is not known. */
export const codecNameOf = (kind: MediaKind, fourCc: FourCc): string =>
  nameOfFourCcNumber(kind, fourCcToNumber(fourCc))

const codecsOf = (kind: MediaKind): readonly Codec[] => (kind === 'video' ? VIDEO_CODECS : AUDIO_CODECS)

/** The usual name of a FourCC's codec, or `undefined` for one that is not known. */
export const knownCodecName = (kind: MediaKind, fourCc: FourCc): string | undefined =>
  codecsOf(kind).find((codec) => codec.fourCc === fourCc)?.name

/**
 * The FourCC of a codec by its name (`'hevc'` → `'hvc1'`), by its FourCC, or by what {@link codecNameOf} calls one that
 * it does not know; `undefined` for codecs that have none.
 */
export const fourCcOf = (kind: MediaKind, codec: string): FourCc | undefined => {
  if (codec.startsWith(UNKNOWN_FOUR_CC)) return codec.slice(UNKNOWN_FOUR_CC.length)
  return codecsOf(kind).find(({ name, fourCc }) => name === codec || fourCc === codec)?.fourCc
}

/** What people call a codec (`'hevc'` → `'H.265'`); its name where that says enough. */
export const codecTitle = (kind: MediaKind, codec: string): string =>
  codecsOf(kind).find(({ name }) => name === codec)?.title ?? codec

/**
 * The CodecID or SoundFormat that the legacy form has for a codec; `undefined` when it has none, or needs to know more
 * than the name.
 */
export const legacyIdOf = (kind: MediaKind, codec: string): number | undefined =>
  codecsOf(kind).find(({ name }) => name === codec)?.legacyId

/** The name of a legacy message's codec, by its first byte. */
export const legacyCodecName = (kind: MediaKind, first: number): string =>
  kind === 'video' ? videoCodecName(first & 15) : soundFormatName(first >> 4, (first >> 1) & 1)
