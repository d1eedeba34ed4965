/**
 * What an encoder sends, in shape: 30 video frames a second with a key frame every 2 s eight times as large as the
 * others, and 43 audio frames a second. At scale 1 this is 2 Mbit/s in 73 messages a second.
 *
 * Each payload carries the time it was sent and a sequence number, so that a player can tell latency, gaps and order.
 */

const VIDEO_PER_SECOND = 30
const AUDIO_PER_SECOND = 43
const KEY_FRAME_EVERY = 60
const KEY_FRAME_BYTES = 55_900
const INTER_FRAME_BYTES = 7_000
const AUDIO_BYTES = 372

/** Chunk size the load generator sends with, as OBS does. */
export const SEND_CHUNK_SIZE = 4096

/**
 * Payload offsets of the stamp (float64, ms) and the sequence number (uint32): behind the FLV tag header, and in video the
 * length and the header of the only NAL unit.
 */
export const VIDEO_STAMP = 10
export const AUDIO_STAMP = 2

/** What payloads are filled with: not zero, which would look like a start code. */
const FILLER = 0x55

/** H.264 High, 320 × 180, and AAC-LC, 48 kHz, mono, as x264 and FFmpeg describe them: some servers read that. */
const AVC_RECORD =
  '0164000dffe1001a6764000dacd941419f9f011000000300100000030320f142996001000468efbcb0fdf8f800'
const AAC_RECORD = '118856e500'

/** One message as chunks, ready to be sent, with the places that are filled in at sending. */
interface Template {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly view: DataView
  /** Position of the stamp in `bytes`. */
  readonly stamp: number
}

const template = (typeId: 8 | 9, head: readonly number[], size: number): Template => {
  const csid = typeId === 9 ? 6 : 4
  const chunks = Math.max(1, Math.ceil(size / SEND_CHUNK_SIZE))
  const bytes = new Uint8Array(12 + size + chunks - 1).fill(FILLER)
  const view = new DataView(bytes.buffer)
  bytes.set([csid, 0, 0, 0, size >> 16, (size >> 8) & 0xff, size & 0xff, typeId, 1, 0, 0, 0])
  let at = 12
  for (let sent = 0; sent < size; sent += SEND_CHUNK_SIZE) {
    if (sent > 0) bytes[at++] = 0xc0 | csid
    at += Math.min(SEND_CHUNK_SIZE, size - sent)
  }
  bytes.set(head, 12)
  return { bytes, view, stamp: 12 + head.length }
}

const patch = (
  { bytes, view, stamp }: Template,
  timestamp: number,
  now: number,
  sequence: number,
): Uint8Array => {
  bytes[1] = timestamp >> 16
  bytes[2] = timestamp >> 8
  bytes[3] = timestamp
  view.setFloat64(stamp, now)
  view.setUint32(stamp + 8, sequence)
  return bytes.slice()
}

/** Sequence headers, sent once before the media. */
export const sequenceHeaders = (): Uint8Array[] => [
  header(9, [0x17, 0, 0, 0, 0], AVC_RECORD),
  header(8, [0xaf, 0], AAC_RECORD),
]

const header = (typeId: 8 | 9, head: readonly number[], record: string): Uint8Array => {
  const payload = [...head, ...Buffer.from(record, 'hex')]
  return template(typeId, payload, payload.length).bytes
}

/** A video frame of one NAL unit. */
const frame = (frameType: number, nalType: number, size: number): Template => {
  const length = size - 9
  return template(
    9,
    [frameType, 1, 0, 0, 0, 0, length >> 16, (length >> 8) & 0xff, length & 0xff, nalType],
    size,
  )
}

/** A clocked sequence of messages; `next` gives the one that is due. */
export class LiveSource {
  readonly #key: Template
  readonly #inter: Template
  readonly #audio: Template
  #video = 0
  #audioFrames = 0
  #sequence = 0

  /** @param scale - 1 is 2 Mbit/s. */
  constructor(scale = 1) {
    this.#key = frame(0x17, 0x65, Math.round(KEY_FRAME_BYTES * scale))
    this.#inter = frame(0x27, 0x41, Math.round(INTER_FRAME_BYTES * scale))
    this.#audio = template(8, [0xaf, 1], Math.round(AUDIO_BYTES * Math.min(1, scale)))
  }

  /** Milliseconds of stream time at which the next message is due. */
  get dueAt(): number {
    return Math.min((this.#video * 1000) / VIDEO_PER_SECOND, (this.#audioFrames * 1000) / AUDIO_PER_SECOND)
  }

  /** How many messages there have been. */
  get count(): number {
    return this.#sequence
  }

  /** The next message as chunks, stamped with `now`; memory of its own. */
  next(now: number): Uint8Array {
    const due = Math.floor(this.dueAt)
    const isVideo = (this.#video * 1000) / VIDEO_PER_SECOND <= (this.#audioFrames * 1000) / AUDIO_PER_SECOND
    const sequence = this.#sequence++
    if (!isVideo) {
      this.#audioFrames += 1
      return patch(this.#audio, due, now, sequence)
    }
    const isKey = this.#video % KEY_FRAME_EVERY === 0
    this.#video += 1
    return patch(isKey ? this.#key : this.#inter, due, now, sequence)
  }
}
