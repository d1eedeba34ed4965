import { avcRecord, FRAME_NUMBERS, greyPicture } from './grey-picture.ts'
import { writeStamp } from './stamp.ts'

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
 * Payload offsets of the stamp (stamp.ts): in video inside an SEI message, in audio
 * behind the FLV tag header.
 */
export const VIDEO_STAMP = 28
export const AUDIO_STAMP = 2

/** What payloads are filled with: in video the bytes of a filler NAL unit (H.264 §7.3.2.7). */
const FILLER = { 8: 0x55, 9: 0xff }

/** AudioSpecificConfig: AAC-LC, 48 kHz, mono, as FFmpeg describes it. */
const AAC_RECORD = [0x11, 0x88, 0x56, 0xe5, 0]

/** One message as chunks, ready to be sent, with the places that are filled in at sending. */
interface Template {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Position of the stamp in `bytes`. */
  readonly stamp: number
}

const template = (typeId: 8 | 9, head: readonly number[], size: number, stamp = head.length): Template => {
  const csid = typeId === 9 ? 6 : 4
  const chunks = Math.max(1, Math.ceil(size / SEND_CHUNK_SIZE))
  const bytes = new Uint8Array(12 + size + chunks - 1).fill(FILLER[typeId])
  bytes.set([csid, 0, 0, 0, size >> 16, (size >> 8) & 0xff, size & 0xff, typeId, 1, 0, 0, 0])
  let at = 12
  for (let sent = 0; sent < size; sent += SEND_CHUNK_SIZE) {
    if (sent > 0) bytes[at++] = 0xc0 | csid
    at += Math.min(SEND_CHUNK_SIZE, size - sent)
  }
  bytes.set(head, 12)
  return { bytes, stamp: 12 + stamp }
}

const patch = ({ bytes, stamp }: Template, timestamp: number, now: number, sequence: number): Uint8Array => {
  bytes[1] = timestamp >> 16
  bytes[2] = timestamp >> 8
  bytes[3] = timestamp
  writeStamp(bytes, stamp, now, sequence)
  return bytes.slice()
}

/** Sequence headers, sent once before the media. */
export const sequenceHeaders = (): Uint8Array[] => [
  header(9, [0x17, 0, 0, 0, 0, ...avcRecord()]),
  header(8, [0xaf, 0, ...AAC_RECORD]),
]

const header = (typeId: 8 | 9, payload: readonly number[]): Uint8Array =>
  template(typeId, payload, payload.length).bytes

/** A NAL unit behind its length. */
const withLength = (nalUnit: readonly number[]): number[] => [
  0,
  0,
  nalUnit.length >> 8,
  nalUnit.length & 0xff,
  ...nalUnit,
]

/** SEI message user_data_unregistered (H.264 §D.1.7): a UUID, and room for stamp and sequence number. */
const SEI = withLength([6, 5, 28, ...new Array<number>(28).fill(0xbe), 0x80])

/** A video frame: the SEI message with the stamp, a picture, and filler up to its size. */
const frame = (frameType: number, slice: Uint8Array, size: number): Template => {
  const pieces = [frameType, 1, 0, 0, 0, ...SEI, ...withLength([...slice])]
  const filler = size - pieces.length - 4
  const head = [...pieces, 0, filler >> 16, (filler >> 8) & 0xff, filler & 0xff, 0x0c]
  const made = template(9, head, size, VIDEO_STAMP)
  made.bytes[made.bytes.length - 1] = 0x80
  return made
}

/** A clocked sequence of messages; `next` gives the one that is due. */
export class LiveSource {
  readonly #key: Template
  /** One for each frame_num. */
  readonly #inter: readonly Template[]
  readonly #audio: Template
  #video = 0
  #audioFrames = 0
  #sequence = 0

  /** @param scale - 1 is 2 Mbit/s. */
  constructor(scale = 1) {
    this.#key = frame(0x17, greyPicture(0), Math.round(KEY_FRAME_BYTES * scale))
    this.#inter = Array.from({ length: FRAME_NUMBERS }, (_, number) =>
      frame(0x27, greyPicture(number + FRAME_NUMBERS), Math.round(INTER_FRAME_BYTES * scale)),
    )
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
    const sinceKey = this.#video % KEY_FRAME_EVERY
    this.#video += 1
    const inter = this.#inter[sinceKey % FRAME_NUMBERS] as Template
    return patch(sinceKey === 0 ? this.#key : inter, due, now, sequence)
  }
}
