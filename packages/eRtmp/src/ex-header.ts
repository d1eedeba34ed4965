import { AudioPacketType, MultitrackType, VideoFrameType, VideoPacketType } from './packet-type.ts'

/**
 * The start of an enhanced message, video (E-RTMP v2, ExVideoTagHeader) or audio (ExAudioTagHeader).
 *
 *   video byte 0   1 · frameType 3 · packetType 4        audio byte 0   9 as 4 bits · packetType 4
 *   while packetType = 7 (ModEx)    size − 1 u8 [255: size − 1 u16] · data[size] · modExType 4, packetType 4
 *   video, frameType = 5 and packetType ≠ 4             command u8, and that is all
 *   packetType = 6 (video), 5 (audio): multitrack       multitrackType 4, packetType 4 · fourCc u32 unless type 2
 *   otherwise                                           fourCc u32
 *   tracks of type 0                trackId u8 · payload to the end
 *   tracks of type 1                { trackId u8 · size u24 · payload[size] } …
 *   tracks of type 2                { fourCc u32 · trackId u8 · size u24 · payload[size] } …
 *   type 3 to 15 (reserved)         not known: left as they are
 *
 * Whoever needs these fields scans with the two functions below, so that the rules exist once. They write into one
 * object each instead of making one per message, which a server would do for every message it relays.
 */
export interface ExHeader {
  /** 0 to 7, −1 for audio. */
  frameType: number
  /** Of every packet in the message; never ModEx or multitrack. */
  packetType: number
  /** The byte of a command frame, else −1. */
  command: number
  /** −1 when the message is not multitrack. */
  multitrackType: number
  /** As a number; 0 for command frames, many codecs and reserved multitrack types. */
  fourCc: number
  /** How many ModEx entries stand before the packet. */
  modExCount: number
  /** Where the last timestamp offset in nanoseconds was found, else −1. */
  nanoOffset: number
  /** First byte behind what the header says for all tracks. */
  bodyStart: number
}

/** Why a scan stopped; 0 is success. */
export const ExFault = {
  none: 0,
  truncated: 1,
  nestedMultitrack: 2,
  modExInMultitrack: 3,
  modExChainTooLong: 4,
} as const

/** Entries a chain of ModEx may have; the specification has no bound, and no known sender uses more than one. */
export const MAX_MOD_EX_CHAIN = 16

/** What the latest {@link scanExHeader} found; overwritten by the next one. */
export const exHeader: ExHeader = {
  frameType: -1,
  packetType: 0,
  command: -1,
  multitrackType: -1,
  fourCc: 0,
  modExCount: 0,
  nanoOffset: 0,
  bodyStart: 0,
}

/** Four bytes as an unsigned number; the caller knows that they are there. */
const u32At = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)) >>>
  0

/** Three bytes as an unsigned number; the caller knows that they are there. */
export const u24At = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)

/** Three bytes as a signed number; the caller knows that they are there. */
export const i24At = (bytes: Uint8Array, at: number): number => (u24At(bytes, at) << 8) >> 8

/** Size of the ModEx data whose size field starts at `at`; −1 when the field is cut off. */
export const modExSizeAt = (bytes: Uint8Array, at: number): number => {
  if (at >= bytes.length) return -1
  const short = bytes[at] as number
  if (short < 255) return short + 1
  if (at + 3 > bytes.length) return -1
  return (((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)) + 1
}

/**
 * Reads the header of an enhanced message, whose first byte has been recognised as one, into {@link exHeader}.
 *
 * @returns one of {@link ExFault}; on a fault `exHeader.bodyStart` is the position of the trouble.
 */
export const scanExHeader = (bytes: Uint8Array, video: boolean): number => {
  const first = bytes[0] as number
  const header = exHeader
  header.frameType = video ? (first >> 4) & 7 : -1
  header.command = -1
  header.multitrackType = -1
  header.fourCc = 0
  header.modExCount = 0
  header.nanoOffset = -1
  let packetType = first & 15
  let at = 1
  while (packetType === VideoPacketType.modEx) {
    header.bodyStart = at
    if (header.modExCount === MAX_MOD_EX_CHAIN) return ExFault.modExChainTooLong
    const size = modExSizeAt(bytes, at)
    const start = at + (bytes[at] === 255 ? 3 : 1)
    if (size < 0 || start + size >= bytes.length) return ExFault.truncated
    at = start + size
    const next = bytes[at++] as number
    if (next >> 4 === 0 && size >= 3) header.nanoOffset = start
    packetType = next & 15
    header.modExCount += 1
  }
  header.packetType = packetType
  header.bodyStart = at
  if (header.frameType === VideoFrameType.command && packetType !== VideoPacketType.metadata) {
    if (at >= bytes.length) return ExFault.truncated
    header.command = bytes[at] as number
    header.bodyStart = at + 1
    return ExFault.none
  }
  const multitrack = video ? VideoPacketType.multitrack : AudioPacketType.multitrack
  if (packetType === multitrack) {
    if (at >= bytes.length) return ExFault.truncated
    const type = (bytes[at] as number) >> 4
    const inner = (bytes[at] as number) & 15
    if (inner === multitrack) return ExFault.nestedMultitrack
    if (inner === VideoPacketType.modEx) return ExFault.modExInMultitrack
    at += 1
    header.multitrackType = type
    header.packetType = inner
    header.bodyStart = at
    if (type >= MultitrackType.manyTracksManyCodecs) return ExFault.none
  }
  if (at + 4 > bytes.length) return ExFault.truncated
  header.fourCc = u32At(bytes, at)
  header.bodyStart = at + 4
  return ExFault.none
}

/** One track's place in a message. */
export interface TrackSpan {
  fourCc: number
  trackId: number
  /** First byte of what would follow the FourCC in a message of one track. */
  start: number
  /** Position behind the last byte: where the next track begins. */
  end: number
}

/** What the latest {@link scanTrack} found; overwritten by the next one. */
export const trackSpan: TrackSpan = { fourCc: 0, trackId: 0, start: 0, end: 0 }

/**
 * Reads the track that begins at `at` into {@link trackSpan}, by the layout in {@link exHeader}.
 *
 * @returns whether a whole track is there. A multitrack message of a reserved type has none.
 */
export const scanTrack = (bytes: Uint8Array, at: number): boolean => {
  const { multitrackType } = exHeader
  trackSpan.fourCc = exHeader.fourCc
  trackSpan.trackId = 0
  trackSpan.end = bytes.length
  trackSpan.start = at
  if (multitrackType < 0) return at <= bytes.length
  if (multitrackType > MultitrackType.manyTracksManyCodecs) return false
  let position = at
  if (multitrackType === MultitrackType.manyTracksManyCodecs) {
    if (position + 4 > bytes.length) return false
    trackSpan.fourCc = u32At(bytes, position)
    position += 4
  }
  if (position >= bytes.length) return false
  trackSpan.trackId = bytes[position] as number
  trackSpan.start = position + 1
  if (multitrackType === MultitrackType.oneTrack) return true
  if (position + 4 > bytes.length) return false
  trackSpan.start = position + 4
  trackSpan.end = trackSpan.start + u24At(bytes, position + 1)
  return trackSpan.end <= bytes.length
}
