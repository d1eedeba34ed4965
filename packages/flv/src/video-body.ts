import { concat } from '@rtmp/bytes'
import { flvError, requireInteger, usageError } from './errors.ts'
import { AvcPacketType, FrameType, VideoCodecId } from './video-codec.ts'

/**
 * Legacy video body (FLV §E.4.3.1), the payload of tags and messages of type 9.
 *
 *   byte 0     bit 7 = 0 (1: Enhanced RTMP) · FrameType 3 bits · CodecID 4 bits
 *   FrameType 5:  byte 1 command, no picture
 *   CodecID 7, 12:
 *     byte 1     AVCPacketType: 0 configuration record, 1 NAL units, 2 end of sequence
 *     byte 2–4   composition time, SI24, milliseconds; pts = dts + it
 *   then       video data
 */
export interface VideoTagHeader {
  /** {@link FrameType}, 0 to 7. */
  readonly frameType: number
  /** {@link VideoCodecId}, 0 to 15. */
  readonly codecId: number
  /** AVCPacketType (0 to 255), for codec ids 7 and 12 only. */
  readonly avcPacketType?: number
  /** Composition time offset in milliseconds, −8388608 to 8388607, for codec ids 7 and 12 only. */
  readonly compositionTime?: number
}

/** A picture in one of the legacy codecs without packet types. */
export interface PictureBody extends VideoTagHeader {
  /** Tells it from the other bodies of a video tag. */
  readonly kind: 'picture'
  /** The video data: a view of the payload. */
  readonly data: Uint8Array
}

/** A packet of AVC (codec id 7), or of HEVC in the non-standard codec id 12, which has the same layout. */
export interface AvcBody extends VideoTagHeader {
  /** Tells it from the other bodies of a video tag. */
  readonly kind: 'avc'
  /** `AvcPacketType`: 0 a sequence header, 1 NAL units, 2 the end of the sequence; others, up to 255, are kept. */
  readonly avcPacketType: number
  /** Milliseconds from decoding to presentation, −8,388,608 to 8,388,607; 0 unless the type is 1. */
  readonly compositionTime: number
  /** By packet type: 0 a configuration record, 1 length-prefixed NAL units, else unknown. A view of the payload. */
  readonly data: Uint8Array
}

/** A command frame (FrameType 5). */
export interface VideoCommandBody extends VideoTagHeader {
  /** Tells it from the other bodies of a video tag. */
  readonly kind: 'command'
  /** `VideoFrameType.command`: what the frame type makes of any codec id. */
  readonly frameType: 5
  /** `VideoCommand`: 0 start, 1 end of client-side seeking; other values are kept. */
  readonly command: number
  /** Bytes behind the command; none in legal frames. A view of the payload. */
  readonly data: Uint8Array
}

/** A video payload of no bytes, which is skipped. */
export interface EmptyVideoBody {
  /** Tells it from the other bodies of a video tag. */
  readonly kind: 'empty'
}

/** An Enhanced RTMP payload (bit 7 set), for `@rtmp/e-rtmp` to read. */
export interface ExtendedVideoBody {
  /** Tells it from the other bodies of a video tag. */
  readonly kind: 'extendedVideo'
  /** The whole payload, first byte included. */
  readonly payload: Uint8Array
}

/** What a video payload can be. */
export type VideoBody = PictureBody | AvcBody | VideoCommandBody | EmptyVideoBody | ExtendedVideoBody

const hasAvcLayout = (codecId: number): boolean =>
  codecId === VideoCodecId.avc || codecId === VideoCodecId.hevc

/**
 * The header of a legacy video payload. An end of sequence may lack its composition time (some publishers send two
 * bytes); it counts as 0.
 *
 * @throws DecodeError `FLV_BODY_TRUNCATED`
 */
export const decodeVideoTagHeader = (payload: Uint8Array): VideoTagHeader => {
  const first = payload[0]
  if (first === undefined) throw flvError('FLV_BODY_TRUNCATED', 'a video header has at least one byte', 0)
  const frameType = (first >> 4) & 7
  const codecId = first & 0x0f
  if (!hasAvcLayout(codecId) || frameType === FrameType.command) return { frameType, codecId }
  const avcPacketType = payload[1]
  if (avcPacketType === undefined) throw flvError('FLV_BODY_TRUNCATED', 'AVC has a packet type', 1)
  const compositionTime = compositionTimeOf(payload)
  if (compositionTime === undefined && avcPacketType !== AvcPacketType.endOfSequence) {
    throw flvError('FLV_BODY_TRUNCATED', 'AVC has a composition time', payload.length)
  }
  return { frameType, codecId, avcPacketType, compositionTime: compositionTime ?? 0 }
}

