/**
 * Enhanced RTMP v2: enhanced video and audio messages, multitrack, ModEx, colour and channel metadata, capabilities,
 * reconnect requests, and the codec configuration records that they carry. Runs anywhere.
 *
 * @packageDocumentation
 */
export {
  classifyAudio,
  classifyVideo,
  firstTrackIdOf,
  headerKey,
  MediaFlags,
  type MediaKind,
  trackIdsOf,
} from './classify.ts'
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
export {
  AudioPacketType,
  ModExType,
  MultitrackType,
  VideoCommand,
  VideoFrameType,
  VideoPacketType,
} from './packet-type.ts'
