import { Kind } from './publication-log.ts'

/** What every audio and video message of the simulation says of itself. */
export interface Frame {
  readonly kind: Kind
  readonly track: number
  readonly publication: number
  readonly number: number
  /** Number of the video and audio header, and of the data frame in force, plus 1; 0 for none. */
  readonly videoHeader: number
  readonly audioHeader: number
  readonly dataFrame: number
  /** The publisher's timestamp. */
  readonly timestamp: number
}

/**
 * Behind the codec's own bytes (5 for legacy video, 7 for a track of enhanced video, 2 for audio):
 *
 *   0  publication   4  number   8  video header   12  audio header   16  data frame   20  timestamp   24  filler
 */
const BODY_SIZE = 24

/** The least payload, in bytes. */
const LEAST_PAYLOAD = 7 + BODY_SIZE

/** Bytes from one that is looked at to the next, in long payloads. */
const STRIDE = 61

const fillerOf = (number: number): number => (number * 31) & 0xff

/** The payload of a message. */
export const encodeFrame = (frame: Frame, enhanced: boolean, size: number): Uint8Array => {
  const payload = new Uint8Array(Math.max(size, LEAST_PAYLOAD))
  const at = writeHead(payload, frame, enhanced)
  const view = new DataView(payload.buffer)
  view.setUint32(at, frame.publication)
  view.setUint32(at + 4, frame.number)
  view.setUint32(at + 8, frame.videoHeader)
  view.setUint32(at + 12, frame.audioHeader)
  view.setUint32(at + 16, frame.dataFrame)
  view.setUint32(at + 20, frame.timestamp)
  payload.fill(fillerOf(frame.number), at + BODY_SIZE)
  return payload
}

const writeHead = (payload: Uint8Array, { kind, track }: Frame, enhanced: boolean): number => {
  if (kind === Kind.audio || kind === Kind.audioHeader) {
    payload[0] = 0xaf
    payload[1] = kind === Kind.audio ? 1 : 0
    return 2
  }
  const key = kind !== Kind.interFrame
  const header = kind === Kind.videoHeader
  if (!enhanced) {
    payload[0] = key ? 0x17 : 0x27
    payload[1] = header ? 0 : 1
    return 5
  }
  // One track: frame type and "multitrack", kind of multitrack and packet type, FourCC vp09, track.
  payload.set([key ? 0x96 : 0xa6, header ? 0x00 : 0x01, 0x76, 0x70, 0x30, 0x39, track])
  return 7
}

/** Reads a payload back; `undefined` when it is not ours or was damaged. */
export const decodeFrame = (typeId: number, payload: Uint8Array): Frame | undefined => {
  const first = payload[0] as number
  const second = payload[1] as number
  const enhanced = first >= 0x80
  const at = typeId === 8 ? 2 : enhanced ? 7 : 5
  if (payload.length < LEAST_PAYLOAD) return undefined
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
  const number = view.getUint32(at + 4)
  const step = payload.length < 500 ? 1 : STRIDE
  for (let i = at + BODY_SIZE; i < payload.length; i += step) {
    if (payload[i] !== fillerOf(number)) return undefined
  }
  return {
    kind: typeId === 8 ? (second === 1 ? Kind.audio : Kind.audioHeader) : videoKind(first, second),
    track: typeId === 9 && enhanced ? (payload[6] as number) : 0,
    publication: view.getUint32(at),
    number,
    videoHeader: view.getUint32(at + 8),
    audioHeader: view.getUint32(at + 12),
    dataFrame: view.getUint32(at + 16),
    timestamp: view.getUint32(at + 20),
  }
}

const videoKind = (first: number, second: number): Kind => {
  if (second === 0) return Kind.videoHeader
  return first === 0x17 || first === 0x96 ? Kind.keyFrame : Kind.interFrame
}
