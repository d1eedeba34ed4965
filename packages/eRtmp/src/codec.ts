import { SoundFormat, soundFormatName, VideoCodecId, videoCodecName } from '@rtmp/flv'
import type { MediaKind } from './classify.ts'
import { type FourCc, fourCcFromNumber, fourCcToNumber } from './four-cc.ts'

/**
 * Codecs by the one name that both forms of a message share (as FFmpeg spells them), with the FourCC of the enhanced
 * form and the id of the legacy form. Codecs that have no FourCC are named by `@rtmp/flv`.
 */
interface Codec {
  readonly name: string
  /** For people. */
  readonly title: string
  readonly fourCc: FourCc
  readonly legacyId: number | undefined
}

const VIDEO: readonly Codec[] = [
  { name: 'h264', title: 'H.264', fourCc: 'avc1', legacyId: VideoCodecId.avc },
  // Codec id 12 is read, and never written: it is in no specification.
  { name: 'hevc', title: 'H.265', fourCc: 'hvc1', legacyId: undefined },
  { name: 'av1', title: 'AV1', fourCc: 'av01', legacyId: undefined },
  { name: 'vp9', title: 'VP9', fourCc: 'vp09', legacyId: undefined },
  { name: 'vp8', title: 'VP8', fourCc: 'vp08', legacyId: undefined },
  { name: 'vvc', title: 'H.266', fourCc: 'vvc1', legacyId: undefined },
]

const AUDIO: readonly Codec[] = [
  { name: 'aac', title: 'AAC', fourCc: 'mp4a', legacyId: SoundFormat.aac },
  { name: 'mp3', title: 'MP3', fourCc: '.mp3', legacyId: SoundFormat.mp3 },
  { name: 'opus', title: 'Opus', fourCc: 'Opus', legacyId: undefined },
  { name: 'flac', title: 'FLAC', fourCc: 'fLaC', legacyId: undefined },
  { name: 'ac3', title: 'AC-3', fourCc: 'ac-3', legacyId: undefined },
  { name: 'eac3', title: 'E-AC-3', fourCc: 'ec-3', legacyId: undefined },
]

const namesOf = (codecs: readonly Codec[]): ReadonlyMap<number, string> =>
  new Map(codecs.map(({ name, fourCc }) => [fourCcToNumber(fourCc), name]))

const videoNames = namesOf(VIDEO)
const audioNames = namesOf(AUDIO)

/** Stands before a FourCC that is not known here, so that it is not taken for a name. */
const UNKNOWN_FOUR_CC = 'fourCc:'

/** As {@link codecNameOf}, of a number on the wire. */
export const nameOfFourCcNumber = (kind: MediaKind, fourCc: number): string =>
  (kind === 'video' ? videoNames : audioNames).get(fourCc) ?? UNKNOWN_FOUR_CC + fourCcFromNumber(fourCc)

/** The usual name of a FourCC's codec (`'hvc1'` → `'hevc'`); `'fourCc:xyz1'` for one that is not known. */
export const codecNameOf = (kind: MediaKind, fourCc: FourCc): string =>
  nameOfFourCcNumber(kind, fourCcToNumber(fourCc))

const tableOf = (kind: MediaKind): readonly Codec[] => (kind === 'video' ? VIDEO : AUDIO)

/**
 * The FourCC of a codec by its name (`'hevc'` → `'hvc1'`), by its FourCC, or by what {@link codecNameOf} calls one that
 * it does not know; `undefined` for codecs that have none.
 */
export const fourCcOf = (kind: MediaKind, codec: string): FourCc | undefined => {
  if (codec.startsWith(UNKNOWN_FOUR_CC)) return codec.slice(UNKNOWN_FOUR_CC.length)
  return tableOf(kind).find(({ name, fourCc }) => name === codec || fourCc === codec)?.fourCc
}

/** What people call a codec (`'hevc'` → `'H.265'`); its name where that says enough. */
export const codecTitle = (kind: MediaKind, codec: string): string =>
  tableOf(kind).find(({ name }) => name === codec)?.title ?? codec

/**
 * The CodecID or SoundFormat that the legacy form has for a codec; `undefined` when it has none, or needs to know more
 * than the name.
 */
export const legacyIdOf = (kind: MediaKind, codec: string): number | undefined =>
  tableOf(kind).find(({ name }) => name === codec)?.legacyId

/** The name of a legacy message's codec, by its first byte. */
export const legacyCodecName = (kind: MediaKind, first: number): string =>
  kind === 'video' ? videoCodecName(first & 15) : soundFormatName(first >> 4, (first >> 1) & 1)
