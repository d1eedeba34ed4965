import { TagType } from '@rtmp/flv'
import type { EntryPoint } from './codecs/codec.ts'
import { exHeader, ExFault, scanExHeader, scanTrack, trackSpan } from './ex-header.ts'
import { AudioPacketType, EX_SOUND_FORMAT, VideoFrameType, VideoPacketType } from './packet-type.ts'
import {
  fourCcFromNumber,
  hasCompositionTimeOffset,
  legacyVideoCodec,
  type MediaKind,
  videoCodecOf,
} from './codec-lookup.ts'

/**
 * What a relay wants to know of an audio or video message, as bits. One message can have several.
 *
 * A message that is none of `coded`, `sequenceHeader`, `sequenceEnd`, `metadata`, `multichannelConfig`, `command`,
 * `empty` and `broken` is of a kind that is not known here (a reserved packet type, say): pass it on unchanged.
 */
export const MediaFlags = {
  /**
   * A coded video frame at which decoding can start; never set for sequence headers and empty frames. By the frame type,
   * or by the payload where that says nothing.
   */
  keyFrame: 1,
  /** A codec configuration (of every track in the message). */
  sequenceHeader: 2,
  sequenceEnd: 4,
  /** Enhanced video Metadata: colorInfo. */
  metadata: 8,
  /** Enhanced audio MultichannelConfig. */
  multichannelConfig: 16,
  /** Frames, audio or video. */
  coded: 32,
  /** Has an Ex header. */
  enhanced: 64,
  /** Enhanced, and in one of the multitrack layouts: it says for which track it is. */
  multitrack: 128,
  /** A video command frame (client-side seek) without a picture. */
  command: 256,
  /**
   * Nothing in it: alone, a zero-length message (for audio, the silence message); with `coded`, a frame without data;
   * with `sequenceHeader`, a legacy one without its record, to be ignored. (Enhanced SequenceStart may be empty and
   * is not marked.)
   */
  empty: 512,
  /** Ends inside its header, or nests what must not be nested: drop it. */
  broken: 1024,
} as const

const F = MediaFlags

/** Legacy codecs whose second byte is an AVC packet type: AVC, and HEVC as some senders write it. */
export const hasAvcPacketType = (codecId: number): boolean => codecId === 7 || codecId === 12

/** Whether decoding can start at a picture of a frame type. */
export const isKey = (frameType: number): boolean =>
  frameType === VideoFrameType.key || frameType === VideoFrameType.generatedKey

/**
 * Whether a frame type says nothing: 6 and 7 are reserved, and 0 is, but is written in every enhanced frame by MediaMTX
 * and all that use its library. Then the payload decides.
 */
export const saysNothing = (frameType: number): boolean =>
  frameType === 0 || frameType > VideoFrameType.command

/**
 * The kind of a video message, legacy or enhanced, as a set of {@link MediaFlags}. Allocates nothing, never throws.
 *
 * The frame type stands in the first byte for all tracks of a message; {@link trackIdsOf} says which they are.
 *
 * @example
 * ```ts
 * const isKeyFrame = (classifyVideo(payload) & MediaFlags.keyFrame) !== 0
 * ```
 */
export const classifyVideo = (payload: Uint8Array): number => {
  if (payload.length === 0) return F.empty
  const first = payload[0] as number
  if (first >= 0x80) return classifyExVideo(payload)
  const frameType = first >> 4
  if (frameType === VideoFrameType.command) return payload.length > 1 ? F.command : F.command | F.broken
  if (!hasAvcPacketType(first & 15)) {
    return payload.length > 1 ? F.coded | legacyKey(payload, frameType, 1) : F.coded | F.empty
  }
  if (payload.length < 2) return F.broken
  switch (payload[1]) {
    case 0:
      return payload.length > 5 ? F.sequenceHeader : F.sequenceHeader | F.empty
    case 1:
      if (payload.length < 5) return F.broken
      return payload.length > 5 ? F.coded | legacyKey(payload, frameType, 5) : F.coded | F.empty
    case 2:
      return F.sequenceEnd
    default:
      return 0
  }
}

const legacyKey = (payload: Uint8Array, frameType: number, start: number): number => {
  if (isKey(frameType)) return F.keyFrame
  if (!saysNothing(frameType)) return 0
  const codec = legacyVideoCodec((payload[0] as number) & 15)
  return codec?.entryPoint(payload, start, payload.length) === 'key' ? F.keyFrame : 0
}

