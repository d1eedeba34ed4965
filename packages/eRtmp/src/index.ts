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
  type MediaKind,
  trackIdsOf,
} from './classify.ts'
export { codecNameOf, codecTitle, fourCcOf, legacyIdOf } from './codec.ts'
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
export { ERTMP_PHASE, type ErtmpErrorCode, type ErtmpFaultCode, type ErtmpUsageCode } from './errors.ts'
export { MAX_MOD_EX_CHAIN } from './ex-header.ts'
export {
  type ErtmpDecodeOptions,
  type ExMessageFields,
  type ExPacket,
  MAX_PACKETS_PER_MESSAGE,
} from './ex-message.ts'
export {
  AUDIO_FOUR_CCS,
  type AudioFourCc,
  type FourCc,
  fourCcFromNumber,
  fourCcToNumber,
  isFourCc,
  VIDEO_FOUR_CCS,
  type VideoFourCc,
} from './four-cc.ts'
export { type MediaFrame, type MediaFrameType, toMediaFrames } from './media-frame.ts'
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
  VideoCommand,
  VideoFrameType,
  VideoPacketType,
} from './packet-type.ts'
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
export { fromMediaFrame, type MediaFrameInit, type WriteFrameOptions } from './write-frame.ts'
