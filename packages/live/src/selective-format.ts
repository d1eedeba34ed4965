import { encodeBatch, MessageTypeId } from '@rtmp/chunk'
import {
  decodeAudioMessage,
  decodeVideoMessage,
  encodeAudioMessage,
  encodeVideoMessage,
  fourCcOf,
  fromMediaFrame,
  joinTracks,
  legacyIdOf,
  MediaFlags,
  type MediaFrame,
  type MediaKind,
  readableMetadata,
  splitTracks,
  toMediaFrames,
  VideoPacketType,
  type MediaMessage,
} from '@rtmp/e-rtmp'
import { isDecodeError, isUsageError } from '@rtmp/bytes'
import { type BatchFormat, rtmpFormat } from './batch-format.ts'
import { type PlayerAbilities, readsCodec, readsEverything } from './player-abilities.ts'

/**
 * Chunks of RTMP for players that get only what they can read: enhanced messages of other codecs go out in legacy form
 * where there is one and stay away where not; without multitrack, of several tracks only track 0 is sent, in
 * single-track form; without ModEx, messages come without it. Metadata says nothing of what stays away. Legacy messages
 * pass unchanged. Players that read everything share the bytes of `rtmpFormat`.
 *
 * @example
 * ```ts
 * const format = selectiveFormat(4096, 1, abilitiesOf(capabilities, 'reads'))
 * ```
 */
export const selectiveFormat = (
  chunkSize: number,
  messageStreamId: number,
  abilities: PlayerAbilities,
): BatchFormat<Uint8Array> => {
  if (readsEverything(abilities)) return rtmpFormat(chunkSize, messageStreamId)
  const { video, audio, multitrack, modEx } = abilities
  const forms = `${multitrack ? 'tracks' : 'track'}${modEx ? '+modEx' : ''}`
  const name = `rtmp/${chunkSize}/${messageStreamId}/${[...video].join('+')}/${[...audio].join('+')}/${forms}`
  const options = { chunkSize, messageStreamId }
  return {
    name,
    encode: (messages) => {
      const readable = messages.flatMap((message) => adapted(message, abilities) ?? [])
      return readable.length === 0 ? NOTHING : encodeBatch(readable, options)
    },
  }
}

const NOTHING = new Uint8Array(0)

/** A message as such a player can read it; `undefined` for nothing. */
const adapted = (message: MediaMessage, abilities: PlayerAbilities): MediaMessage | undefined => {
  if (message.typeId === MessageTypeId.dataAmf0) {
    const payload = readableMetadata(message.payload, {
      reads: (kind, fourCc) => readsCodec(abilities, kind, fourCc),
      multitrack: abilities.multitrack,
    })
    return payload === undefined ? message : message.withPayload(payload)
  }
  if ((message.flags & MediaFlags.enhanced) === 0) return message
  const kind: MediaKind = message.isVideo ? 'video' : 'audio'
  try {
    const payload = withoutModEx(kind, adaptedPayload(kind, message, abilities), abilities)
    return payload === undefined || payload === message.payload
      ? payload && message
      : message.withPayload(payload)
  } catch (error) {
    // Broken media, or media that the other form cannot say: nothing such a player could read.
    if (isDecodeError(error) || isUsageError(error)) return undefined
    throw error
  }
}

const adaptedPayload = (
  kind: MediaKind,
  { payload, flags }: MediaMessage,
  abilities: PlayerAbilities,
): Uint8Array | undefined => {
  const frames = toMediaFrames(kind, 0, payload)
  const readable = frames.filter((frame) => canRead(frame, abilities))
  if ((flags & MediaFlags.multitrack) !== 0 && abilities.multitrack) {
    if (readable.length === frames.length) return payload
    const tracks = new Set(readable.map(({ trackId }) => trackId))
    const parts = splitTracks(kind, payload).filter(({ trackId }) => tracks.has(trackId))
    return parts.length === 0 ? undefined : joinTracks(kind, parts)
  }
  const main = frames.find(({ trackId }) => trackId === 0)
  if (main === undefined) return undefined
  if (canRead(main, abilities)) {
    return (flags & MediaFlags.multitrack) === 0 ? payload : fromMediaFrame(main, { form: 'enhanced' })
  }
  const hasLegacyForm = legacyIdOf(kind, main.codec) !== undefined && LEGACY_TYPES.has(main.type)
  return hasLegacyForm ? fromMediaFrame({ ...main, nanoOffset: 0 }, { form: 'legacy' }) : undefined
}

const LEGACY_TYPES: ReadonlySet<MediaFrame['type']> = new Set(['sequenceHeader', 'coded', 'sequenceEnd'])

const canRead = ({ kind, codec }: MediaFrame, abilities: PlayerAbilities): boolean => {
  return readsCodec(abilities, kind, fourCcOf(kind, codec))
}

/** An enhanced message begins with its packet type in the low four bits; ModEx stands before all else. */
const withoutModEx = (
  kind: MediaKind,
  payload: Uint8Array | undefined,
  { modEx }: PlayerAbilities,
): Uint8Array | undefined => {
  if (payload === undefined || modEx || ((payload[0] ?? 0) & 0x0f) !== VideoPacketType.modEx) return payload
  if (kind === 'video') {
    const message = decodeVideoMessage(payload)
    return message.kind === 'enhanced' ? encodeVideoMessage({ ...message, modEx: [] }) : payload
  }
  const message = decodeAudioMessage(payload)
  return message.kind === 'enhanced' ? encodeAudioMessage({ ...message, modEx: [] }) : payload
}
