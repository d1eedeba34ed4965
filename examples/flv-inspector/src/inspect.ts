// What a tag is, in words, and what the tracks of a file are.
import { isDecodeError } from '@rtmp/bytes'
import {
  decodeAudioBody,
  decodeVideoBody,
  type FlvTag,
  isKeyFrame,
  soundChannels,
  soundFormatName,
  soundSampleRate,
  TagType,
  videoCodecName,
} from '@rtmp/flv'
import {
  aacCodecString,
  avcCodecString,
  avcLevelName,
  avcProfileName,
  decodeAacConfig,
  decodeAvcConfig,
  decodeAvcSps,
} from '@rtmp/flv/codec'
import { decodeScriptData } from '@rtmp/flv/script'

const PACKET_TYPES = ['sequence header', 'frame', 'end of sequence']
const FRAME_TYPES = ['', 'key frame', 'inter frame', 'disposable frame', 'generated key frame', 'command']

/** One line about a tag. */
export const describeTag = (tag: FlvTag): string => {
  try {
    if (tag.filtered) return 'encrypted'
    if (tag.typeId === TagType.video) return describeVideo(tag.payload)
    if (tag.typeId === TagType.audio) return describeAudio(tag.payload)
    return decodeScriptData(tag.payload, tag.typeId).name
  } catch (error) {
    if (isDecodeError(error)) return error.message
    throw error
  }
}

const describeVideo = (payload: Uint8Array): string => {
  const body = decodeVideoBody(payload)
  if (body.kind === 'empty') return 'empty'
  if (body.kind === 'extendedVideo') return 'Enhanced RTMP'
  const name = videoCodecName(body.codecId)
  if (body.kind !== 'avc') return `${name} ${FRAME_TYPES[body.frameType] ?? 'frame'}`
  if (body.avcPacketType !== 1) return `${name} ${PACKET_TYPES[body.avcPacketType] ?? 'packet'}`
  return `${name} ${FRAME_TYPES[body.frameType] ?? 'frame'}, shown ${body.compositionTime} ms later`
}

const describeAudio = (payload: Uint8Array): string => {
  const body = decodeAudioBody(payload)
  if (body.kind === 'silence') return 'silence'
  if (body.kind === 'extendedAudio') return 'Enhanced RTMP'
  return `${soundFormatName(body.soundFormat, body.soundSize)} ${PACKET_TYPES[body.aacPacketType ?? 1] ?? 'packet'}`
}

/** Whether a tag is worth a bold line. */
export const isKeyTag = (tag: FlvTag): boolean => tag.typeId === TagType.video && isKeyFrame(tag.payload)

/** A track of a file. */
export interface Track {
  readonly kind: 'video' | 'audio'
  /** For people: `h264 High 1.3, 320 × 180, 25 frames a second`. */
  readonly text: string
  /** For `MediaSource.isTypeSupported` and decoders; only H.264 and AAC have one here. */
  readonly codec?: string
  /** The codec's configuration record. */
  readonly config?: Uint8Array
}

/** What the first tags of each kind say about their track. */
export const findTracks = (tags: readonly FlvTag[]): Track[] => {
  const video = tags.find(({ typeId, payload }) => typeId === TagType.video && payload.length > 1)
  const audio = tags.find(({ typeId, payload }) => typeId === TagType.audio && payload.length > 1)
  return [video && videoTrack(video.payload), audio && audioTrack(audio.payload)].filter((track) => !!track)
}

const videoTrack = (payload: Uint8Array): Track => {
  const body = decodeVideoBody(payload)
  const isAvc = body.kind === 'avc' && body.codecId === 7 && body.avcPacketType === 0
  if (!isAvc) return { kind: 'video', text: describeVideo(payload) }
  const config = decodeAvcConfig(body.data)
  const { width, height, vui } = decodeAvcSps(config.sps[0] ?? new Uint8Array(0))
  const { profile, compatibility, level } = config
  const name = `h264 ${avcProfileName(profile, compatibility)} ${avcLevelName(level, profile, compatibility)}`
  const rate = vui?.frameRate === undefined ? '' : `, ${vui.frameRate} frames a second`
  const text = `${name}, ${width} × ${height}${rate}`
  return { kind: 'video', text, codec: avcCodecString(config), config: body.data }
}

const audioTrack = (payload: Uint8Array): Track => {
  const body = decodeAudioBody(payload)
  if (body.kind === 'aac' && body.aacPacketType === 0) {
    const config = decodeAacConfig(body.data)
    const text = `aac, ${config.extension?.sampleRate ?? config.sampleRate} Hz, ${config.channels ?? '?'} channel(s)`
    return { kind: 'audio', text, codec: aacCodecString(config), config: body.data }
  }
  if (body.kind !== 'sound') return { kind: 'audio', text: describeAudio(payload) }
  const rate = soundSampleRate(body.soundFormat, body.soundRate)
  const channels = soundChannels(body.soundFormat, body.soundType)
  const name = soundFormatName(body.soundFormat, body.soundSize)
  return { kind: 'audio', text: `${name}, ${rate} Hz, ${channels} channel(s)` }
}
