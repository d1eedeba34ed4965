import { MediaFlags, trackIdsOf, type MediaMessage } from '@rtmp/e-rtmp'
import type { BatchFormat, Piece } from './batch-format.ts'
import { costOfMessage, TRACK_BYTES } from './costs.ts'
import { HeldPayloads } from './held-payloads.ts'
import type { CacheLimits } from './limits.ts'
import { SEGMENT_BYTES, SEGMENT_MESSAGES, type Segment } from './segment.ts'
import { SharedPieces } from './shared-pieces.ts'
import type { Tally } from './tally.ts'
import { ALL_TRACKS, trackBit } from './track-set.ts'

/** Where a video track's latest key frame is. */
interface KeyFrame {
  /** Its number, counted from the stream's first message. */
  readonly number: number
  /** When it came. */
  readonly at: number
}

/** Memory that may be kept alive beyond twice what is held, in bytes: two slabs of the chunk reader. */
const PINNED_SLACK = 2 * 1024 * 1024

/**
 * Everything since the latest key frame, audio and video in their order, ready to be given to somebody who joins.
 *
 * With several video tracks the group reaches back to the oldest of their latest key frames, and what a track sent
 * before its own is left out when the group is read. The group never lacks its key frame: what would break a bound
 * empties it until the next one.
 */
export class Gop {
  readonly #limits: CacheLimits
  readonly #tally: Tally
  readonly #held: HeldPayloads
  #messages: MediaMessage[] = []
  /** Number of the first message. */
  #first = 0
  #bytes = 0
  /** What the messages cost in memory beside their payloads, in bytes, and how many of them are headers. */
  #cost = 0
  #headers = 0
  readonly #keyFrames = new Map<number, KeyFrame>()
  /** Whether there has been a track other than 0. */
  #severalTracks = false
  #segments: Segment[] = []
  /** The messages behind the last sealed segment, as long as none is added. */
  #tail: Segment
  #overflows = 0
  /** When the oldest of the key frames came. */
  #oldestAt = Number.POSITIVE_INFINITY
  /** Messages at the front whose payloads lie in memory of the group's own. */
  #packed = 0
  /** Payload bytes of the others, and the memory they keep alive. */
  #unpackedBytes = 0
  #pinnedBytes = 0
  /** Whether some track has frames before its latest key frame; `undefined` when it must be looked up. */
  #stale: boolean | undefined

  /** @param tally - Where what is held is counted. */
  constructor(limits: CacheLimits, tally: Tally) {
    this.#limits = limits
    this.#tally = tally
    this.#held = new HeldPayloads(tally)
    this.#tail = this.#segment(0)
  }

  /** Adds the memory of all payloads. */
  addMemoryTo(memory: Set<ArrayBufferLike>): void {
    this.#held.addMemoryTo(memory)
  }

  /** Messages from the key frame on; none before the first key frame and after a bound was broken. */
  get messages(): readonly MediaMessage[] {
    return this.#messages
  }

