import type { MediaMessage } from '@rtmp/e-rtmp'
import type { BatchFormat, Piece } from './batch-format.ts'
import { ALL_TRACKS, trackBit } from './track-set.ts'

/** Stands for "no video frames of this batch". */
export const NO_VIDEO = -1

/** The part of a batch that one subscriber gets. */
export interface BatchPart {
  /** Index of the first message; messages before it have reached the subscriber already. */
  readonly from: number
  /** Whether sound is sent. */
  readonly audio: boolean
  /** Whether video headers are sent; they are, even while video frames are withheld. */
  readonly video: boolean
  /** Index of the first video frame, or `NO_VIDEO` (-1). */
  readonly videoFrom: number
  /** Tracks that may go on, as a set of bits; each of the others starts at its own first key frame. */
  readonly started: number
}

const EVERYTHING: BatchPart = { from: 0, audio: true, video: true, videoFrom: 0, started: ALL_TRACKS }

interface Encoded extends BatchPart {
  readonly format: BatchFormat
  readonly piece: Piece
}

/**
 * Messages that leave together. The bytes for each kind of subscriber are made when the first subscriber of that kind asks
 * and are then shared by all of them.
 */
export class Batch {
  /** In order, at least one. */
  readonly messages: readonly MediaMessage[]
  #wholeFormat: BatchFormat | undefined
  #whole: Piece | undefined
  #others: Encoded[] | undefined

  /** @param messages - At least one; not changed any more. */
  constructor(messages: readonly MediaMessage[]) {
    this.messages = messages
  }

  /** All messages, for subscribers that take everything. */
  whole<P extends Piece>(format: BatchFormat<P>): P {
    // What a format has made is of its type.
    if (format === this.#wholeFormat) return this.#whole as P
    if (this.#wholeFormat !== undefined) return this.#partOf(format, EVERYTHING)
    const whole = format.encode(this.messages)
    this.#wholeFormat = format
    this.#whole = whole
    return whole
  }

  /** Some of the messages; `undefined` when none is left. */
  part<P extends Piece>(format: BatchFormat<P>, part: BatchPart): P | undefined {
    const piece = this.#partOf(format, part)
    return piece.length === 0 ? undefined : piece
  }

  #partOf<P extends Piece>(format: BatchFormat<P>, part: BatchPart): P {
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
        return known.piece as P
      }
    }
    const piece = format.encode(selectMessages(this.messages, part))
    this.#others.push({ ...part, format, piece })
    return piece
  }

  /** Index of the first key frame at or behind `from`, or `NO_VIDEO` (-1). */
  keyFrameFrom(from: number): number {
    for (let i = from; i < this.messages.length; i++) {
      if ((this.messages[i] as MediaMessage).keyFrame) return i
    }
    return NO_VIDEO
  }

  /** How many video frames of a part that has video are left out, since their track waits for its key frame. */
  withheldBy(part: BatchPart): number {
    let { started } = part
    let count = 0
    for (let i = part.videoFrom; i < this.messages.length; i++) {
      const message = this.messages[i] as MediaMessage
      if (!message.isVideo || message.isHeader) continue
      if (message.keyFrame) started |= trackBit(message.track)
      else if ((started & trackBit(message.track)) === 0) count += 1
    }
    return count
  }

  /**
   * The tracks that may go on behind a part that has video. Once a track has its second key frame, every track has had
   * its chance.
   */
  startedAfter(part: BatchPart): number {
    let { started } = part
    for (let i = part.videoFrom; i < this.messages.length; i++) {
      const message = this.messages[i] as MediaMessage
      if (!message.keyFrame) continue
      if ((started & trackBit(message.track)) !== 0) return ALL_TRACKS
      started |= trackBit(message.track)
    }
    return started
  }

  /** How many video messages that are not headers stand from `from` to before `to`. */
  videoFramesBetween(from: number, to: number): number {
    let count = 0
    for (let i = from; i < to; i++) {
      const message = this.messages[i] as MediaMessage
      if (message.isVideo && !message.isHeader) count += 1
    }
    return count
  }
}

/** The messages of a part, in order. */
const selectMessages = (messages: readonly MediaMessage[], part: BatchPart): MediaMessage[] => {
  const selected: MediaMessage[] = []
  let { started } = part
  for (let i = part.from; i < messages.length; i++) {
    const message = messages[i] as MediaMessage
    if (message.keyFrame && i >= part.videoFrom) started |= trackBit(message.track)
    if (message.isAudio ? part.audio : message.isVideo ? videoWanted(message, i, part, started) : true) {
      selected.push(message)
    }
  }
  return selected
}

const videoWanted = (message: MediaMessage, index: number, part: BatchPart, started: number): boolean => {
  if (!part.video) return false
  if (message.isHeader) return true
  if (part.videoFrom === NO_VIDEO || index < part.videoFrom) return false
  return (started & trackBit(message.track)) !== 0
}
