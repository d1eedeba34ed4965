/**
 * Four ASCII bytes that name a codec, as text: the first byte on the wire is the first character.
 * On the wire and in `onMetaData` they are one big-endian number (`'hvc1'` is 1752589105). Case matters.
 */
export type FourCc = string

/** Video codecs of E-RTMP v2 (2026-01-31-r2), VideoFourCc. */
export const VIDEO_FOUR_CCS = ['vp08', 'vp09', 'av01', 'avc1', 'hvc1', 'vvc1'] as const
/** Audio codecs of E-RTMP v2 (2026-01-31-r2), AudioFourCc. */
export const AUDIO_FOUR_CCS = ['ac-3', 'ec-3', 'Opus', '.mp3', 'fLaC', 'mp4a'] as const

/** A video codec that E-RTMP v2 names. */
export type VideoFourCc = (typeof VIDEO_FOUR_CCS)[number]
/** An audio codec that E-RTMP v2 names. */
export type AudioFourCc = (typeof AUDIO_FOUR_CCS)[number]

/**
 * A FourCC as its number on the wire. Characters beyond U+00FF and texts of another length give a number that stands
 * for nothing; see {@link isFourCc}.
 */
export const fourCcToNumber = (text: FourCc): number =>
  ((text.charCodeAt(0) << 24) |
    (text.charCodeAt(1) << 16) |
    (text.charCodeAt(2) << 8) |
    text.charCodeAt(3)) >>>
  0

const known: ReadonlyMap<number, FourCc> = new Map(
  [...VIDEO_FOUR_CCS, ...AUDIO_FOUR_CCS].map((text) => [fourCcToNumber(text), text]),
)

/** The text of a FourCC number; each byte is one character, so that every number survives the way there and back. */
export const fourCcFromNumber = (value: number): FourCc =>
  known.get(value) ??
  String.fromCharCode((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)

/** Whether a text can be a FourCC on the wire: four characters up to U+00FF. */
export const isFourCc = (text: string): text is FourCc => /^[^\u0100-\uffff]{4}$/.test(text)
