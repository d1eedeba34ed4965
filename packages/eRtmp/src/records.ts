/**
 * The codec configuration records that enhanced messages carry, parsed and built, the frame headers of codecs without
 * records, and what they say: resolution, profile, level, frame rate, channels, sample rate, codec string.
 *
 * @packageDocumentation
 */
export { decodeAc3Frame } from './codecs/ac3.ts'
export {
  type Av1Config,
  av1CodecString,
  type Av1SequenceHeader,
  decodeAv1Config,
  decodeAv1SequenceHeader,
  encodeAv1Config,
} from './codecs/av1.ts'
export type { AudioFrameInfo, CodecFacts, PictureSize } from './codecs/codec.ts'
export { codecFacts } from './codec-facts.ts'
export {
  decodeFlacStreamInfo,
  encodeFlacStreamInfo,
  type FlacForm,
  type FlacStreamInfo,
} from './codecs/flac.ts'
export {
  decodeHevcConfig,
  encodeHevcConfig,
  type HevcConfig,
  HevcNalType,
  hevcCodecString,
  hevcNalUnit,
} from './codecs/hevc.ts'
export { decodeHevcSps, type HevcSps } from './codecs/hevc-sps.ts'
export { mayReplaceHeader } from './header-succession.ts'
export { decodeMp3Frame } from './codecs/mp3.ts'
export type { NalArray } from './codecs/nal-units.ts'
export { decodeOpusHead, encodeOpusHead, type OpusHead, type OpusMapping } from './codecs/opus.ts'
export { vp8FrameSize } from './codecs/vp8.ts'
export { vp9FrameSize } from './codecs/vp9.ts'
export { decodeVpConfig, encodeVpConfig, type VpConfig, vpCodecString } from './codecs/vp-config.ts'
export {
  decodeVvcConfig,
  encodeVvcConfig,
  type VvcConfig,
  type VvcProfileTierLevel,
  type VvcStreamDescription,
  VvcNalType,
  vvcCodecString,
  vvcNalUnit,
} from './codecs/vvc.ts'
export { decodeVvcSps, type VvcSps } from './codecs/vvc-sps.ts'
export type { Ac3ErrorCode } from './codecs/ac3.ts'
export type { Av1ErrorCode } from './codecs/av1.ts'
export type { FlacErrorCode } from './codecs/flac.ts'
export type { HevcErrorCode } from './codecs/hevc-error-code.ts'
export type { Mp3ErrorCode } from './codecs/mp3.ts'
export type { OpusErrorCode } from './codecs/opus.ts'
export type { VpConfigErrorCode, VpFrameErrorCode } from './codecs/vp-config.ts'
export type { VvcErrorCode } from './codecs/vvc.ts'
export type { VvcSpsErrorCode } from './codecs/vvc-sps.ts'
export type { RecordErrorCode } from './codecs/list.ts'