const compositionTimeOf = (payload: Uint8Array): number | undefined => {
  const high = payload[2]
  const middle = payload[3]
  const low = payload[4]
  if (high === undefined || middle === undefined || low === undefined) return undefined
  return ((high << 24) | (middle << 16) | (low << 8)) >> 8 // sign-extended from 24 bits
}

/**
 * A video payload, typed. Data are views of `payload`.
 *
 * @example
 * ```ts
 * const body = decodeVideoBody(tag.payload)
 * if (body.kind === 'avc') console.log(body.frameType, body.compositionTime, body.data.length)
 * ```
 *
 * @throws DecodeError `FLV_BODY_TRUNCATED`
 */
export const decodeVideoBody = (payload: Uint8Array): VideoBody => {
  const first = payload[0]
  if (first === undefined) return { kind: 'empty' }
  if (first >= 0x80) return { kind: 'extendedVideo', payload }
  const { frameType, codecId, avcPacketType, compositionTime } = decodeVideoTagHeader(payload)
  if (frameType === FrameType.command) {
    const command = payload[1]
    if (command === undefined) throw flvError('FLV_BODY_TRUNCATED', 'a command frame has a command', 1)
    return { kind: 'command', frameType: FrameType.command, codecId, command, data: payload.subarray(2) }
  }
  if (avcPacketType === undefined || compositionTime === undefined) {
    return { kind: 'picture', frameType, codecId, data: payload.subarray(1) }
  }
  return { kind: 'avc', frameType, codecId, avcPacketType, compositionTime, data: payload.subarray(5) }
}

/** How {@link encodeVideoBody} writes. */
export interface EncodeVideoOptions {
  /** Lets codec ids outside the specification (8, 9, 12) be written, for a relay of such a stream. Default false. */
  readonly nonStandard?: boolean
}

const NON_STANDARD: readonly number[] = [VideoCodecId.realH263, VideoCodecId.mpeg4, VideoCodecId.hevc]

/**
 * The payload of a video body; what was decoded comes back byte for byte (an end of sequence always gets its
 * composition time).
 *
 * @throws UsageError `FLV_FIELD_RANGE`, `FLV_NON_STANDARD`
 */
export const encodeVideoBody = (body: VideoBody, options: EncodeVideoOptions = {}): Uint8Array => {
  if (body.kind === 'empty') return new Uint8Array(0)
  if (body.kind === 'extendedVideo') return body.payload
  requireInteger(body.frameType, 0, 7, 'frameType')
  requireInteger(body.codecId, 0, 15, 'codecId')
  if (options.nonStandard !== true && NON_STANDARD.includes(body.codecId)) {
    throw usageError('FLV_NON_STANDARD', `codec id ${body.codecId} is not in the specification`, 'codecId')
  }
  const isCommand = body.frameType === FrameType.command
  const fits = body.kind === 'avc' ? hasAvcLayout(body.codecId) : isCommand || !hasAvcLayout(body.codecId)
  if (!fits || isCommand !== (body.kind === 'command')) {
    throw usageError('FLV_FIELD_RANGE', `codec id ${body.codecId} has another body`, 'codecId')
  }
  const first = (body.frameType << 4) | body.codecId
  if (body.kind === 'picture') return concat([Uint8Array.of(first), body.data])
  if (body.kind === 'command') {
    requireInteger(body.command, 0, 255, 'command')
    return concat([Uint8Array.of(first, body.command), body.data])
  }
  requireInteger(body.avcPacketType, 0, 255, 'avcPacketType')
  requireInteger(body.compositionTime, -0x800000, 0x7fffff, 'compositionTime')
  const time = body.compositionTime
  return concat([Uint8Array.of(first, body.avcPacketType, time >> 16, time >> 8, time), body.data])
}

/**
 * The payload of an AVC packet.
 *
 * @example
 * ```ts
 * const payload = encodeAvcPacket(AvcPacketType.nalu, data, true, 80) // shown 80 ms after its timestamp
 * ```
 *
 * @param keyFrame - FrameType 1 rather than 2; sequence headers and ends of sequence are always key frames.
 * @param compositionTime - Milliseconds from dts to pts, −8388608 to 8388607.
 * @throws UsageError `FLV_FIELD_RANGE`
 */
export const encodeAvcPacket = (
  avcPacketType: number,
  data: Uint8Array,
  keyFrame = true,
  compositionTime = 0,
): Uint8Array =>
  encodeVideoBody({
    kind: 'avc',
    frameType: keyFrame || avcPacketType !== AvcPacketType.nalu ? FrameType.key : FrameType.inter,
    codecId: VideoCodecId.avc,
    avcPacketType,
    compositionTime,
    data,
  })
