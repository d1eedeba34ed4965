import { AacPacketType, AvcPacketType } from '@rtmp/flv'
import { hasAvcPacketType, isKey, saysNothing } from './classify.ts'
import {
  hasCompositionTimeOffset,
  legacyCodecName,
  legacyVideoCodec,
  type MediaKind,
  nameOfFourCcNumber,
  videoCodecOf,
} from './codec-lookup.ts'
import { ertmpError } from './errors.ts'
import { exHeader, i24At, scanTrack, trackSpan, u24At } from './ex-header.ts'
import { MAX_PACKETS_PER_MESSAGE, scanOrThrow } from './ex-message.ts'
import { MAX_NANO_OFFSET } from './mod-ex.ts'
import { AudioPacketType, EX_SOUND_FORMAT, VideoFrameType, VideoPacketType } from './packet-type.ts'

/** What a frame is. */
export type MediaFrameType =
  /** A codec configuration record. */
  | 'sequenceHeader'
  /** An AV1 video descriptor in the place of a record. */
  | 'mpeg2TsSequenceHeader'
  /** Sound or a picture. */
  | 'coded'
  | 'sequenceEnd'
  /** The body of a Metadata packet; see `decodeVideoMetadata`. */
  | 'metadata'
  /** See `decodeMultichannelConfig`. */
  | 'multichannelConfig'
  /** A command frame; the payload begins with the command. */
  | 'command'
  /** An audio message without a byte. */
  | 'silence'
  /** Not known here: the payload is the whole message. */
  | 'unknown'

/**
 * One track's part of one message, in the same words whether the message is legacy or enhanced, alone or multitrack.
 */
export interface MediaFrame {
  /** Whether it is sound or pictures. */
  readonly kind: MediaKind
  /** 0 to 255; 0 where the message names none. */
  readonly trackId: number
  /** `'h264'`, `'aac'` and so on; `'fourCc:xyz1'` for a FourCC that is not known; `'unknown'`. */
  readonly codec: string
  /** Whether it is media, or something that a decoder has to know first. */
  readonly type: MediaFrameType
  /** When to decode: the message's timestamp in milliseconds. */
  readonly dts: number
  /** When to show: dts and the composition time offset. Not wrapped: it can lie outside 32 bits; `>>> 0` wraps it. */
  readonly pts: number
  /** Nanoseconds to add to pts, 0 to 999,999. */
  readonly nanoOffset: number
  /**
   * Decoding can start here: a key picture, or any sound. Where the frame type says nothing (0, which MediaMTX writes, and
   * the reserved 6 and 7) the payload decides.
   */
  readonly keyFrame: boolean
  /** What the type says, without any header: a view of the message. */
  readonly payload: Uint8Array
  /** How the message was written. */
  readonly form: 'legacy' | 'enhanced'
  /** The message's first byte, for what is not said elsewhere: frame type, or rate and size of legacy sound. */
  readonly headerByte: number
}

const EMPTY = new Uint8Array(0)

/**
 * The frames of an audio or video message: one for each track, none for a video message without a byte.
 *
 * @example
 * ```ts
 * for (const { codec, trackId, type, pts } of toMediaFrames('video', timestamp, payload)) {
 *   console.log(codec, trackId, type, pts) // hevc 0 coded 120
 * }
 * ```
 *
 * @param timestamp - The message's, in milliseconds.
 * @throws DecodeError `ERTMP_TRUNCATED` and the other codes of broken enhanced messages
 */
export const toMediaFrames = (kind: MediaKind, timestamp: number, payload: Uint8Array): MediaFrame[] => {
  const first = payload[0]
  if (kind === 'video') {
    if (first === undefined) return []
    return first < 0x80 ? [legacyVideo(timestamp, payload, first)] : enhanced(kind, timestamp, payload, first)
  }
  if (first === undefined) {
    return [frame(kind, 0, 'unknown', 'silence', timestamp, timestamp, 0, false, EMPTY, 'legacy', 0)]
  }
  if (first >> 4 === EX_SOUND_FORMAT) return enhanced(kind, timestamp, payload, first)
  return [legacyAudio(timestamp, payload, first)]
}

/** One place makes all frames, so that they have one shape. */
const frame = (
  kind: MediaKind,
  trackId: number,
  codec: string,
  type: MediaFrameType,
  dts: number,
  pts: number,
  nanoOffset: number,
  keyFrame: boolean,
  payload: Uint8Array,
  form: 'legacy' | 'enhanced',
  headerByte: number,
): MediaFrame => ({
  kind,
  trackId,
  codec,
  type,
  dts,
  pts,
  nanoOffset,
  keyFrame,
  payload,
  form,
  headerByte,
})

const legacy = (
  kind: MediaKind,
  type: MediaFrameType,
  dts: number,
  offset: number,
  keyFrame: boolean,
  payload: Uint8Array,
  first: number,
): MediaFrame =>
  frame(kind, 0, legacyCodecName(kind, first), type, dts, dts + offset, 0, keyFrame, payload, 'legacy', first)

