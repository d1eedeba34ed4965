// The one list of codecs: FourCCs, names, legacy ids, what is announced, key frames and facts all come from here. To add
// a codec, write its file, and give it its place in the lists below; the compiler asks for the one forgotten.
import { aac, aacFacts } from './aac.ts'
import { ac3, type Ac3ErrorCode, ac3Facts } from './ac3.ts'
import { av1, type Av1ErrorCode, av1Facts } from './av1.ts'
import type { AudioCodec, FactsReader, VideoCodec } from './codec.ts'
import { eac3, eac3Facts } from './eac3.ts'
import { flac, type FlacErrorCode, flacFacts } from './flac.ts'
import { flashsv, flashsv2, flashsv2Facts, flashsvFacts } from './flashsv.ts'
import { flv1, flv1Facts } from './flv1.ts'
import { h264, h264Facts } from './h264.ts'
import { hevc, hevcFacts } from './hevc.ts'
import type { HevcErrorCode } from './hevc-error-code.ts'
import { mp3, type Mp3ErrorCode, mp3Facts } from './mp3.ts'
import { opus, type OpusErrorCode, opusFacts } from './opus.ts'
import { vp6a, vp6f } from './vp6.ts'
import type { VpConfigErrorCode, VpFrameErrorCode } from './vp-config.ts'
import { vp8, vp8Facts } from './vp8.ts'
import { vp9, vp9Facts } from './vp9.ts'
import { vvc, type VvcErrorCode, vvcFacts } from './vvc.ts'
import type { VvcSpsErrorCode } from './vvc-sps.ts'

/** The video codecs with a FourCC (E-RTMP v2 2026-01-31-r2, VideoFourCc), in its order. */
interface EnhancedVideoCodecs {
  readonly vp8: typeof vp8
  readonly vp9: typeof vp9
  readonly av1: typeof av1
  readonly h264: typeof h264
  readonly hevc: typeof hevc
  readonly vvc: typeof vvc
}

/** The audio codecs with a FourCC (E-RTMP v2 2026-01-31-r2, AudioFourCc), in its order. */
interface EnhancedAudioCodecs {
  readonly ac3: typeof ac3
  readonly eac3: typeof eac3
  readonly opus: typeof opus
  readonly mp3: typeof mp3
  readonly flac: typeof flac
  readonly aac: typeof aac
}

/** A video codec that E-RTMP v2 names. */
export type VideoFourCc = 'vp08' | 'vp09' | 'av01' | 'avc1' | 'hvc1' | 'vvc1'

/** An audio codec that E-RTMP v2 names. */
export type AudioFourCc = 'ac-3' | 'ec-3' | 'Opus' | '.mp3' | 'fLaC' | 'mp4a'

const enhancedVideo: EnhancedVideoCodecs = { vp8, vp9, av1, h264, hevc, vvc }
const enhancedAudio: EnhancedAudioCodecs = { ac3, eac3, opus, mp3, flac, aac }

/** Video codecs with a FourCC, then those that only the legacy form has and something more than a name is known of. */
export const VIDEO_CODECS: readonly VideoCodec[] = [
  ...Object.values(enhancedVideo),
  flv1,
  flashsv,
  flashsv2,
  vp6f,
  vp6a,
]

/** Audio codecs with a FourCC. */
export const AUDIO_CODECS: readonly AudioCodec[] = Object.values(enhancedAudio)

/** Video codecs of E-RTMP v2. */
export const VIDEO_FOUR_CCS: readonly VideoFourCc[] = Object.values(enhancedVideo).map(({ fourCc }) => fourCc)

/** Audio codecs of E-RTMP v2. */
export const AUDIO_FOUR_CCS: readonly AudioFourCc[] = Object.values(enhancedAudio).map(({ fourCc }) => fourCc)

/** A codec that has a FourCC, by its name. */
type EnhancedName = keyof EnhancedVideoCodecs | keyof EnhancedAudioCodecs

/** How each codec says what it is. Apart from the lists above, so that who needs no facts gets no readers of records. */
export const FACTS_READERS: Readonly<Record<EnhancedName, FactsReader>> &
  Readonly<Record<string, FactsReader>> = {
  vp8: vp8Facts,
  vp9: vp9Facts,
  av1: av1Facts,
  h264: h264Facts,
  hevc: hevcFacts,
  vvc: vvcFacts,
  ac3: ac3Facts,
  eac3: eac3Facts,
  opus: opusFacts,
  mp3: mp3Facts,
  flac: flacFacts,
  aac: aacFacts,
  flv1: flv1Facts,
  flashsv: flashsvFacts,
  flashsv2: flashsv2Facts,
}

/** What can be wrong with a codec's record or frame header. */
export type RecordErrorCode =
  | Ac3ErrorCode
  | Av1ErrorCode
  | FlacErrorCode
  | HevcErrorCode
  | Mp3ErrorCode
  | OpusErrorCode
  | VpConfigErrorCode
  | VpFrameErrorCode
  | VvcErrorCode
  | VvcSpsErrorCode
