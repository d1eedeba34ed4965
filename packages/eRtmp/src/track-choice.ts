import { type Amf0Plain, decodeAmf0, decodeAmf0Prefix, ecmaArray, encodeAmf0 } from '@rtmp/amf0'
import { isDecodeError, isUsageError } from '@rtmp/bytes'
import { TagType } from '@rtmp/flv'
import { legacyIdOf } from './codec-lookup.ts'
import type { MediaFrame } from './media-frame.ts'
import type { MediaMessage } from './media-message.ts'
import { fromMediaFrame, type MediaFrameInit } from './write-frame.ts'

/** Which track of each kind somebody wants who takes one of each. */
export interface TrackChoice {
  /** 0 to 255. */
  readonly video: number
  /** 0 to 255. */
  readonly audio: number
}

/**
 * A message with the chosen tracks only, written as if there were no others: in legacy form where the codec has one, since
 * who knows one track only may know nothing else. `onMetaData` tells of the chosen tracks.
 *
 * @returns The message itself where nothing is to be changed; `undefined` for what is of other tracks, and for broken media, of which
 *   nobody can say whose it is. Never throws.
 */
export const chosenTracks = (message: MediaMessage, choice: TrackChoice): MediaMessage | undefined => {
  const { kind, track: first, trackIds } = message
  try {
    if (kind === 'data') {
      const payload = message.typeId === TagType.script ? metadataOf(message.payload, choice) : undefined
      return payload === undefined ? message : message.withPayload(payload)
    }
    const track = choice[kind]
    if (track === 0 && first === 0 && trackIds.length <= 1) return message
    const frame = message.frames().find(({ trackId }) => trackId === track)
    if (frame === undefined || !isForOne(frame)) return undefined
    return message.withPayload(fromMediaFrame(alone(frame)))
  } catch (error) {
    if (isDecodeError(error) || isUsageError(error)) return kind === 'data' ? message : undefined
    throw error
  }
}

/** What a codec's legacy form cannot say (colour, the layout of channels) would be an unknown codec to who knows that form only. */
const isForOne = ({ kind, codec, type }: MediaFrame): boolean =>
  legacyIdOf(kind, codec) === undefined || LEGACY_TYPES.has(type)

const LEGACY_TYPES: ReadonlySet<MediaFrame['type']> = new Set(['sequenceHeader', 'coded', 'sequenceEnd'])

const alone = ({ form: _form, ...frame }: MediaFrame): MediaFrameInit => ({
  ...frame,
  trackId: 0,
  nanoOffset: 0,
})

/** What metadata says of the main track of a kind, and where it tells of the others (E-RTMP v2, "Enhancing onMetaData"). */
const METADATA = {
  video: {
    map: 'videoTrackIdInfoMap',
    names: ['videocodecid', 'width', 'height', 'framerate', 'videodatarate'],
  },
  audio: {
    map: 'audioTrackIdInfoMap',
    names: [
      'audiocodecid',
      'audiodatarate',
      'audiosamplerate',
      'audiosamplesize',
      'audiochannels',
      'channels',
      'samplerate',
      'stereo',
    ],
  },
} as const

const isProperties = (value: unknown): value is Record<string, Amf0Plain> =>
  Object.prototype.toString.call(value) === '[object Object]'

const metadataOf = (payload: Uint8Array, choice: TrackChoice): Uint8Array | undefined => {
  if (decodeAmf0Prefix(payload).value !== 'onMetaData') return undefined
  const [name, metadata, ...more] = decodeAmf0(payload, { partial: true })
  if (!isProperties(metadata)) return undefined
  const properties = { ...metadata }
  let isChanged = false
  for (const kind of ['video', 'audio'] as const) {
    const { map, names } = METADATA[kind]
    const told = properties[map]
    if (told === undefined) continue
    isChanged = true
    delete properties[map]
    if (choice[kind] === 0) continue
    const own = isProperties(told) ? told[String(choice[kind])] : undefined
    for (const each of names) {
      const value = isProperties(own) ? own[each] : undefined
      if (value === undefined) delete properties[each]
      else properties[each] = value
    }
  }
  return isChanged ? encodeAmf0([name, ecmaArray(properties), ...more]) : undefined
}
