// Questions about a payload that are answered from its first bytes: no allocation, never an error, any input. They
// know the legacy forms only; for an Enhanced RTMP payload every one of them but `isExtended…` says false
// (`@rtmp/e-rtmp` has `classifyVideo` and `classifyAudio`, which know both).
import { AacPacketType, AvcPacketType, FrameType, VideoCodecId } from './video-codec.ts'
import { SoundFormat } from './sound-format.ts'

const hasAvcLayout = (first: number): boolean => {
  const codecId = first & 0x0f
  return first < 0x80 && (codecId === VideoCodecId.avc || codecId === VideoCodecId.hevc)
}

/** Whether a video payload has an Enhanced RTMP header (bit 7 of its first byte). */
export const isExtendedVideo = (payload: Uint8Array): boolean => (payload[0] ?? 0) >= 0x80

/** Whether an audio payload has an Enhanced RTMP header (SoundFormat 9). */
export const isExtendedAudio = (payload: Uint8Array): boolean =>
  (payload[0] ?? 0) >> 4 === SoundFormat.extended

/**
 * Whether a video payload holds a picture that decoding can start at: FrameType 1 or 4, and for AVC a frame rather
 * than a sequence header or an end of sequence.
 *
 * @example
 * ```ts
 * isKeyFrame(Uint8Array.of(0x17, 1, 0, 0, 0)) // true
 * isKeyFrame(Uint8Array.of(0x27, 1, 0, 0, 0)) // false: an inter frame
 * ```
 */
export const isKeyFrame = (payload: Uint8Array): boolean => {
  const first = payload[0] ?? 0
  const frameType = first >> 4
  if (frameType !== FrameType.key && frameType !== FrameType.generatedKey) return false
  return !hasAvcLayout(first) || payload[1] === AvcPacketType.nalu
}

/**
 * Whether a video payload is an AVC (or codec 12 HEVC) sequence header.
 *
 * @example
 * ```ts
 * isVideoSequenceHeader(Uint8Array.of(0x17, 0, 0, 0, 0)) // true
 * ```
 */
export const isVideoSequenceHeader = (payload: Uint8Array): boolean =>
  payload.length >= 2 && isAvcPacket(payload, AvcPacketType.sequenceHeader)

/**
 * Whether an audio payload is an AAC sequence header (AudioSpecificConfig), be it an empty one.
 *
 * @example
 * ```ts
 * isAudioSequenceHeader(Uint8Array.of(0xaf, 0, 0x12, 0x10)) // true
 * ```
 */
export const isAudioSequenceHeader = (payload: Uint8Array): boolean =>
  (payload[0] ?? 0) >> 4 === SoundFormat.aac && payload[1] === AacPacketType.sequenceHeader

/**
 * Whether a video payload is AVC's end of sequence.
 *
 * @example
 * ```ts
 * isEndOfSequence(Uint8Array.of(0x17, 2, 0, 0, 0)) // true
 * ```
 */
export const isEndOfSequence = (payload: Uint8Array): boolean =>
  isAvcPacket(payload, AvcPacketType.endOfSequence)

/** Whether a video payload is a command frame (FrameType 5), which has no picture. */
export const isVideoCommand = (payload: Uint8Array): boolean => (payload[0] ?? 0) >> 4 === FrameType.command

const isAvcPacket = (payload: Uint8Array, packetType: number): boolean => {
  const first = payload[0] ?? 0
  return hasAvcLayout(first) && first >> 4 !== FrameType.command && payload[1] === packetType
}
