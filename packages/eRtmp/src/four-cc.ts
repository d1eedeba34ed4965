/**
 * Four ASCII bytes that name a codec, as text: the first byte on the wire is the first character.
 * On the wire and in `onMetaData` they are one big-endian number (`'hvc1'` is 1752589105). Case matters.
 */
export type FourCc = string

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

/** The four bytes of a number as text, each byte one character. */
export const fourCcText = (value: number): FourCc =>
  String.fromCharCode((value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)

/** Whether a text can be a FourCC on the wire: four characters up to U+00FF. */
export const isFourCc = (text: string): text is FourCc => /^[^\u0100-\uffff]{4}$/.test(text)
