/**
 * Enhanced RTMP v2: enhanced video and audio messages, multitrack, ModEx, colour and channel metadata, capabilities,
 * reconnect requests, and the codec configuration records that they carry. Runs anywhere.
 *
 * @packageDocumentation
 */
export {
  type AudioMessage,
  decodeAudioMessage,
  encodeAudioMessage,
  type ExAudioMessage,
  type ExAudioMessageInit,
  type LegacyAudioMessage,
} from './audio-message.ts'
export {
  announcesCodecs,
  announcesErtmp,
  ANY_FOUR_CC,
  buildCapabilities,
  canReceive,
  CapsEx,
  type ErtmpCapabilities,
  FourCcInfo,
  fourCcInfoOf,
  intersectCapabilities,
  MAX_FOUR_CC_ENTRIES,
  parseCapabilities,
  VideoFunction,
} from './capabilities.ts'
export {
  classifyAudio,
  classifyVideo,
  firstTrackIdOf,
  headerKey,
  MediaFlags,
  trackIdsOf,
  videoEntryPoint,
} from './classify.ts'
export {
  codecNameOf,
  codecTitle,
  fourCcFromNumber,
  fourCcOf,
  legacyIdOf,
  type MediaKind,
} from './codec-lookup.ts'
export type { EntryPoint } from './codecs/codec.ts'
export { AUDIO_FOUR_CCS, type AudioFourCc, VIDEO_FOUR_CCS, type VideoFourCc } from './codecs/list.ts'
export {
  type ColorConfig,
  type ColorInfo,
  colorInfoFrom,
  decodeVideoMetadata,
  encodeColorInfo,
  type HdrContentLightLevel,
  type HdrMasteringDisplay,
  type VideoMetadata,
} from './color-info.ts'
export type { ErtmpErrorCode } from './error-code.ts'
export { ERTMP_PHASE, type ErtmpFaultCode, type ErtmpUsageCode, type MessageErrorCode } from './errors.ts'
export { MAX_MOD_EX_CHAIN } from './ex-header.ts'
export {
  type ErtmpDecodeOptions,
  type ExMessageFields,
  type ExPacket,
  MAX_PACKETS_PER_MESSAGE,
} from './ex-message.ts'
export { flvRules } from './flv-rules.ts'
export { type FourCc, fourCcToNumber, isFourCc } from './four-cc.ts'
export { type MediaFrame, type MediaFrameType, toMediaFrames } from './media-frame.ts'
export { MediaMessage } from './media-message.ts'
export { MAX_NANO_OFFSET, type ModEx, nanoOffsetModEx, nanoOffsetOf } from './mod-ex.ts'
export {
  AudioChannel,
  channelsOfMask,
  decodeMultichannelConfig,
  encodeMultichannelConfig,
  type MultichannelConfig,
} from './multichannel-config.ts'
export {
  AudioPacketType,
  ModExType,
  MultitrackType,
  VideoFrameType,
  VideoPacketType,
} from './packet-type.ts'
export { VideoCommand } from '@rtmp/flv'
export { type MetadataReader, readableMetadata } from './readable-metadata.ts'
export {
  buildReconnectRequest,
  parseReconnectRequest,
  RECONNECT_REQUEST,
  type ReconnectRequest,
  resolveReconnectUrl,
} from './reconnect.ts'
export {
  type AudioTrackInfo,
  buildTrackInfoMaps,
  parseTrackInfoMaps,
  type TrackInfoMaps,
  type VideoTrackInfo,
} from './track-info.ts'
export { joinTracks, type SplitOptions, splitTracks, type TrackMessage } from './tracks.ts'
export {
  decodeVideoMessage,
  encodeVideoMessage,
  type ExVideoMessage,
  type ExVideoMessageInit,
  type LegacyVideoMessage,
  type VideoMessage,
} from './video-message.ts'
export { type PerformanceReport, performanceReports } from './performance-report.ts'
export { chosenTracks, type TrackChoice } from './track-choice.ts'
export { fromMediaFrame, type MediaFrameInit, type WriteFrameOptions } from './write-frame.ts'