const classifyExVideo = (payload: Uint8Array): number => {
  if (scanExHeader(payload, true) !== ExFault.none) return F.enhanced | F.broken
  if (exHeader.command >= 0) return F.enhanced | F.command
  const form = exHeader.multitrackType < 0 ? F.enhanced : F.enhanced | F.multitrack
  if (exHeader.multitrackType <= 2 && !scanTrack(payload, exHeader.bodyStart)) return form | F.broken
  switch (exHeader.packetType) {
    case VideoPacketType.sequenceStart:
    case VideoPacketType.mpeg2TsSequenceStart:
      return form | F.sequenceHeader
    case VideoPacketType.codedFrames:
    case VideoPacketType.codedFramesX:
      return form | (exHeader.multitrackType > 2 ? F.coded : codedFlags(payload))
    case VideoPacketType.sequenceEnd:
      return form | F.sequenceEnd
    case VideoPacketType.metadata:
      return form | F.metadata
    default:
      return form
  }
}

/** Bytes between the start of a track's coded frame and the frame itself. */
const offsetSize = (): number =>
  exHeader.packetType === VideoPacketType.codedFrames && hasCompositionTimeOffset(trackSpan.fourCc) ? 3 : 0

/**
 * Of a message whose header and first track have been scanned. Emptiness is judged by the first track: messages with an
 * empty track before a full one were never seen.
 */
const codedFlags = (payload: Uint8Array): number => {
  const { frameType } = exHeader
  const left = trackSpan.end - trackSpan.start - offsetSize()
  if (left < 0) return F.broken
  if (left === 0) return F.coded | F.empty
  if (isKey(frameType)) return F.coded | F.keyFrame
  return saysNothing(frameType) && everyTrackIs(payload, 'key') ? F.coded | F.keyFrame : F.coded
}

/** Whether decoding of every track can start here, by their payloads; the first track has been scanned. */
const everyTrackIs = (payload: Uint8Array, ...wanted: readonly EntryPoint[]): boolean => {
  for (;;) {
    const { fourCc, start, end } = trackSpan
    const entry = videoCodecOf(fourCc)?.entryPoint(payload, Math.min(end, start + offsetSize()), end)
    if (entry === undefined || !wanted.includes(entry)) return false
    if (end >= payload.length || !scanTrack(payload, end)) return true
  }
}

/**
 * Where decoding can start by what the payload of a video message says, whatever its frame type says: `'recovery'` for a
 * frame of a stream without key frames, in which the picture is whole some frames later (recovery point SEI of H.264 and
 * H.265, gradual decoding refresh of H.266). `'none'` also for what has no coded frame. Of several tracks all have to
 * agree. Allocates next to nothing, never throws.
 *
 * @example
 * ```ts
 * if (videoEntryPoint(payload) !== 'none') console.log('a player can begin here')
 * ```
 */
export const videoEntryPoint = (payload: Uint8Array): EntryPoint => {
  const flags = classifyVideo(payload)
  if ((flags & (F.coded | F.empty)) !== F.coded) return 'none'
  if ((flags & F.enhanced) === 0) {
    const first = payload[0] as number
    const start = hasAvcPacketType(first & 15) ? 5 : 1
    return legacyVideoCodec(first & 15)?.entryPoint(payload, start, payload.length) ?? 'none'
  }
  const scan = (): boolean =>
    scanExHeader(payload, true) === ExFault.none && scanTrack(payload, exHeader.bodyStart)
  if (!scan()) return 'none'
  if (everyTrackIs(payload, 'key')) return 'key'
  return scan() && everyTrackIs(payload, 'key', 'recovery') ? 'recovery' : 'none'
}

/**
 * The kind of an audio message, legacy or enhanced, as a set of {@link MediaFlags}. Allocates nothing, never throws.
 *
 * @example
 * ```ts
 * const isHeader = (classifyAudio(payload) & MediaFlags.sequenceHeader) !== 0
 * ```
 */
export const classifyAudio = (payload: Uint8Array): number => {
  if (payload.length === 0) return F.empty
  const format = (payload[0] as number) >> 4
  if (format === EX_SOUND_FORMAT) return classifyExAudio(payload)
  if (format !== 10) return payload.length > 1 ? F.coded : F.coded | F.empty
  if (payload.length < 2) return F.broken
  const empty = payload.length === 2 ? F.empty : 0
  if (payload[1] === 0) return F.sequenceHeader | empty
  return payload[1] === 1 ? F.coded | empty : 0
}

