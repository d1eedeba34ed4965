import { decodeAudioMessage } from './audio-message.ts'
import { requireInteger, usageError } from './errors.ts'
import { encodeExMessage, type ExMessageParts, type ExPacket } from './ex-message.ts'
import { fourCcToNumber } from './four-cc.ts'
import { toMediaFrames } from './media-frame.ts'
import type { ModEx } from './mod-ex.ts'
import { MultitrackType, VideoPacketType } from './packet-type.ts'
import { hasCompositionTimeOffset, type MediaKind } from './codec-lookup.ts'
import { decodeVideoMessage } from './video-message.ts'
import { fromMediaFrame } from './write-frame.ts'

/** The message of one track. */
export interface TrackMessage {
  /** 0 to 255. */
  readonly trackId: number
  /** The payload of an audio or video message. */
  readonly payload: Uint8Array
}

/** How tracks are written. */
export interface SplitOptions {
  /**
   * `'oneTrack'` (default): messages that name their track. `'single'`: messages without a track id, as a receiver that
   * does not know multitrack needs them.
   */
  readonly form?: 'oneTrack' | 'single'
}

const decode = (kind: MediaKind, payload: Uint8Array): ExMessageParts | undefined => {
  const message = kind === 'video' ? decodeVideoMessage(payload) : decodeAudioMessage(payload)
  return message.kind === 'enhanced' ? message : undefined
}

/**
 * The tracks of a message, each as a message of its own, in order. A message that is not multitrack comes back as it
 * is, for track 0. ModEx stands in front of each. Incomplete tracks at the end are dropped.
 *
 * @example
 * ```ts
 * for (const { trackId, payload } of splitTracks('video', message)) console.log(trackId, payload.length)
 * ```
 *
 * @throws DecodeError when the message cannot be decoded
 */
export const splitTracks = (
  kind: MediaKind,
  payload: Uint8Array,
  options: SplitOptions = {},
): TrackMessage[] => {
  const message = decode(kind, payload)
  if (message?.multitrackType === undefined || message.command !== undefined) return [{ trackId: 0, payload }]
  const single = options.form === 'single'
  return message.packets.map((packet) => ({
    trackId: packet.trackId,
    payload: encodeExMessage(
      {
        ...message,
        multitrackType: single ? undefined : MultitrackType.oneTrack,
        packets: [single ? { ...packet, trackId: 0 } : packet],
        rest: new Uint8Array(0),
      },
      kind === 'video',
    ),
  }))
}

/** The one packet of a track's message, in enhanced form whatever form it has. */
const partOf = (kind: MediaKind, part: TrackMessage, path: string): ExMessageParts & { packet: ExPacket } => {
  let message = decode(kind, part.payload)
  if (message === undefined) {
    const [frame] = toMediaFrames(kind, 0, part.payload)
    if (frame === undefined) throw usageError('ERTMP_PACKETS', 'an empty message has no track', path)
    message = decode(kind, fromMediaFrame(frame, { form: 'enhanced' }))
  }
  const packet = message?.packets[0]
  if (message === undefined || packet === undefined || message.packets.length > 1) {
    throw usageError('ERTMP_PACKETS', 'not a message of one packet', path)
  }
  return { ...message, packet: { ...packet, trackId: part.trackId } }
}

const sameModEx = (a: readonly ModEx[] = [], b: readonly ModEx[] = []): boolean =>
  a.length === b.length &&
  a.every((entry, i) => {
    const other = b[i] as ModEx
    return (
      entry.type === other.type &&
      entry.data.length === other.data.length &&
      entry.data.every((byte, at) => byte === other.data[at])
    )
  })

/**
 * One multitrack message of the messages of several tracks with one timestamp: ManyTracks for one codec,
 * ManyTracksManyCodecs for several. Legacy messages are put into enhanced form, CodedFramesX among CodedFrames get
 * their offset of 0. The order stays.
 *
 * Packet type, frame type and ModEx are those of a whole message, so they must agree. Send such messages only to peers
 * that are known to read them: most read the first track alone.
 *
 * @example
 * ```ts
 * const payload = joinTracks('video', [
 *   { trackId: 0, payload: hd },
 *   { trackId: 1, payload: sd },
 * ])
 * ```
 *
 * @param parts - At least one; each a message of one packet.
 * @throws UsageError `ERTMP_PACKETS` when they do not fit together, `ERTMP_FORM` for codecs without a FourCC
 * @throws DecodeError when a message cannot be decoded
 */
export const joinTracks = (kind: MediaKind, parts: readonly TrackMessage[]): Uint8Array => {
  const video = kind === 'video'
  const messages = parts.map((part, i) => {
    requireInteger(part.trackId, 0, 255, `parts[${i}].trackId`)
    return partOf(kind, part, `parts[${i}].payload`)
  })
  const first = messages[0]
  if (first === undefined) throw usageError('ERTMP_PACKETS', 'at least one track is needed', 'parts')
  const packetType = commonPacketType(messages, video)
  const { frameType, modEx } = first
  for (const [i, message] of messages.entries()) {
    if (message.frameType !== frameType || !sameModEx(modEx, message.modEx)) {
      throw usageError(
        'ERTMP_PACKETS',
        'frame type and ModEx must be those of parts[0]',
        `parts[${i}].payload`,
      )
    }
  }
  const packets = messages.map(({ packet }) => packet)
  const oneCodec = packets.every(({ fourCc }) => fourCc === first.packet.fourCc)
  const multitrackType = oneCodec ? MultitrackType.manyTracks : MultitrackType.manyTracksManyCodecs
  return encodeExMessage({ ...first, packetType, multitrackType, packets, rest: new Uint8Array(0) }, video)
}

const commonPacketType = (
  messages: readonly (ExMessageParts & { packet: ExPacket })[],
  video: boolean,
): number => {
  const { codedFrames, codedFramesX } = VideoPacketType
  const types = new Set(messages.map(({ packetType }) => packetType))
  const [only] = types
  if (types.size === 1 && only !== undefined) return only
  const mixed = video && types.size === 2 && types.has(codedFrames) && types.has(codedFramesX)
  const offsets = messages.every(
    ({ packetType, packet }) =>
      packetType === codedFrames || hasCompositionTimeOffset(fourCcToNumber(packet.fourCc)),
  )
  if (mixed && offsets) return codedFrames
  throw usageError('ERTMP_PACKETS', 'one message has one packet type', 'parts')
}
