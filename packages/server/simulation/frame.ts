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
 * Behind the codec's own bytes (5 for legacy video and 5 for the head of its one NAL unit, 7 for a track of enhanced video, 2
 * for audio), and in headers behind a configuration record that can be read, since the server keeps those from ones that
 * cannot:
 *
 *   0  publication   4  number   8  video header   12  audio header   16  data frame   20  timestamp   24  filler
 */
const BODY_SIZE = 24

/** Configuration records: of H.264, VP9 and AAC. */
const AVC_RECORD = Uint8Array.from([
  1, 0x42, 0, 0x1e, 0xff, 0xe1, 0, 4, 0x67, 0x42, 0, 0x1e, 1, 0, 2, 0x68, 0xce,
])
const VP9_RECORD = Uint8Array.of(1, 0, 0, 0, 0, 10, 0x82, 2, 2, 2, 0, 0)
const AAC_RECORD = Uint8Array.of(0x12, 0x10)

/** nal_unit_type 5 of H.264, an IDR picture, and 1, any other: nothing else in a message can be taken for a NAL unit. */
const NAL_UNIT = { key: 0x65, inter: 0x41 } as const

/** Length and type of a NAL unit, in bytes. */
const NAL_HEAD_SIZE = 5

/** The least payload, in bytes. */
const LEAST_PAYLOAD = 7 + AVC_RECORD.length + BODY_SIZE

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
    return kind === Kind.audio ? 2 : 2 + put(payload, 2, AAC_RECORD)
  }
  const key = kind !== Kind.interFrame
  const header = kind === Kind.videoHeader
  if (!enhanced) {
    payload[0] = key ? 0x17 : 0x27
    payload[1] = header ? 0 : 1
    return 5 + (header ? put(payload, 5, AVC_RECORD) : putNalHead(payload, key))
  }
  // One track: frame type and "multitrack", kind of multitrack and packet type, FourCC vp09, track.
  payload.set([key ? 0x96 : 0xa6, header ? 0x00 : 0x01, 0x76, 0x70, 0x30, 0x39, track])
  return header ? 7 + put(payload, 7, VP9_RECORD) : 7
}

/** Writes the head of the one NAL unit that a legacy video message holds; its length. */
const putNalHead = (payload: Uint8Array, key: boolean): number => {
  new DataView(payload.buffer).setUint32(5, payload.length - 9)
  payload[9] = key ? NAL_UNIT.key : NAL_UNIT.inter
  return NAL_HEAD_SIZE
}

/** Writes a record; its length. */
const put = (payload: Uint8Array, at: number, record: Uint8Array): number => {
  payload.set(record, at)
  return record.length
}

/** Where the body begins. */
const bodyAt = (typeId: number, enhanced: boolean, kind: Kind): number => {
  if (typeId === 8) return 2 + (kind === Kind.audioHeader ? AAC_RECORD.length : 0)
  if (kind !== Kind.videoHeader) return enhanced ? 7 : 5 + NAL_HEAD_SIZE
  return enhanced ? 7 + VP9_RECORD.length : 5 + AVC_RECORD.length
}

/** Reads a payload back; `undefined` when it is not ours or was damaged. */
export const decodeFrame = (typeId: number, payload: Uint8Array): Frame | undefined => {
  const first = payload[0] as number
  const second = payload[1] as number
  const enhanced = first >= 0x80
  const kind = typeId === 8 ? (second === 1 ? Kind.audio : Kind.audioHeader) : videoKind(first, second)
  const at = bodyAt(typeId, enhanced, kind)
  if (payload.length < LEAST_PAYLOAD) return undefined
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length)
  const number = view.getUint32(at + 4)
  const step = payload.length < 500 ? 1 : STRIDE
  for (let i = at + BODY_SIZE; i < payload.length; i += step) {
    if (payload[i] !== fillerOf(number)) return undefined
  }
  return {
    kind,
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
