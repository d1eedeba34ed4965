import type { DecodeError } from '@rtmp/bytes'
import { type ColorInfo, codecTitle, type MediaFrame } from '@rtmp/e-rtmp'
import { describeSoundFrame, describeSoundRecord } from './describe-sound.ts'
import { describeVideo } from './describe-video.ts'
import { type CmafErrorCode, cmafError } from './errors.ts'
import type { TrackConfig } from './track-config.ts'

/** What is known of a track so far. */
export interface TrackEvidence {
  /** The last sequence header. Without one only MP3, AC-3 and E-AC-3 can be described. */
  readonly header?: MediaFrame | undefined
  /** A coded frame with data; of video a key frame. */
  readonly frame?: MediaFrame | undefined
  /** Colour by E-RTMP's Metadata. */
  readonly colorInfo?: ColorInfo | undefined
}

/** Codecs, by the names of `@rtmp/e-rtmp`, that this package puts into MP4. */
export const CMAF_CODECS: ReadonlySet<string> = new Set([
  'h264',
  'hevc',
  'vvc',
  'av1',
  'vp8',
  'vp9',
  'aac',
  'mp3',
  'opus',
  'flac',
  'ac3',
  'eac3',
])

/** What is thrown for a codec that is not among {@link CMAF_CODECS}. */
export const noPlace = ({ kind, codec }: Pick<MediaFrame, 'kind' | 'codec'>): DecodeError<CmafErrorCode> =>
  cmafError('CMAF_CODEC', `${codecTitle(kind, codec)} has no place in fragmented MP4`)

/** Whether a codec has no configuration record in RTMP: its frames describe it. */
export const describedByFrames = (codec: string): boolean =>
  codec === 'mp3' || codec === 'ac3' || codec === 'eac3'

/**
 * The configuration of a track: its sample entry, its codec string, its size or rate.
 *
 * @returns `undefined` when it takes more to say: a sequence header; of VP8, VP9, and AV1 without a size in its header, a
 *   key frame too; of MP3, AC-3 and E-AC-3 a frame only
 * @throws DecodeError `CMAF_CODEC`, `CMAF_HEADER`; with the phase of another package when a record or the header of a
 *   frame is broken
 *
 * @example
 * const [header] = toMediaFrames('video', 0, sequenceHeaderMessage)
 * console.log(describeTrack({ header })?.codecString) // avc1.64001f
 */
export const describeTrack = (evidence: TrackEvidence): TrackConfig | undefined => {
  const { header, frame, colorInfo } = evidence
  const { kind, codec } = frame ?? header ?? {}
  if (kind === undefined || codec === undefined) return undefined
  if (!CMAF_CODECS.has(codec)) throw noPlace({ kind, codec })
  if (describedByFrames(codec)) return frame === undefined ? undefined : describeSoundFrame(frame)
  if (header === undefined || header.codec !== codec) return undefined
  return kind === 'video' ? describeVideo(header, frame, colorInfo) : describeSoundRecord(header)
}