  /** Tracks with a key frame in the group, as a set of bits; 0 when there is no group. */
  get tracks(): number {
    if (!this.#severalTracks) return this.#keyFrames.size === 0 ? 0 : ALL_TRACKS
    let tracks = 0
    for (const track of this.#keyFrames.keys()) tracks |= trackBit(track)
    return tracks
  }

  /** Which of all messages that the group ever held is its first: grows by one for each that leaves. */
  get start(): number {
    return this.#first
  }

  /** The same of the message that comes next. */
  get end(): number {
    return this.#first + this.#messages.length
  }

  /** Payload bytes held. */
  get bytes(): number {
    return this.#bytes
  }

  /** How often a bound emptied the group, or took a track out of it. */
  get overflows(): number {
    return this.#overflows
  }

  /**
   * Takes a message in, if there is a key frame to begin with.
   *
   * @param removed - Called with each header that leaves at the front, in order.
   */
  add(message: MediaMessage, now: number, removed: (message: MediaMessage) => void): void {
    if (message.keyFrame) this.#begin(message, now, removed)
    else if (this.#keyFrames.size === 0) {
      if (message.isHeader) removed(message)
      return
    }
    const { payload } = message
    const cost = costOfMessage(message)
    this.#messages.push(message)
    this.#cost += cost
    if (message.isHeader) this.#headers += 1
    const { buffer, length } = payload
    this.#bytes += length
    this.#unpackedBytes += length
    if (this.#held.note(buffer, cost)) this.#pin(buffer)
    this.#keepBounds(now, removed)
  }

  /** Empties the group until the next key frame. */
  clear(): void {
    this.#drop(this.#messages.length)
    this.#unseal()
    this.#forgetTracks()
    this.#severalTracks = false
    this.#oldestAt = Number.POSITIVE_INFINITY
    this.#stale = undefined
  }

  /**
   * The group's pieces for one kind of subscriber: no track begins before its own latest key frame. Those who join share
   * what is made of sealed segments, and of the rest until the next message comes.
   */
  encode<P extends Piece>(format: BatchFormat<P>, audio: boolean): P[] {
    const pieces: P[] = []
    let start = 0
    for (const segment of this.#sealSegments()) {
      pieces.push(this.#encodeSegment(segment, start, format, audio))
      start = segment.end
    }
    return pieces
  }

  #encodeSegment<P extends Piece>(
    segment: Segment,
    start: number,
    format: BatchFormat<P>,
    audio: boolean,
  ): P {
    return segment.pieces.of(format, audio, true, () => {
      const wanted: MediaMessage[] = []
      const stale = this.#hasStaleFrames()
      for (let i = start; i < segment.end; i++) {
        const message = this.#messages[i] as MediaMessage
        if ((!message.isAudio || audio) && !(stale && this.#isStale(message, i))) wanted.push(message)
      }
      return format.encode(wanted)
    })
  }

  #begin(message: MediaMessage, now: number, removed: (message: MediaMessage) => void): void {
    const keyFrame = { number: this.#first + this.#messages.length, at: now }
    if ((message.flags & MediaFlags.multitrack) === 0) {
      this.#setKeyFrame(0, keyFrame)
    } else {
      this.#severalTracks = true
      // Frames of a track that stand before its new key frame are wanted no more.
      this.#unseal()
      for (const track of trackIdsOf('video', message.payload)) this.#setKeyFrame(track, keyFrame)
    }
    this.#cut(removed)
  }

  #setKeyFrame(track: number, keyFrame: KeyFrame): void {
    if (!this.#keyFrames.has(track)) this.#tally.count(TRACK_BYTES)
    this.#keyFrames.set(track, keyFrame)
  }

  #forgetTracks(): void {
    this.#tally.count(-TRACK_BYTES * this.#keyFrames.size)
    this.#keyFrames.clear()
  }

  /** Drops what no track needs. */
  #cut(removed: (message: MediaMessage) => void): void {
    let start = Number.POSITIVE_INFINITY
    this.#oldestAt = Number.POSITIVE_INFINITY
    this.#stale = undefined
    for (const key of this.#keyFrames.values()) {
      if (key.number < start) start = key.number
      if (key.at < this.#oldestAt) this.#oldestAt = key.at
    }
    const count = Math.min(start - this.#first, this.#messages.length)
    if (this.#headers > 0)
      for (let i = 0; i < count; i++) {
        const message = this.#messages[i] as MediaMessage
        if (message.isHeader) removed(message)
      }
    this.#drop(count)
  }

  #drop(count: number): void {
    if (count === 0) return
    this.#first += count
    this.#unseal()
    this.#held.drop(count)
    this.#packed = Math.max(0, this.#packed - count)
    if (count === this.#messages.length) {
      this.#tally.count(-this.#cost)
      this.#messages = []
      this.#bytes = this.#cost = this.#headers = 0
      this.#unpackedBytes = this.#pinnedBytes = 0
      return
    }
    let cost = 0
    for (let i = 0; i < count; i++) {
      const message = this.#messages[i] as MediaMessage
      cost += costOfMessage(message)
      this.#bytes -= message.payload.length
      if (message.isHeader) this.#headers -= 1
    }
    this.#cost -= cost
    this.#tally.count(-cost)
    this.#messages = this.#messages.slice(count)
  }

  /**
   * Payloads are cut from slabs that all connections share. A slow stream beside a fast one would keep a whole slab for
   * each of its frames; before that comes to much, its frames move together.
   */
  #pin(memory: ArrayBufferLike): void {
    this.#pinnedBytes += memory.byteLength
    if (this.#pinnedBytes > 2 * this.#unpackedBytes + PINNED_SLACK) this.#pack()
  }

  #pack(): void {
    let size = 0
    for (let i = this.#packed; i < this.#messages.length; i++) {
      size += (this.#messages[i] as MediaMessage).payload.length
    }
    const memory = new Uint8Array(size)
    let at = 0
    this.#held.keepFirst(this.#packed)
    for (let i = this.#packed; i < this.#messages.length; i++) {
      const message = this.#messages[i] as MediaMessage
      const end = at + message.payload.length
      memory.set(message.payload, at)
      this.#messages[i] = message.withPayload(memory.subarray(at, end))
      this.#held.add(memory.buffer)
      at = end
    }
    this.#packed = this.#messages.length
    this.#unpackedBytes = this.#pinnedBytes = 0
  }

  /** Gives up the track that reaches back farthest, and with the last one the group, until the bounds hold. */
  #keepBounds(now: number, removed: (message: MediaMessage) => void): void {
    while (
      this.#bytes > this.#limits.bytes ||
      this.#messages.length > this.#limits.messages ||
      now - this.#oldestAt > this.#limits.ms
    ) {
      let oldestTrack = 0
      let oldest = Number.POSITIVE_INFINITY
      for (const [track, key] of this.#keyFrames) {
        if (key.number >= oldest) continue
        oldest = key.number
        oldestTrack = track
      }
      this.#overflows += 1
      if (this.#keyFrames.delete(oldestTrack)) this.#tally.count(-TRACK_BYTES)
      this.#cut(removed)
    }
  }

  #hasStaleFrames(): boolean {
    if (!this.#severalTracks) return false
    this.#stale ??= this.#messages.some((message, i) => this.#isStale(message, i))
    return this.#stale
  }

  /** A frame before its track's latest key frame, or of a track that was given up. */
  #isStale(message: MediaMessage, index: number): boolean {
    if (!message.isVideo || message.isHeader) return false
    const key = this.#keyFrames.get(message.track)
    return key === undefined || this.#first + index < key.number
  }

  /** Forgets what was encoded: it is made again for whoever joins. */
  forgetPieces(): void {
    for (const { pieces } of this.#segments) pieces.clear()
    this.#tail.pieces.clear()
  }

  #unseal(): void {
    this.forgetPieces()
    this.#segments = []
    this.#tail = this.#segment(0)
  }

  #segment(end: number): Segment {
    return { end, pieces: new SharedPieces(this.#tally) }
  }

  /** All segments, the open one last. */
  #sealSegments(): readonly Segment[] {
    const { length } = this.#messages
    let start = this.#segments.at(-1)?.end ?? 0
    let bytes = 0
    for (let i = start; i < length; i++) {
      bytes += (this.#messages[i] as MediaMessage).payload.length
      if (bytes < SEGMENT_BYTES && i - start + 1 < SEGMENT_MESSAGES) continue
      start = i + 1
      bytes = 0
      this.#segments.push(this.#segment(start))
    }
    if (start === length) return this.#segments
    if (this.#tail.end !== length) {
      this.#tail.pieces.clear()
      this.#tail = this.#segment(length)
    }
    return [...this.#segments, this.#tail]
  }
}
