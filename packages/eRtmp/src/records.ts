/**
 * The codec configuration records that enhanced messages carry, parsed and built, the frame headers of codecs without
 * records, and what they say: resolution, profile, level, frame rate, channels, sample rate, codec string.
 *
 * @packageDocumentation
 */
export { type AudioFrameInfo, decodeAc3Frame, decodeMp3Frame } from './audio-frame.ts'
export {
  type Av1Config,
  av1CodecString,
  type Av1SequenceHeader,
  decodeAv1Config,
  decodeAv1SequenceHeader,
  encodeAv1Config,
} from './av1-config.ts'
export { type CodecFacts, codecFacts } from './codec-facts.ts'
export {
  decodeFlacStreamInfo,
  encodeFlacStreamInfo,
  type FlacForm,
  type FlacStreamInfo,
} from './flac-stream-info.ts'
export {
  decodeHevcConfig,
  encodeHevcConfig,
  type HevcConfig,
  type HevcNalArray,
  HevcNalType,
  hevcCodecString,
  hevcNalUnit,
} from './hevc-config.ts'
export { decodeHevcSps, type HevcSps } from './hevc-sps.ts'
export { decodeOpusHead, encodeOpusHead, type OpusHead, type OpusMapping } from './opus-head.ts'
export {
  decodeVpConfig,
  encodeVpConfig,
  type PictureSize,
  type VpConfig,
  vp8FrameSize,
  vp9FrameSize,
  vpCodecString,
} from './vp-config.ts'
