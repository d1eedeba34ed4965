import { AacPacketType, AvcPacketType, SoundFormat, VideoCodecId } from '@rtmp/flv'
import { concat } from '@rtmp/bytes'
import {
  fourCcOf,
  hasCompositionTimeOffset,
  legacyCodecName,
  legacyIdOf,
  type MediaKind,
} from './codec-lookup.ts'
import { requireInteger, usageError } from './errors.ts'
import { encodeExMessage } from './ex-message.ts'
import { fourCcToNumber } from './four-cc.ts'
import type { MediaFrameType } from './media-frame.ts'
import { nanoOffsetModEx } from './mod-ex.ts'
import { AudioPacketType, MultitrackType, VideoFrameType, VideoPacketType } from './packet-type.ts'

/** What is needed to write a frame; a `MediaFrame` is one. */
export interface MediaFrameInit {
  /** Whether it is sound or pictures. */
  readonly kind: MediaKind
  /** 0 to 255, default 0. */
  readonly trackId?: number
  /** A codec's name (`'hevc'`), a FourCC of E-RTMP v2 (`'hvc1'`), or any other as `'fourCc:xyz1'`. */
  readonly codec: string
  /** `'silence'` gives no byte, and `'unknown'` the payload as it is. */
  readonly type: MediaFrameType
  /** Milliseconds. */
  readonly dts: number
  /** Milliseconds; default dts. */
  readonly pts?: number
  /** Nanoseconds to add to pts, 0 to 999,999, default 0: needs ModEx, and so the enhanced form. */
  readonly nanoOffset?: number
  /** Default false; only for video. */
  readonly keyFrame?: boolean
  /** Without any header. It is copied, but for `'unknown'`, which gives this very array. */
  readonly payload: Uint8Array
  /** How the frame came; `form` of {@link WriteFrameOptions} is `'auto'` by default and keeps to it while it fits. */
  readonly form?: 'legacy' | 'enhanced'
  /** The first byte of the message that it came in: its frame type, or its rate and sample size, are written again. */
  readonly headerByte?: number
}

/** How a frame is written. */
export interface WriteFrameOptions {
  /**
   * `'auto'` (default): in the form the frame came in if it still fits, else legacy for track 0 of a codec that has a
   * legacy id (what FFmpeg and OBS do), and enhanced for everything else.
   */
  readonly form?: 'auto' | 'legacy' | 'enhanced'
  /** Write enhanced frames of track 0 as multitrack too. Default false: only tracks above 0. */
  readonly multitrack?: boolean
}

/**
 * The message payload of one frame. What `toMediaFrames` gave comes back as a message with the same frame; a frame out
 * of a message of many tracks becomes a message of its own.
 *
 * @example
 * ```ts
 * const payload = fromMediaFrame({ kind: 'video', codec: 'hevc', type: 'coded', keyFrame: true, dts: 40, pts: 120, payload: nalUnits })
 * ```
 *
 * @throws UsageError `ERTMP_FORM` when the form asked for cannot say it, `ERTMP_FIELD_RANGE`
 */
export const fromMediaFrame = (frame: MediaFrameInit, options: WriteFrameOptions = {}): Uint8Array => {
  if (frame.type === 'silence') return new Uint8Array(0)
  if (frame.type === 'unknown') return frame.payload
  const form = options.form === undefined || options.form === 'auto' ? usualForm(frame) : options.form
  return form === 'legacy' ? writeLegacy(frame) : writeEnhanced(frame, options.multitrack === true)
}

const usualForm = (frame: MediaFrameInit): 'legacy' | 'enhanced' => {
  const fits =
    (frame.trackId ?? 0) === 0 &&
    (frame.nanoOffset ?? 0) === 0 &&
    frame.type !== 'metadata' &&
    frame.type !== 'multichannelConfig'
  const legacy = frame.form === 'legacy' || legacyIdOf(frame.kind, frame.codec) !== undefined
  return fits && legacy && frame.form !== 'enhanced' ? 'legacy' : 'enhanced'
}

const compositionTimeOffset = (frame: MediaFrameInit): number => {
  const offset = (frame.pts ?? frame.dts) - frame.dts
  requireInteger(offset, -0x800000, 0x7fffff, 'pts')
  return offset
}

/** The frame type of a first byte that this frame came with, or the plain one. */
const frameTypeOf = (frame: MediaFrameInit): number => {
  const before = frame.headerByte === undefined ? -1 : (frame.headerByte >> 4) & 7
  if (frame.type !== 'coded')
    return before > 0 && before !== VideoFrameType.command ? before : VideoFrameType.key
  const key = before === VideoFrameType.key || before === VideoFrameType.generatedKey
  if (before >= 0 && key === (frame.keyFrame === true)) return before
  return frame.keyFrame === true ? VideoFrameType.key : VideoFrameType.inter
}

const cannot = (why: string, path: string): never => {
  throw usageError('ERTMP_FORM', why, path)
}

const writeLegacy = (frame: MediaFrameInit): Uint8Array => {
  if ((frame.trackId ?? 0) !== 0) cannot('legacy messages have no track', 'trackId')
  if ((frame.nanoOffset ?? 0) !== 0) cannot('legacy messages have no nanoseconds', 'nanoOffset')
  return frame.kind === 'video' ? writeLegacyVideo(frame) : writeLegacyAudio(frame)
}

