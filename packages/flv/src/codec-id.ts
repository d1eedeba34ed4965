import type { FourCcName } from './rules.ts'
import { soundFormatName } from './sound-format.ts'
import { videoCodecName } from './video-codec.ts'

/** A codec as onMetaData names it: advice only, the media decide. */
export interface MetadataCodec {
  /** Legacy SoundFormat or CodecID, where that is what was given. */
  readonly id?: number
  /** FourCC, given as a text or as a number. */
  readonly fourCc?: string
  /** The usual name (`'h264'`, `'aac'`), or `'unknown'`. */
  readonly name: string
}

/** Four bytes as a text; `undefined` unless all of them print. */
const fourCcText = (codes: readonly number[]): string | undefined =>
  codes.every((code) => code >= 0x20 && code < 0x7f) ? String.fromCharCode(...codes) : undefined

/**
 * What `videocodecid` or `audiocodecid` of onMetaData stands for: a legacy id, a FourCC as a number (also with its
 * bytes reversed, as GStreamer writes it), or a text such as `'avc1'`. `undefined` for anything else.
 *
 * @param fourCcName - Names of FourCCs: `flvRules.fourCcName` of `@rtmp/e-rtmp`. Without it none is known, and bytes in
 *   reverse are not recognised.
 */
export const metadataCodec = (
  value: unknown,
  kind: 'audio' | 'video',
  fourCcName: FourCcName = () => undefined,
): MetadataCodec | undefined => {
  const named = (fourCc: string): MetadataCodec => ({ fourCc, name: fourCcName(kind, fourCc) ?? 'unknown' })
  const isNamed = (fourCc: string): boolean => fourCcName(kind, fourCc) !== undefined
  if (typeof value === 'string') return named(value)
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) return undefined
  if (value < 16)
    return { id: value, name: kind === 'audio' ? soundFormatName(value) : videoCodecName(value) }
  const codes = [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff)
  const text = value <= 0xffffffff ? fourCcText(codes) : undefined
  if (text === undefined) return { id: value, name: 'unknown' }
  const reversed = fourCcText([...codes].reverse()) ?? text
  return named(!isNamed(text) && isNamed(reversed) ? reversed : text)
}
