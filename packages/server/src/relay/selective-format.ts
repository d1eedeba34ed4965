import { encodeBatch } from '@rtmp/chunk'
import {
  ANY_FOUR_CC,
  AUDIO_FOUR_CCS,
  canReceive,
  CapsEx,
  type ErtmpCapabilities,
  fourCcOf,
  fromMediaFrame,
  joinTracks,
  legacyIdOf,
  MediaFlags,
  type MediaFrame,
  type MediaKind,
  splitTracks,
  toMediaFrames,
  VIDEO_FOUR_CCS,
} from '@rtmp/ertmp'
import { isDecodeError, isUsageError } from '@rtmp/bytes'
import type { BatchFormat } from './batch-format.ts'
import type { RelayMessage } from './relay-message.ts'

/** What a player has said it can read of Enhanced RTMP, in the fewest words, so that players share bytes. */
export interface PlayerAbilities {
  /** FourCCs, `'*'` among them for any. */
  readonly video: ReadonlySet<string>
  readonly audio: ReadonlySet<string>
  readonly multitrack: boolean
}

/** What a client's announcement comes to. */
export const abilitiesOf = (capabilities: ErtmpCapabilities): PlayerAbilities => {
  const readable = (kind: MediaKind, fourCcs: readonly string[]): ReadonlySet<string> =>
    canReceive(capabilities, kind, ANY_FOUR_CC)
      ? ANYTHING
      : new Set(fourCcs.filter((fourCc) => canReceive(capabilities, kind, fourCc)))
  return {
    video: readable('video', VIDEO_FOUR_CCS),
    audio: readable('audio', AUDIO_FOUR_CCS),
    multitrack: ((capabilities.capsEx ?? 0) & CapsEx.multitrack) !== 0,
  }
}

const ANYTHING: ReadonlySet<string> = new Set([ANY_FOUR_CC])

const formats = new Map<string, BatchFormat>()

/** How many different formats are remembered; clients of one kind announce the same. */
const REMEMBERED = 256

/**
 * Chunks of RTMP for players that get only what they have said they can read: enhanced messages of other codecs go out
 * in legacy form where there is one and stay away where not; without multitrack, of several tracks only track 0 is
 * sent, in single-track form. Legacy messages pass unchanged.
 */
export const selectiveFormat = (
  chunkSize: number,
  messageStreamId: number,
  abilities: PlayerAbilities,
): BatchFormat => {
  const { video, audio, multitrack } = abilities
  const name = `rtmp/${chunkSize}/${messageStreamId}/${[...video].join('+')}/${[...audio].join('+')}/${multitrack ? 'tracks' : 'track'}`
  const known = formats.get(name)
  if (known !== undefined) return known
  const options = { chunkSize, messageStreamId }
  const format: BatchFormat = {
    name,
    encode: (messages) => {
      const readable = messages.flatMap((message) => adapted(message, abilities) ?? [])
      return readable.length === 0 ? NOTHING : encodeBatch(readable, options)
    },
  }
  if (formats.size < REMEMBERED) formats.set(name, format)
  return format
}

const NOTHING = new Uint8Array(0)

/** A message as such a player can read it; `undefined` for nothing. */
const adapted = (message: RelayMessage, abilities: PlayerAbilities): RelayMessage | undefined => {
  if ((message.flags & MediaFlags.enhanced) === 0) return message
  const kind: MediaKind = message.isVideo ? 'video' : 'audio'
  try {
    const payload = adaptedPayload(kind, message, abilities)
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
  { payload, flags }: RelayMessage,
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
  const readable = abilities[kind]
  if (readable.has(ANY_FOUR_CC)) return true
  const fourCc = fourCcOf(kind, codec)
  return fourCc !== undefined && readable.has(fourCc)
}