/** The first byte of the legacy message this frame came from, if it did and its codec is the same. */
const legacyHeader = (frame: MediaFrameInit): number | undefined => {
  const { form, headerByte, kind, codec } = frame
  if (form !== 'legacy' || headerByte === undefined) return undefined
  return legacyCodecName(kind, headerByte) === codec ? headerByte : undefined
}

const AVC_TYPES: Partial<Record<MediaFrameType, number>> = {
  sequenceHeader: AvcPacketType.sequenceHeader,
  coded: AvcPacketType.nalu,
  sequenceEnd: AvcPacketType.endOfSequence,
}

const writeLegacyVideo = (frame: MediaFrameInit): Uint8Array => {
  const header = legacyHeader(frame)
  const id = header === undefined ? legacyIdOf('video', frame.codec) : header & 15
  if (id === undefined) return cannot(`${frame.codec} has no legacy codec id`, 'codec')
  if (frame.type === 'command') return concat([Uint8Array.of((5 << 4) | id), frame.payload])
  const first = (frameTypeOf(frame) << 4) | id
  if (id !== VideoCodecId.avc && id !== VideoCodecId.hevc) {
    if (frame.type !== 'coded') cannot(`${frame.codec} has no ${frame.type}`, 'type')
    return concat([Uint8Array.of(first), frame.payload])
  }
  const packetType = AVC_TYPES[frame.type]
  if (packetType === undefined) return cannot(`the legacy form has no ${frame.type}`, 'type')
  const offset = compositionTimeOffset(frame)
  return concat([Uint8Array.of(first, packetType, offset >> 16, offset >> 8, offset), frame.payload])
}

const writeLegacyAudio = (frame: MediaFrameInit): Uint8Array => {
  const header = legacyHeader(frame)
  const format = header === undefined ? legacyIdOf('audio', frame.codec) : header >> 4
  if (format === undefined) return cannot(`${frame.codec} has no legacy sound format by its name`, 'codec')
  const first = header ?? (format << 4) | 15
  if (format !== SoundFormat.aac) {
    if (frame.type !== 'coded') cannot(`${frame.codec} has no ${frame.type}`, 'type')
    return concat([Uint8Array.of(first), frame.payload])
  }
  if (frame.type !== 'coded' && frame.type !== 'sequenceHeader') {
    cannot(`the legacy form has no ${frame.type}`, 'type')
  }
  const packetType = frame.type === 'coded' ? AacPacketType.raw : AacPacketType.sequenceHeader
  return concat([Uint8Array.of(first, packetType), frame.payload])
}

const VIDEO_TYPES: Partial<Record<MediaFrameType, number>> = {
  sequenceHeader: VideoPacketType.sequenceStart,
  mpeg2TsSequenceHeader: VideoPacketType.mpeg2TsSequenceStart,
  coded: VideoPacketType.codedFrames,
  sequenceEnd: VideoPacketType.sequenceEnd,
  metadata: VideoPacketType.metadata,
}

const AUDIO_TYPES: Partial<Record<MediaFrameType, number>> = {
  sequenceHeader: AudioPacketType.sequenceStart,
  coded: AudioPacketType.codedFrames,
  sequenceEnd: AudioPacketType.sequenceEnd,
  multichannelConfig: AudioPacketType.multichannelConfig,
}

const writeEnhanced = (frame: MediaFrameInit, always: boolean): Uint8Array => {
  const video = frame.kind === 'video'
  const trackId = frame.trackId ?? 0
  const nanoOffset = frame.nanoOffset ?? 0
  const modEx = nanoOffset === 0 ? [] : [nanoOffsetModEx(nanoOffset)]
  if (video && frame.type === 'command') {
    const command = frame.payload[0] ?? cannot('a command frame has a command', 'payload')
    const rest = frame.payload.subarray(1)
    return encodeExMessage(
      { frameType: VideoFrameType.command, packetType: 0, command, packets: [], modEx, rest },
      true,
    )
  }
  const fourCc = fourCcOf(frame.kind, frame.codec) ?? cannot(`${frame.codec} has no FourCC`, 'codec')
  let packetType = (video ? VIDEO_TYPES : AUDIO_TYPES)[frame.type]
  if (packetType === undefined) return cannot(`enhanced ${frame.kind} has no ${frame.type}`, 'type')
  const multitrackType = trackId > 0 || always ? MultitrackType.oneTrack : undefined
  const offset = compositionTimeOffset(frame)
  const hasOffset =
    video && packetType === VideoPacketType.codedFrames && hasCompositionTimeOffset(fourCcToNumber(fourCc))
  if (!hasOffset && offset !== 0) cannot(`${fourCc} has no pts apart from dts`, 'pts')
  // CodedFramesX saves an offset of 0.
  if (hasOffset && offset === 0) packetType = VideoPacketType.codedFramesX
  const metadata = frame.type === 'metadata'
  // FFmpeg knows Metadata by frame type 5, which multitrack messages cannot have: it would make them commands.
  const metadataFrameType = multitrackType === undefined ? VideoFrameType.command : 0
  const frameType = !video ? 0 : metadata ? metadataFrameType : frameTypeOf(frame)
  const packet = { trackId, fourCc, compositionTimeOffset: offset, payload: frame.payload }
  return encodeExMessage({ frameType, packetType, multitrackType, modEx, packets: [packet] }, video)
}
