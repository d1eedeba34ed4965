import type { BatchFormat } from './batch-format.ts'
import type { RelayMessage } from './relay-message.ts'
import { ALL_TRACKS, trackBit } from './track-set.ts'

/** Stands for "no video frames of this batch". */
export const NO_VIDEO = -1

/** The part of a batch that one player gets. */
export interface BatchPart {
  /** Index of the first message; messages before it have reached the player already. */
  readonly from: number
  readonly audio: boolean
  /** Whether video headers are sent; they are, even while video frames are withheld. */
  readonly video: boolean
  /** Index of the first video frame, or {@link NO_VIDEO}. */
  readonly videoFrom: number
  /** Tracks that may go on, as a set of bits; each of the others starts at its own first key frame. */
  readonly started: number
}

const EVERYTHING: BatchPart = { from: 0, audio: true, video: true, videoFrom: 0, started: ALL_TRACKS }

interface Encoded extends BatchPart {
  readonly format: BatchFormat
  readonly bytes: Uint8Array
}

/**
 * Messages that leave together. The bytes for each kind of player are made when the first player of that kind asks
 * and are then shared by all of them.
 */
export class Batch {
  readonly messages: readonly RelayMessage[]
  #wholeFormat: BatchFormat | undefined
  #whole: Uint8Array | undefined
  #others: Encoded[] | undefined

  /** @param messages - At least one; not changed any more. */
  constructor(messages: readonly RelayMessage[]) {
    this.messages = messages
  }

  /** All messages, for players that take everything. */
  whole(format: BatchFormat): Uint8Array {
    if (format === this.#wholeFormat) return this.#whole as Uint8Array
    if (this.#wholeFormat !== undefined) {
      return this.part(format, EVERYTHING) as Uint8Array
    }
    this.#wholeFormat = format
    this.#whole = format.encode(this.messages)
    return this.#whole
  }

  /** Some of the messages; `undefined` when none is left. */
  part(format: BatchFormat, part: BatchPart): Uint8Array | undefined {
    this.#others ??= []
    for (const known of this.#others) {
      if (
        known.format === format &&
        known.from === part.from &&
        known.videoFrom === part.videoFrom &&
        known.started === part.started &&
        known.audio === part.audio &&
        known.video === part.video
      ) {
        return known.bytes.length === 0 ? undefined : known.bytes
      }
    }
    const messages = selectMessages(this.messages, part)
    const bytes = messages.length === 0 ? NOTHING : format.encode(messages)
    this.#others.push({ ...part, format, bytes })
    return messages.length === 0 ? undefined : bytes
  }

  /** Index of the first key frame at or behind `from`, or {@link NO_VIDEO}. */
  keyFrameFrom(from: number): number {
    for (let i = from; i < this.messages.length; i++) {
      if ((this.messages[i] as RelayMessage).isKeyFrame) return i
    }
    return NO_VIDEO
  }

  /** Whether some video frame of a part that has video waits for a key frame of its track. */
  withholds(part: BatchPart): boolean {
    let { started } = part
    for (let i = part.videoFrom; i < this.messages.length; i++) {
      const message = this.messages[i] as RelayMessage
      if (!message.isVideo || message.isHeader) continue
      if (message.isKeyFrame) started |= trackBit(message.track)
      else if ((started & trackBit(message.track)) === 0) return true
    }
    return false
  }

  /**
   * The tracks that may go on behind a part that has video. Once a track has its second key frame, every track has had
   * its chance.
   */
  startedAfter(part: BatchPart): number {
    let { started } = part
    for (let i = part.videoFrom; i < this.messages.length; i++) {
      const message = this.messages[i] as RelayMessage
      if (!message.isKeyFrame) continue
      if ((started & trackBit(message.track)) !== 0) return ALL_TRACKS
      started |= trackBit(message.track)
    }
    return started
  }

  /** How many video messages that are not headers stand from `from` to before `to`. */
  videoFramesBetween(from: number, to: number): number {
    let count = 0
    for (let i = from; i < to; i++) {
      const message = this.messages[i] as RelayMessage
      if (message.isVideo && !message.isHeader) count += 1
    }
    return count
  }
}

const NOTHING = new Uint8Array(0)

/** The messages of a part, in order. */
const selectMessages = (messages: readonly RelayMessage[], part: BatchPart): RelayMessage[] => {
  const selected: RelayMessage[] = []
  let { started } = part
  for (let i = part.from; i < messages.length; i++) {
    const message = messages[i] as RelayMessage
    if (message.isKeyFrame && i >= part.videoFrom) started |= trackBit(message.track)
    if (message.isAudio ? part.audio : message.isVideo ? videoWanted(message, i, part, started) : true) {
      selected.push(message)
    }
  }
  return selected
}

const videoWanted = (message: RelayMessage, index: number, part: BatchPart, started: number): boolean => {
  if (!part.video) return false
  if (message.isHeader) return true
  if (part.videoFrom === NO_VIDEO || index < part.videoFrom) return false
  return (started & trackBit(message.track)) !== 0
}
