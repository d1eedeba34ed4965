import { SoundFormat, soundFormatName, VideoCodecId, videoCodecName } from '@rtmp/flv'
import type { MediaKind } from './classify.ts'
import { type FourCc, fourCcFromNumber, fourCcToNumber } from './four-cc.ts'

/**
 * Codecs by the one name that both forms of a message share (as FFmpeg spells them), with the FourCC of the enhanced
 * form and the id of the legacy form. Codecs that have no FourCC are named by `@rtmp/flv`.
 */
interface Codec {
  readonly name: string
  readonly fourCc: FourCc
  readonly legacyId: number | undefined
}

const VIDEO: readonly Codec[] = [
  { name: 'h264', fourCc: 'avc1', legacyId: VideoCodecId.avc },
  // Codec id 12 is read, and never written: it is in no specification.
  { name: 'hevc', fourCc: 'hvc1', legacyId: undefined },
  { name: 'av1', fourCc: 'av01', legacyId: undefined },
  { name: 'vp9', fourCc: 'vp09', legacyId: undefined },
  { name: 'vp8', fourCc: 'vp08', legacyId: undefined },
  { name: 'vvc', fourCc: 'vvc1', legacyId: undefined },
]

const AUDIO: readonly Codec[] = [
  { name: 'aac', fourCc: 'mp4a', legacyId: SoundFormat.aac },
  { name: 'mp3', fourCc: '.mp3', legacyId: SoundFormat.mp3 },
  { name: 'opus', fourCc: 'Opus', legacyId: undefined },
  { name: 'flac', fourCc: 'fLaC', legacyId: undefined },
  { name: 'ac3', fourCc: 'ac-3', legacyId: undefined },
  { name: 'eac3', fourCc: 'ec-3', legacyId: undefined },
]

const names: ReadonlyMap<number, string> = new Map(
  [...VIDEO, ...AUDIO].map(({ name, fourCc }) => [fourCcToNumber(fourCc), name]),
)

/** The name of the codec of a FourCC number; the FourCC's own text when it is not known. */
export const nameOfFourCcNumber = (fourCc: number): string => names.get(fourCc) ?? fourCcFromNumber(fourCc)

/** The usual name of a FourCC's codec (`'hvc1'` → `'hevc'`), or the FourCC itself when it is not known. */
export const codecNameOf = (fourCc: FourCc): string => nameOfFourCcNumber(fourCcToNumber(fourCc))

const tableOf = (kind: MediaKind): readonly Codec[] => (kind === 'video' ? VIDEO : AUDIO)

/** The FourCC of a codec's name (`'hevc'` → `'hvc1'`); `undefined` for codecs that have none. */
export const fourCcOf = (kind: MediaKind, codec: string): FourCc | undefined =>
  tableOf(kind).find(({ name }) => name === codec)?.fourCc

/**
 * The CodecID or SoundFormat that the legacy form has for a codec; `undefined` when it has none, or needs to know more
 * than the name.
 */
export const legacyIdOf = (kind: MediaKind, codec: string): number | undefined =>
  tableOf(kind).find(({ name }) => name === codec)?.legacyId

/** The name of a legacy message's codec, by its first byte. */
export const legacyCodecName = (kind: MediaKind, first: number): string =>
  kind === 'video' ? videoCodecName(first & 15) : soundFormatName(first >> 4, (first >> 1) & 1)

/** Whether a text is the name of a legacy codec: some have four letters (`'flv1'`) and look like a FourCC. */
export const isLegacyCodecName = (kind: MediaKind, name: string): boolean =>
  name === 'unknown' ||
  Array.from({ length: 16 }, (_, id) => legacyCodecName(kind, kind === 'video' ? id : id << 4)).includes(name)
