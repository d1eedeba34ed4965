import { MediaFlags, trackIdsOf } from '@rtmp/ertmp'
import type { BatchFormat } from './batch-format.ts'
import type { CacheLimits } from './limits.ts'
import type { RelayMessage } from './relay-message.ts'
import { ALL_TRACKS, trackBit } from './track-set.ts'

/** Where a video track's latest key frame is. */
interface KeyFrame {
  /** Its number, counted from the stream's first message. */
  readonly number: number
  /** When it came. */
  readonly at: number
}

/** Messages that late joiners share the bytes of. */
interface Segment {
  readonly end: number
  readonly encoded: { readonly format: BatchFormat; readonly bytes: Uint8Array }[]
}

const SEGMENT_BYTES = 128 * 1024

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
  #messages: RelayMessage[] = []
  /** Number of the first message. */
  #first = 0
  #bytes = 0
  readonly #keyFrames = new Map<number, KeyFrame>()
  /** Whether there has been a track other than 0. */
  #severalTracks = false
  #segments: Segment[] = []
  #overflows = 0
  /** When the oldest of the key frames came. */
  #oldestAt = Number.POSITIVE_INFINITY
  /** Messages at the front whose payloads lie in memory of the group's own. */
  #packed = 0
  /** Payload bytes of the others, and the memory they keep alive. */
  #unpackedBytes = 0
  #pinnedBytes = 0
  #lastMemory: ArrayBufferLike | undefined
  /** Whether some track has frames before its latest key frame; `undefined` when it must be looked up. */
  #stale: boolean | undefined

  constructor(limits: CacheLimits) {
    this.#limits = limits
  }

  /** Messages from the key frame on; none before the first key frame and after a bound was broken. */
  get messages(): readonly RelayMessage[] {
    return this.#messages
  }

  /** Tracks with a key frame in the group, as a set of bits; 0 when there is no group. */
  get tracks(): number {
    if (!this.#severalTracks) return this.#keyFrames.size === 0 ? 0 : ALL_TRACKS
    let tracks = 0
    for (const track of this.#keyFrames.keys()) tracks |= trackBit(track)
    return tracks
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
   * @param removed - Called with each message that leaves at the front, in order.
   */
  add(message: RelayMessage, now: number, removed: (message: RelayMessage) => void): void {
    if (message.isKeyFrame) this.#begin(message, now, removed)
    else if (this.#keyFrames.size === 0) {
      removed(message)
      return
    }
    this.#messages.push(message)
    this.#bytes += message.payload.length
    this.#pin(message.payload)
    this.#keepBounds(now, removed)
  }

  /** Empties the group until the next key frame. */
  clear(): void {
    this.#drop(this.#messages.length)
    this.#keyFrames.clear()
    this.#severalTracks = false
    this.#oldestAt = Number.POSITIVE_INFINITY
    this.#stale = undefined
  }

  /** The group as a joiner needs it: no track begins before its own latest key frame. */
  read(): readonly RelayMessage[] {
    if (!this.#hasStaleFrames()) return this.#messages
    return this.#messages.filter((message, i) => !this.#isStale(message, i))
  }

  /** The group's bytes for one kind of player, most of them shared with others who joined. */
  encode(format: BatchFormat): Uint8Array[] {
    if (this.#messages.length === 0) return []
    if (this.#hasStaleFrames()) return [format.encode(this.read())]
    const pieces: Uint8Array[] = []
    let start = 0
    for (const segment of this.#sealSegments()) {
      let shared = segment.encoded.find((known) => known.format === format)
      if (shared === undefined) {
        shared = { format, bytes: format.encode(this.#messages.slice(start, segment.end)) }
        segment.encoded.push(shared)
      }
      pieces.push(shared.bytes)
      start = segment.end
    }
    if (start < this.#messages.length) pieces.push(format.encode(this.#messages.slice(start)))
    return pieces
  }

  #begin(message: RelayMessage, now: number, removed: (message: RelayMessage) => void): void {
    const keyFrame = { number: this.#first + this.#messages.length, at: now }
    if ((message.flags & MediaFlags.multitrack) === 0) {
      this.#keyFrames.set(0, keyFrame)
    } else {
      this.#severalTracks = true
      for (const track of trackIdsOf('video', message.payload)) this.#keyFrames.set(track, keyFrame)
    }
    this.#cut(removed)
  }

  /** Drops what no track needs. */
  #cut(removed: (message: RelayMessage) => void): void {
    let start = Number.POSITIVE_INFINITY
    this.#oldestAt = Number.POSITIVE_INFINITY
    this.#stale = undefined
    for (const key of this.#keyFrames.values()) {
      if (key.number < start) start = key.number
      if (key.at < this.#oldestAt) this.#oldestAt = key.at
    }
    const count = Math.min(start - this.#first, this.#messages.length)
    for (let i = 0; i < count; i++) removed(this.#messages[i] as RelayMessage)
    this.#drop(count)
  }

  #drop(count: number): void {
    if (count === 0) return
    this.#first += count
    this.#segments = []
    this.#packed = Math.max(0, this.#packed - count)
    if (count === this.#messages.length) {
      this.#messages = []
      this.#bytes = 0
      this.#unpackedBytes = 0
      this.#pinnedBytes = 0
      this.#lastMemory = undefined
      return
    }
    for (let i = 0; i < count; i++) this.#bytes -= (this.#messages[i] as RelayMessage).payload.length
    this.#messages = this.#messages.slice(count)
  }

  /**
   * Payloads are cut from slabs that all connections share. A slow stream beside a fast one would keep a whole slab for
   * each of its frames; before that comes to much, its frames move together.
   */
  #pin(payload: Uint8Array): void {
    this.#unpackedBytes += payload.length
    if (payload.buffer === this.#lastMemory) return
    this.#lastMemory = payload.buffer
    this.#pinnedBytes += payload.buffer.byteLength
    if (this.#pinnedBytes > 2 * this.#unpackedBytes + PINNED_SLACK) this.#pack()
  }

  #pack(): void {
    let size = 0
    for (let i = this.#packed; i < this.#messages.length; i++) {
      size += (this.#messages[i] as RelayMessage).payload.length
    }
    const memory = new Uint8Array(size)
    let at = 0
    for (let i = this.#packed; i < this.#messages.length; i++) {
      const message = this.#messages[i] as RelayMessage
      const end = at + message.payload.length
      memory.set(message.payload, at)
      this.#messages[i] = message.withPayload(memory.subarray(at, end))
      at = end
    }
    this.#packed = this.#messages.length
    this.#unpackedBytes = 0
    this.#pinnedBytes = 0
    this.#lastMemory = undefined
  }

  /** Gives up the track that reaches back farthest, and with the last one the group, until the bounds hold. */
  #keepBounds(now: number, removed: (message: RelayMessage) => void): void {
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
      this.#keyFrames.delete(oldestTrack)
      this.#cut(removed)
    }
  }

  #hasStaleFrames(): boolean {
    if (!this.#severalTracks) return false
    this.#stale ??= this.#messages.some((message, i) => this.#isStale(message, i))
    return this.#stale
  }

  /** A frame before its track's latest key frame, or of a track that was given up. */
  #isStale(message: RelayMessage, index: number): boolean {
    if (!message.isVideo || message.isHeader) return false
    const key = this.#keyFrames.get(message.track)
    return key === undefined || this.#first + index < key.number
  }

  #sealSegments(): readonly Segment[] {
    let end = this.#segments.at(-1)?.end ?? 0
    let bytes = 0
    for (let i = end; i < this.#messages.length; i++) {
      bytes += (this.#messages[i] as RelayMessage).payload.length
      if (bytes < SEGMENT_BYTES) continue
      end = i + 1
      bytes = 0
      this.#segments.push({ end, encoded: [] })
    }
    return this.#segments
  }
}