const classifyExAudio = (payload: Uint8Array): number => {
  if (scanExHeader(payload, false) !== ExFault.none) return F.enhanced | F.broken
  const form = exHeader.multitrackType < 0 ? F.enhanced : F.enhanced | F.multitrack
  const layoutKnown = exHeader.multitrackType <= 2
  if (layoutKnown && !scanTrack(payload, exHeader.bodyStart)) return form | F.broken
  switch (exHeader.packetType) {
    case AudioPacketType.sequenceStart:
      return form | F.sequenceHeader
    case AudioPacketType.codedFrames:
      return form | (layoutKnown && trackSpan.start === trackSpan.end ? F.coded | F.empty : F.coded)
    case AudioPacketType.sequenceEnd:
      return form | F.sequenceEnd
    case AudioPacketType.multichannelConfig:
      return form | F.multichannelConfig
    default:
      return form
  }
}

const isEnhanced = (kind: MediaKind, payload: Uint8Array): boolean => {
  const first = payload[0]
  if (first === undefined) return false
  return kind === 'video' ? first >= 0x80 : first >> 4 === EX_SOUND_FORMAT
}

/**
 * The track of a message: the first one of a multitrack message, 0 for every other message (E-RTMP v2: what does not
 * name a track is the default track). Allocates nothing, never throws.
 *
 * @example
 * ```ts
 * firstTrackIdOf('video', Uint8Array.of(0x17, 1, 0, 0, 0)) // 0
 * ```
 */
export const firstTrackIdOf = (kind: MediaKind, payload: Uint8Array): number => {
  if (!isEnhanced(kind, payload)) return 0
  if (scanExHeader(payload, kind === 'video') !== ExFault.none || exHeader.command >= 0) return 0
  return scanTrack(payload, exHeader.bodyStart) ? trackSpan.trackId : 0
}

/**
 * The tracks of a message, 0 to 255, in the order in which they stand there, each once; `[0]` for a message that is
 * not multitrack, `[]` for one whose tracks cannot be read. Never throws.
 *
 * @example
 * ```ts
 * trackIdsOf('video', Uint8Array.of(0x17, 1, 0, 0, 0)) // [0]
 * ```
 */
export const trackIdsOf = (kind: MediaKind, payload: Uint8Array): number[] => {
  if (!isEnhanced(kind, payload)) return [0]
  if (scanExHeader(payload, kind === 'video') !== ExFault.none) return []
  if (exHeader.command >= 0 || exHeader.multitrackType < 0) return [0]
  const ids = new Set<number>()
  for (let at = exHeader.bodyStart; at < payload.length && scanTrack(payload, at); at = trackSpan.end) {
    ids.add(trackSpan.trackId)
  }
  return [...ids]
}

/** The bits of a message by its type: 8 audio, 9 video; 0 for data. Allocates nothing, never throws. */
export const flagsOf = (typeId: number, payload: Uint8Array): number =>
  typeId === TagType.video ? classifyVideo(payload) : typeId === TagType.audio ? classifyAudio(payload) : 0

/** What a decoder must have before frames make sense: codec configurations, colour, channel layout. */
export const HEADER_FLAGS: number = F.sequenceHeader | F.metadata | F.multichannelConfig

/** A header without its record, or one that cannot be read. */
export const UNUSABLE_FLAGS: number = F.empty | F.broken

/**
 * The name under which a late-join cache keeps a sequence header, Metadata or MultichannelConfig message, so that a
 * newer one takes the place of the older one: `'video/0/sequenceHeader'`, `'audio/2/multichannelConfig'`,
 * `'video/0/metadata/hvc1'`, `'video/0+1/sequenceHeader'` for two tracks in one message. `''` for other messages, and for headers
 * without a record or that cannot be read, which take nobody's place.
 *
 * Legacy and enhanced messages of one track share a name, since the track is the same. Metadata is kept for each FourCC,
 * because FFmpeg 8 sends that of further tracks without a track id. Replay a cache in the order of arrival.
 *
 * @example
 * ```ts
 * const key = headerKey('video', payload)
 * if (key !== '') headers.set(key, payload)
 * ```
 */
export const headerKey = (kind: MediaKind, payload: Uint8Array): string => {
  const flags = kind === 'video' ? classifyVideo(payload) : classifyAudio(payload)
  if ((flags & HEADER_FLAGS) === 0 || (flags & UNUSABLE_FLAGS) !== 0) return ''
  const tracks = (flags & F.multitrack) === 0 ? '0' : trackIdsOf(kind, payload).join('+')
  if (flags & F.sequenceHeader) return `${kind}/${tracks}/sequenceHeader`
  if (flags & F.multichannelConfig) return `${kind}/${tracks}/multichannelConfig`
  scanExHeader(payload, true)
  scanTrack(payload, exHeader.bodyStart)
  return `${kind}/${tracks}/metadata/${fourCcFromNumber(trackSpan.fourCc)}`
}
