/**
 * FLV files and streams: read and write tags, the legacy audio, video and script bodies in them, and the AVC and AAC
 * configuration records. Runs anywhere. The bodies of RTMP messages 8, 9 and 18 are the bodies of FLV tags 8, 9, 18.
 *
 * @packageDocumentation
 */
export {
  type AacConfig,
  type AacExtension,
  aacCodecString,
  decodeAacConfig,
  encodeAacConfig,
} from './aac-config.ts'
export { AAC_SAMPLE_RATES, aacChannelCount, aacObjectTypeName } from './aac-tables.ts'
export {
  aacConfigFromAdts,
  type AdtsHeader,
  encodeAdtsHeader,
  peekAdtsHeader,
  stripAdts,
} from './adts.ts'
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
export {
  type AvcConfig,
  type AvcHighProfile,
  avcCodecString,
  avcConfigFromParameterSets,
  decodeAvcConfig,
  encodeAvcConfig,
} from './avc-config.ts'
export { avcLevelName, avcProfileName } from './avc-names.ts'
export { type AvcSps, type AvcVui, decodeAvcSps } from './avc-sps.ts'
export { type MetadataCodec, metadataCodec } from './codec-id.ts'
export {
  decodeEncryptedBody,
  type EncryptedBody,
  type EncryptedBodyInit,
  encodeEncryptedBody,
} from './encryption.ts'
export { FLV_PHASE, type FlvErrorCode, type FlvUsageCode } from './errors.ts'
export {
  type FlvFacts,
  FlvFactsCollector,
  type FlvFactsOptions,
  isSequenceHeaderTag,
  type KeyframeIndex,
} from './facts.ts'
export {
  decodeFlvHeader,
  encodeFlvHeader,
  FLV_HEADER_SIZE,
  type FlvHeader,
  isFlvSignature,
} from './file-header.ts'
export {
  appendFlv,
  concatFlv,
  concatTags,
  encodeFlvHead,
  type FlvFile,
  type FlvFileOptions,
  type FlvHeadInit,
  type FlvPatch,
  type FlvSeekPoint,
  indexFlv,
  metadataOfTag,
  patchMetadata,
  readFlvFile,
  seekFlv,
} from './flv-file.ts'
export { FlvReader } from './flv-reader.ts'
export { FlvWriter, type FlvWriterOptions } from './flv-writer.ts'
export { findKeyframe, type KeyframeEntry, keyframesProperty, readKeyframeIndex } from './keyframe-index.ts'
export {
  encodeMetadata,
  type FlvMetadata,
  metadataOf,
  metadataProperties,
  readMetadata,
} from './metadata.ts'
export {
  AvcNalType,
  annexBNalUnits,
  annexBToLengthPrefixed,
  avcNalType,
  isAvcIdr,
  isAvcParameterSet,
  joinNalUnits,
  lengthPrefixedToAnnexB,
  nalUnits,
  removeEmulationPrevention,
  repairAccessUnit,
  startsWithStartCode,
} from './nal-unit.ts'
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
export { TimeRebaser, type TimeRebaserOptions } from './rebase.ts'
export {
  addSetDataFrame,
  decodeScriptData,
  encodeScriptData,
  type ScriptData,
  stripSetDataFrame,
} from './script-data.ts'
export { readScriptEvent, type ScriptEvent } from './script-event.ts'
export { decodeScriptTree, encodeScriptTree, type ScriptTree } from './script-tree.ts'
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
