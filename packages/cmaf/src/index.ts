/**
 * Media frames of RTMP and FLV to fragmented MP4 (CMAF): init segments, and fragments of any run of frames, with the
 * decode times of the stream. Runs in browsers, Node and elsewhere.
 *
 * @packageDocumentation
 */
export {
  CmafWriter,
  type CmafWriterOptions,
  type DroppedFrames,
  type ExpectedTrack,
  type TakeOptions,
} from './cmaf-writer.ts'
export { CMAF_CODECS, describeTrack, type TrackEvidence } from './describe-track.ts'
export { CMAF_PHASE, type CmafErrorCode, type CmafUsageCode } from './errors.ts'
export { type CmafSample, encodeFragment, type FragmentOptions, type TrackRun } from './fragment.ts'
export { encodeInitSegment, type InitSegmentOptions, MAX_TIMESCALE } from './init-segment.ts'
export type { CmafPiece, CmafWriterTrack, FragmentPiece, FragmentTrack, InitPiece } from './piece.ts'
export { type CmafTrack, DEFAULT_TIMESCALE, mimeTypeOf, type TrackConfig } from './track-config.ts'