const truncated = (at: number): never => {
  throw ertmpError('ERTMP_TRUNCATED', 'the message ends inside its header', at)
}

const legacyVideo = (dts: number, bytes: Uint8Array, first: number): MediaFrame => {
  const frameType = first >> 4
  if (frameType === VideoFrameType.command) {
    if (bytes.length < 2) truncated(1)
    return legacy('video', 'command', dts, 0, false, bytes.subarray(1), first)
  }
  if (!hasAvcPacketType(first & 15)) {
    return legacy('video', 'coded', dts, 0, isLegacyKey(bytes, first, 1), bytes.subarray(1), first)
  }
  const packetType = bytes[1]
  if (packetType === undefined) truncated(1)
  if (packetType === AvcPacketType.endOfSequence) {
    return legacy('video', 'sequenceEnd', dts, 0, false, bytes.subarray(5), first)
  }
  if (bytes.length < 5) truncated(bytes.length)
  const data = bytes.subarray(5)
  if (packetType === AvcPacketType.sequenceHeader) {
    return legacy('video', 'sequenceHeader', dts, 0, false, data, first)
  }
  if (packetType !== AvcPacketType.nalu) return legacy('video', 'unknown', dts, 0, false, bytes, first)
  return legacy('video', 'coded', dts, i24At(bytes, 2), isLegacyKey(bytes, first, 5), data, first)
}

/** By the frame type, or by the payload where that says nothing. */
const isLegacyKey = (bytes: Uint8Array, first: number, start: number): boolean => {
  if (bytes.length <= start) return false
  if (!saysNothing(first >> 4)) return isKey(first >> 4)
  return legacyVideoCodec(first & 15)?.entryPoint(bytes, start, bytes.length) === 'key'
}

const legacyAudio = (dts: number, bytes: Uint8Array, first: number): MediaFrame => {
  if (first >> 4 !== 10) return legacy('audio', 'coded', dts, 0, true, bytes.subarray(1), first)
  const packetType = bytes[1]
  if (packetType === undefined) truncated(1)
  if (packetType === AacPacketType.raw) {
    return legacy('audio', 'coded', dts, 0, true, bytes.subarray(2), first)
  }
  if (packetType === AacPacketType.sequenceHeader) {
    return legacy('audio', 'sequenceHeader', dts, 0, false, bytes.subarray(2), first)
  }
  return legacy('audio', 'unknown', dts, 0, false, bytes, first)
}

const VIDEO_TYPES: readonly MediaFrameType[] = [
  'sequenceHeader',
  'coded',
  'sequenceEnd',
  'coded',
  'metadata',
  'mpeg2TsSequenceHeader',
]

const audioType = (packetType: number): MediaFrameType => {
  switch (packetType) {
    case AudioPacketType.sequenceStart:
      return 'sequenceHeader'
    case AudioPacketType.codedFrames:
      return 'coded'
    case AudioPacketType.sequenceEnd:
      return 'sequenceEnd'
    case AudioPacketType.multichannelConfig:
      return 'multichannelConfig'
    default:
      return 'unknown'
  }
}

const enhanced = (kind: MediaKind, dts: number, bytes: Uint8Array, first: number): MediaFrame[] => {
  const video = kind === 'video'
  scanOrThrow(bytes, video)
  const { packetType, command, bodyStart, frameType, multitrackType, nanoOffset } = exHeader
  const nano = nanoOffset < 0 ? 0 : Math.min(u24At(bytes, nanoOffset), MAX_NANO_OFFSET)
  if (command >= 0) {
    const body = bytes.subarray(bodyStart - 1)
    return [frame(kind, 0, 'unknown', 'command', dts, dts, nano, false, body, 'enhanced', first)]
  }
  const type = video ? (VIDEO_TYPES[packetType] ?? 'unknown') : audioType(packetType)
  if (type === 'unknown' || multitrackType > 2) {
    return [frame(kind, 0, 'unknown', 'unknown', dts, dts, nano, false, bytes, 'enhanced', first)]
  }
  const offsets = video && packetType === VideoPacketType.codedFrames
  const byPayload = video && type === 'coded' && saysNothing(frameType)
  const startable = type === 'coded' && (!video || byPayload || isKey(frameType))
  const frames: MediaFrame[] = []
  for (let at = bodyStart; frames.length < MAX_PACKETS_PER_MESSAGE && scanTrack(bytes, at); ) {
    const { fourCc, trackId, end } = trackSpan
    let { start } = trackSpan
    let offset = 0
    if (offsets && hasCompositionTimeOffset(fourCc)) {
      if (start + 3 > end) break
      offset = i24At(bytes, start)
      start += 3
    }
    const judged = !byPayload || videoCodecOf(fourCc)?.entryPoint(bytes, start, end) === 'key'
    const key = startable && judged && end > start
    const codec = nameOfFourCcNumber(kind, fourCc)
    const body = bytes.subarray(start, end)
    frames.push(frame(kind, trackId, codec, type, dts, dts + offset, nano, key, body, 'enhanced', first))
    at = end
    if (at >= bytes.length) break
  }
  if (frames.length === 0) truncated(bodyStart)
  return frames
}
