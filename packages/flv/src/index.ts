/**
 * FLV files and streams: tags read and written, and the legacy audio and video bodies in them. Runs anywhere. The
 * bodies of RTMP messages 8, 9 and 18 are the bodies of FLV tags 8, 9 and 18.
 *
 * Beside this entry there are `@rtmp/flv/codec` (AVC and AAC records, NAL units), `@rtmp/flv/script` (onMetaData and
 * other script data) and `@rtmp/flv/file` (index, append, concatenate, seek).
 *
 * @packageDocumentation
 */
export {
  type AacBody,
  type AudioBody,
  type AudioTagHeader,
  decodeAudioBody,
  decodeAudioTagHeader,
  encodeAacPacket,
  encodeAudioBody,
  type ExtendedAudioBody,
  type SilenceBody,
  type SoundBody,
} from './audio-body.ts'
export { FLV_PHASE, type FlvErrorCode, type FlvUsageCode } from './errors.ts'
export {
  type FlvFacts,
  type FlvDiscontinuity,
  FlvFactsCollector,
  type FlvFactsOptions,
  type KeyframeIndex,
} from './facts.ts'
export {
  decodeFlvHeader,
  encodeFlvHeader,
  FLV_HEADER_SIZE,
  type FlvHeader,
  isFlvSignature,
} from './file-header.ts'
export { FlvReader } from './flv-reader.ts'
export { FlvWriter, type FlvWriterOptions } from './flv-writer.ts'
export {
  isAudioSequenceHeader,
  isEndOfSequence,
  isExtendedAudio,
  isExtendedVideo,
  isKeyFrame,
  isVideoCommand,
  isVideoSequenceHeader,
} from './predicates.ts'
export { decodeFlv, flvDecoderStream, flvEncoderStream, type FlvSource, readFlv } from './read-flv.ts'
export { DEFAULT_FLV_LIMITS, type FlvDamage, type FlvReaderOptions } from './reader-options.ts'
export { type FlvRules, type FourCcName, isSequenceHeaderTag } from './rules.ts'
export {
  SOUND_RATES,
  SoundFormat,
  soundChannels,
  soundFormatName,
  soundSampleRate,
} from './sound-format.ts'
export {
  encodeFlvTag,
  FlvNotice,
  type FlvTag,
  type FlvTagInit,
  MAX_TAG_DATA_SIZE,
  TAG_HEADER_SIZE,
  TAG_OVERHEAD,
  TagType,
  writeTagHeader,
} from './tag.ts'
export {
  type AvcBody,
  decodeVideoBody,
  decodeVideoTagHeader,
  type EmptyVideoBody,
  encodeAvcPacket,
  encodeVideoBody,
  type EncodeVideoOptions,
  type ExtendedVideoBody,
  type PictureBody,
  type VideoBody,
  type VideoCommandBody,
  type VideoTagHeader,
} from './video-body.ts'
export {
  AacPacketType,
  AvcPacketType,
  FrameType,
  VideoCodecId,
  VideoCommand,
  videoCodecName,
} from './video-codec.ts'
export type { FlvTransform } from './web-streams.ts'
