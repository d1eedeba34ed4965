import { sameBytes } from './hex.ts'

/** What a message of sound or of a picture carries, without the form that it is wrapped in. */
interface CodedMedia {
  readonly codec: string
  readonly trackId: number
  /** The NAL units of a picture, without parameter sets and delimiters; of other codecs the frame as it is. */
  readonly parts: readonly Uint8Array[]
}

type Message = { readonly typeId: number; readonly payload: Uint8Array }

/**
 * Whether both carry the same coded sound or picture, though one was written anew: by a server that takes streams apart
 * and puts parameter sets before key frames, uses Enhanced RTMP's form for the legacy one, or gives other composition times.
 */
export const sameMedia = (one: Message, other: Message): boolean => {
  if (one.typeId !== other.typeId) return false
  if (sameBytes(one.payload, other.payload)) return true
  const [a, b] = [codedMedia(one), codedMedia(other)]
  return (
    a !== undefined &&
    b !== undefined &&
    a.codec === b.codec &&
    a.trackId === b.trackId &&
    a.parts.length === b.parts.length &&
    a.parts.every((part, index) => sameBytes(part, b.parts[index] ?? part))
  )
}

/** The media in a message of frames; `undefined` for sequence headers, metadata and everything else. */
const codedMedia = ({ typeId, payload }: Message): CodedMedia | undefined => {
  const [first = 0, second = 0] = payload
  if (typeId === 8) {
    if (first >> 4 === 10) return second === 1 ? media('mp4a', 0, payload.subarray(2)) : undefined
    return first >> 4 === 9 ? enhanced(payload, first & 15, 0) : undefined
  }
  if (typeId !== 9) return undefined
  if (first < 0x80)
    return first % 16 === 7 && second === 1 ? media('avc1', 0, payload.subarray(5)) : undefined
  return enhanced(payload, first & 15, 3)
}

const CODED_FRAMES = 1
const CODED_FRAMES_X = 3
const AUDIO_MULTITRACK = 5
const VIDEO_MULTITRACK = 6
/** Codecs whose CodedFrames have a composition time (E-RTMP v2, ExVideoTagBody). */
const WITH_OFFSET = new Set(['avc1', 'hvc1', 'vvc1'])

/** An enhanced body: one track of its own, or in a multitrack message of the form OneTrack. */
const enhanced = (payload: Uint8Array, packetType: number, offsetBytes: number): CodedMedia | undefined => {
  let [type, at, trackId] = [packetType, 1, 0]
  const multitrack = packetType === (offsetBytes === 0 ? AUDIO_MULTITRACK : VIDEO_MULTITRACK)
  if (multitrack) {
    if ((payload[1] ?? 0) >> 4 !== 0) return undefined
    type = (payload[1] ?? 0) & 15
    at = 2
    trackId = payload[6] ?? 0
  }
  if (type !== CODED_FRAMES && (type !== CODED_FRAMES_X || offsetBytes === 0)) return undefined
  const codec = String.fromCodePoint(...payload.subarray(at, at + 4))
  const offset = type === CODED_FRAMES && WITH_OFFSET.has(codec) ? offsetBytes : 0
  return media(codec, trackId, payload.subarray(at + 4 + (multitrack ? 1 : 0) + offset))
}

const media = (codec: string, trackId: number, body: Uint8Array): CodedMedia => ({
  codec,
  trackId,
  parts: nalUnits(codec, body) ?? [body],
})

/** NAL unit types that are parameter sets or delimiters, which say nothing of one picture. */
const DISPENSABLE: Readonly<Record<string, (first: number) => boolean>> = {
  avc1: (first) => [7, 8, 9].includes(first & 31),
  hvc1: (first) => [32, 33, 34, 35].includes((first >> 1) & 63),
}

/** The NAL units behind their lengths of four bytes; `undefined` when there are none to be read. */
const nalUnits = (codec: string, body: Uint8Array): readonly Uint8Array[] | undefined => {
  const dispensable = DISPENSABLE[codec]
  if (dispensable === undefined) return undefined
  const view = new DataView(body.buffer, body.byteOffset, body.length)
  const units: Uint8Array[] = []
  for (let at = 0; at < body.length; ) {
    const end = at + 4 <= body.length ? at + 4 + view.getUint32(at) : Infinity
    if (end > body.length) return undefined
    const unit = body.subarray(at + 4, end)
    if (!dispensable(unit[0] ?? 0)) units.push(unit)
    at = end
  }
  return units
}
